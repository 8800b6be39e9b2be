"""How a network's weights want grey values scaled: what files say of it, and what settings ask."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from labelassemble.errors import ModelError
from labelassemble.weights_settings import InputSettings

ChannelNumbers = tuple[float, ...]


class InputScale(NamedTuple):
    """Black becomes ``low`` and white ``high``; then mean and deviation, channel by channel.

    Attributes:
        low: of the range that weights were trained on.
        high: likewise.
        mean: one number, or one a channel, in units of the range.
        deviation: likewise; above 0.
        channels: 1 or 3.
    """

    low: float
    high: float
    mean: ChannelNumbers
    deviation: ChannelNumbers
    channels: int

    @property
    def grey_mean(self) -> ChannelNumbers:
        """The mean of each channel where black is 0 and white 1."""
        width = self.high - self.low
        return tuple((one - self.low) / width for one in _spread(self.mean, self.channels))

    @property
    def grey_deviation(self) -> ChannelNumbers:
        """The deviation of each channel where black is 0 and white 1."""
        width = self.high - self.low
        return tuple(one / width for one in _spread(self.deviation, self.channels))

    def to_settings(self) -> InputSettings:
        """Give the settings that ask for this scale whatever the weights say."""
        return InputSettings(
            range=(self.low, self.high),
            mean=self.mean,
            deviation=self.deviation,
            channels=3 if self.channels == 3 else 1,
        )

    def __str__(self) -> str:
        mean, deviation = (" ".join(f"{one:g}" for one in part) for part in self[2:4])
        plural = "s" if self.channels > 1 else ""
        return (
            f"{self.low:g} to {self.high:g}, mean {mean}, deviation {deviation}, "
            f"{self.channels} channel{plural}"
        )


IMAGENET = InputScale(0.0, 1.0, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225), 3)
"""Of most networks that learned from ImageNet's photographs, TorchVision's among them."""

TORCHXRAYVISION = InputScale(-1024.0, 1024.0, (0.0,), (1.0,), 1)
"""Of torchxrayvision's networks (Cohen 2022)."""

EFFICIENTNET_LITE = InputScale(0.0, 255.0, (127.0,), (128.0,), 1)
"""Of EfficientNet-Lite's networks, the same for all three colours."""

NARROWEST = 50
"""A deviation of less than this part of the range belongs to another range."""


def scale_from_timm(said: Mapping[str, Any]) -> InputScale:
    """Read a ``pretrained_cfg`` of timm: images in [0, 1], mean and std of each colour."""
    mean, deviation = _numbers(said["mean"]), _numbers(said["std"])
    return _make(0.0, 1.0, mean, deviation)


def scale_from_processor(said: Mapping[str, Any]) -> InputScale:
    """Read a ``preprocessor_config.json`` of transformers.

    Bytes times ``rescale_factor``, less 1 with ``rescale_offset`` (EfficientNet); then
    ``image_mean`` and ``image_std``, unless ``do_normalize`` is false. Where a step's numbers are
    not given they are those that transformers itself takes: 1/255, and 0.5.
    """
    factor = float(said.get("rescale_factor", 1 / 255)) if said.get("do_rescale", True) else 1.0
    low = -1.0 if said.get("rescale_offset") else 0.0
    high = low + round(255.0 * factor, 6)
    if not said.get("do_normalize", True):
        return _make(low, high, (0.0,), (1.0,))
    mean, deviation = (_numbers(said.get(key, 0.5)) for key in ("image_mean", "image_std"))
    return _make(low, high, mean, deviation)


def scale_from_settings(said: InputSettings) -> InputScale | None:
    """Give the scale that a run or an encoder of ours was trained with; None where none is said."""
    if said.range is None or said.mean is None or said.deviation is None:
        return None
    return settle_scale(said, None)


def settle_scale(asked: InputSettings, said: InputScale | None, name: str = "") -> InputScale:
    """Settle how grey values are scaled: as asked, else as the weights say.

    Args:
        asked: what is set of ``model.input``.
        said: what the weights say of themselves; None: nothing, or there are none.
        name: of the weights, for errors; empty where there are none: then the middle of the range
            and a quarter of it stand in for what is not set.

    Raises:
        ModelError: weights that do not say, and no setting; another range than theirs; mean and
            deviation of another range; more means than channels.
    """
    if said is not None and asked.range not in (None, (said.low, said.high)):
        assert asked.range is not None
        raise ModelError(
            f"images from {said.low:g} to {said.high:g}, the range that {name} was trained on",
            f"model.input.range = {asked.range[0]:g} {asked.range[1]:g}",
            "Leave model.input.range out",
        )
    low, high = asked.range or ((0.0, 1.0) if said is None else (said.low, said.high))
    mean = asked.mean or (None if said is None else said.mean)
    deviation = asked.deviation or (None if said is None else said.deviation)
    if name and (mean is None or deviation is None):
        raise ModelError(
            f"how images were scaled for the weights of {name}",
            "neither the file nor a config.json or preprocessor_config.json beside it says it",
            "Set model.input as its publisher describes it; ImageNet's is "
            "--model.input.mean 0.485 0.456 0.406 --model.input.deviation 0.229 0.224 0.225",
        )
    mean = mean or ((low + high) / 2,)
    deviation = deviation or ((high - low) / 4,)
    _refuse_other_range(low, high, mean, deviation)
    scale = _make(low, high, mean, deviation)
    if asked.channels == 1 and scale.channels == 3:
        raise ModelError(
            "one mean and one deviation for one channel",
            f"model.input.channels = 1, and {scale}",
            "Leave model.input.channels out, or set one mean and one deviation",
        )
    return scale._replace(channels=asked.channels or scale.channels)


def _refuse_other_range(
    low: float, high: float, mean: ChannelNumbers, deviation: ChannelNumbers
) -> None:
    width = high - low
    plain = set(mean) == {0.0} and set(deviation) == {1.0}
    fits = all(low <= one <= high for one in mean) and all(
        width / NARROWEST <= one <= width for one in deviation
    )
    if not fits and not plain:
        shown = " ".join(f"{one:g}" for one in mean), " ".join(f"{one:g}" for one in deviation)
        raise ModelError(
            f"a mean and a deviation of images from {low:g} to {high:g}",
            f"mean {shown[0]} and deviation {shown[1]}, which are of another range",
            "Set model.input.range to the range that they were measured in (0 1, 0 255 or -1024 "
            "1024), or give them in units of it",
        )


def _make(low: float, high: float, mean: ChannelNumbers, deviation: ChannelNumbers) -> InputScale:
    """As many channels as have a scale of their own; one number where all are the same."""
    mean, deviation = (part[:1] if len(set(part)) == 1 else part for part in (mean, deviation))
    return InputScale(low, high, mean, deviation, max(len(mean), len(deviation)))


def _spread(values: ChannelNumbers, channels: int) -> ChannelNumbers:
    return values if len(values) == channels else values * channels


def _numbers(said: Any) -> ChannelNumbers:
    return tuple(map(float, said)) if isinstance(said, list | tuple) else (float(said),)
