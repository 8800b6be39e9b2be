"""The feature extractors f(x), by name."""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn

from labelassemble.errors import ModelError, unknown_name
from labelassemble.model import monai_backbones
from labelassemble.model.frame import WHOLE_IMAGE, Frame, frame_image
from labelassemble.model.input_scale import InputScale, settle_scale
from labelassemble.model.open_weights import OpenedWeights
from labelassemble.model.small_backbone import SmallBackbone
from labelassemble.model.stages import freeze_stages
from labelassemble.model.timm_backbone import build_timm
from labelassemble.model.transformers_backbone import convnext_t, load_transformers, swin_l, swin_t
from labelassemble.model.vision_transformer import vit_b16, vit_s16, vit_ti16
from labelassemble.types import Feature, Image, ScaledImage
from labelassemble.weights_settings import InputSettings

NOTHING_ASKED = InputSettings()
FROM_SCRATCH_SCALE = settle_scale(InputSettings(), None)
"""How images are scaled for random weights: mean .5, deviation .25, one channel."""


class Backbone(nn.Module):
    """A grey image in, a feature map out.

    Args:
        layers: makes ``batch features height width`` of ``batch channels height width``.
        features: length of a feature vector.
        scale: how the layers want grey values, so that callers give images in [0, 1] as they are.
        frame: which part of an image the layers see, and how large.
    """

    def __init__(
        self,
        layers: nn.Module,
        features: int,
        scale: InputScale = FROM_SCRATCH_SCALE,
        frame: Frame = WHOLE_IMAGE,
    ) -> None:
        super().__init__()
        self.layers, self.features, self.scale, self.frame = layers, features, scale, frame
        self.frozen: list[nn.Module] = []
        self.mean: Tensor
        self.deviation: Tensor
        # The run's settings say them (``input_scale.py``): not part of the weights.
        for name, numbers in (("mean", scale.grey_mean), ("deviation", scale.grey_deviation)):
            self.register_buffer(name, torch.tensor(numbers).view(-1, 1, 1), persistent=False)

    def forward(self, image: Image, whole: bool = False) -> Feature:
        """Compute the feature map f(x); any height and width of 32 or more.

        Args:
            image: grey values in [0, 1]; in training a view, which has the side that it should.
            whole: see the borders too, which ``frame`` leaves out in evaluation.
        """
        if not self.training:
            image = frame_image(image, self.frame._replace(centre=1.0) if whole else self.frame)
        feature: Feature = self.layers(self.scale_input(image))
        return feature

    @property
    def sees_whole(self) -> bool:
        """Whether the feature map covers all of an image, borders too, in evaluation."""
        return self.frame.centre == 1.0

    def to_settings(self) -> InputSettings:
        """Give the settings that put images in as here, whatever weights say."""
        told = {"side": self.frame.side, "centre": self.frame.centre}
        return self.scale.to_settings().model_copy(update=told)

    def freeze(self, stages: int | None) -> None:
        """Let the first stages, or all (None), keep weights and running statistics.

        Raises:
            ModelError: no such stages (``freeze_stages``).
        """
        self.frozen = freeze_stages(self.layers, stages)
        self.train(self.training)

    def train(self, mode: bool = True) -> "Backbone":
        """Set the mode; what is frozen stays in evaluation mode."""
        super().train(mode)
        for module in self.frozen:
            module.eval()
        return self

    def scale_input(self, image: Image) -> ScaledImage:
        """Scale grey values as the weights want them, one channel or three."""
        scaled: ScaledImage = (image - self.mean) / self.deviation
        return scaled


def build_backbone(
    name: str, asked: InputSettings = NOTHING_ASKED, weights: OpenedWeights | None = None
) -> Backbone:
    """Build a backbone: random weights, or with ``hf:`` those of the folder.

    Args:
        name: one of ``BACKBONES``, ``hf:FOLDER``, ``hf:OWNER/MODEL`` or ``timm:NAME``.
        asked: how grey values are scaled, as far as it is set.
        weights: that are loaded into it afterwards, for what they say of it.

    Raises:
        ModelError: no such backbone (lists those there are), a package that it needs is missing, or
            a scale that is not known or does not fit (``settle_scale``).
    """
    said = None if weights is None else weights.scale
    frame = Frame(asked.side, asked.centre)
    source = "" if weights is None else str(weights.file.path)
    if name.startswith("hf:"):
        layers, features, own = load_transformers(name.removeprefix("hf:"))
        scale = settle_scale(asked, said or own, source or name)
        return Backbone(layers, features, _take_channels(scale, layers.channels, name), frame)
    scale = settle_scale(asked, said, source)
    if name.startswith("timm:"):
        return Backbone(*build_timm(name.removeprefix("timm:"), scale.channels), scale, frame)
    if name not in BACKBONES:
        raise ModelError(
            "a backbone that labelassemble knows",
            unknown_name("backbone", name, BACKBONES),
            "Set model.backbone to one of them, or to hf:FOLDER or timm:NAME",
        )
    return Backbone(*BACKBONES[name](scale.channels), scale, frame)


def _take_channels(scale: InputScale, channels: int, name: str) -> InputScale:
    if scale.channels > channels:
        raise ModelError(
            f"one mean and one deviation for the one channel of {name}",
            str(scale),
            "Set model.input as its publisher describes it",
        )
    return scale._replace(channels=channels)


def _small(channels: int) -> tuple[nn.Module, int]:
    return SmallBackbone(channels), SmallBackbone.features


BACKBONES: dict[str, Callable[[int], tuple[nn.Module, int]]] = {
    "convnext_t": convnext_t,
    "densenet121": monai_backbones.densenet121,
    "densenet169": monai_backbones.densenet169,
    **{f"efficientnet_b{size}": partial(monai_backbones.efficientnet, size) for size in range(5)},
    "efficientnet_lite0": monai_backbones.efficientnet_lite0,
    "resnet18": monai_backbones.resnet18,
    "resnet34": monai_backbones.resnet34,
    "resnet50": monai_backbones.resnet50,
    "resnet101": monai_backbones.resnet101,
    "small": _small,
    "swin_l": swin_l,
    "swin_t": swin_t,
    "vit_b16": vit_b16,
    "vit_s16": vit_s16,
    "vit_ti16": vit_ti16,
}
"""Every backbone: name to what builds its layers for so many channels and says the length of a
feature vector. The paper's is densenet121."""
