"""Settings of how pre-trained weights are used."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from labelassemble.setting_types import Positive, Settings

_BelowOne = Annotated[float, Field(ge=0.0, lt=1.0)]
PerChannel = Annotated[tuple[float, ...], Field(min_length=1, max_length=3)]


class InputSettings(Settings):
    """How grey values are scaled for the backbone."""

    range: tuple[float, float] | None = None
    """What black and white become: 0 1 (most), 0 255, -1024 1024 (torchxrayvision). None: as the
    weights say; from scratch 0 1."""
    mean: PerChannel | None = None
    """What is then taken away, of each channel or one for all, in units of `range`. None: as the
    weights say; from scratch the middle of the range."""
    deviation: Annotated[tuple[Positive, ...], Field(min_length=1, max_length=3)] | None = None
    """What is divided by after that. None: as the weights say; from scratch a quarter of the
    range."""
    channels: Literal[1, 3] | None = None
    """Channels that the backbone takes. None: 3 where mean or deviation differ between channels,
    else 1, for which weights of three colours are added up."""
    side: Annotated[int, Field(ge=16, le=4096)] | None = None
    """Side in pixels to which stored images are scaled before the network sees them; None: as they
    are stored. Xiao 2023, Taslimi 2022: 224."""
    centre: Annotated[float, Field(gt=0.0, le=1.0)] = 1.0
    """Middle part of each side that is seen outside of training (timm's `crop_pct`), where views
    are cut from the whole; dense predictions are of the whole too. Xiao 2023, Taslimi 2022: 0.875,
    which is 224 of 256."""

    @model_validator(mode="after")
    def _fits(self) -> "InputSettings":
        if self.range is not None and not self.range[0] < self.range[1]:
            raise ValueError("range: first what black becomes, then, larger, what white becomes")
        for name, values in (("mean", self.mean), ("deviation", self.deviation)):
            if values is not None and len(values) == 2:
                raise ValueError(f"{name}: one number, or one for each of three channels")
            if values is not None and self.channels == 1 and len(set(values)) > 1:
                raise ValueError(f"{name}: of one channel there is one")
        return self


class FineTuneSettings(Settings):
    """How pre-trained weights learn on. Names in `model/stages.py` say what a stage is."""

    frozen_stages: Annotated[int, Field(ge=0)] | Literal["all"] = 0
    """Stages of the backbone, from the image on, that keep their weights and running statistics: 0
    none, 1 the stem; all: the head alone learns (linear probe)."""
    norms_first: Annotated[int, Field(ge=0)] = 0
    """Epochs at the beginning in which of the backbone the norms alone learn. Hermoza 2020 begins
    so; for how long is not known."""
    layer_decay: Annotated[float, Field(gt=0.0, le=1.0)] = 1.0
    """Learning rate of each stage as a share of that of the stage behind it; the head's is whole.
    Xiao 2023: 0.55. Source: Clark 2020, ELECTRA."""
    decay_all: bool = False
    """Weight decay on norms, biases, positions and tokens too. Default: as Xiao 2023 and most."""
    stochastic_depth: _BelowOne | None = None
    """Chance that a branch beside a shortcut is left out in training, rising in a line from 0 at
    the first block to this at the last. None: as the network was published. Xiao 2023: 0.2.
    Source: Huang 2016."""
    average_decay: _BelowOne = 0.0
    """Predict with weights averaged over the steps, of which this share stays at each, such as
    0.999; 0: with the last ones. Source: Polyak and Juditsky 1992."""
    cached_views: Annotated[int, Field(ge=0)] = 0
    """frozen_stages = all: compute the features of every image, and of so many weak and strong
    views of it, once, and keep them beside the images; an epoch then takes seconds. 0: no."""

    new_classes_only: bool = False
    """frozen_stages = all, with `training.start_from`: classes that the network to start from does
    not know learn, each its own query or row, from images where they are known; all else stays, and
    so do the predictions of the other classes, to the last bit. `labelassemble add-class --quick`
    sets it."""

    @model_validator(mode="after")
    def _cached_stay(self) -> "FineTuneSettings":
        for name in ("cached_views", "new_classes_only"):
            if getattr(self, name) and self.frozen_stages != "all":
                raise ValueError(f"{name} needs frozen_stages = 'all'")
        return self
