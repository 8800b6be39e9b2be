"""Settings of how pre-trained weights are used."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from labelassemble.setting_types import Positive, Settings

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
