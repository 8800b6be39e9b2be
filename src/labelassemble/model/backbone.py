"""The feature extractors f(x), by name."""

from collections.abc import Callable
from functools import partial

from torch import nn

from labelassemble.errors import ModelError, unknown_name
from labelassemble.model import monai_backbones
from labelassemble.model.small_backbone import SmallBackbone
from labelassemble.model.timm_backbone import build_timm
from labelassemble.model.transformers_backbone import convnext_t, load_transformers, swin_t
from labelassemble.model.vision_transformer import vit_b16, vit_s16, vit_ti16
from labelassemble.types import Feature, Image


class Backbone(nn.Module):
    """A grey image in, a feature map out.

    Args:
        layers: makes ``batch features height width`` of ``batch 1 height width``.
        features: length of a feature vector.
        mean: grey values are centred with it, so that callers give images in [0, 1] as they are.
        deviation: and divided by this.
    """

    MEAN, DEVIATION = 0.5, 0.25

    def __init__(
        self, layers: nn.Module, features: int, mean: float = MEAN, deviation: float = DEVIATION
    ) -> None:
        super().__init__()
        self.layers, self.features = layers, features
        self.mean, self.deviation = mean, deviation

    def forward(self, image: Image) -> Feature:
        """Compute the feature map f(x); any height and width of 32 or more."""
        feature: Feature = self.layers(self.centre(image))
        return feature

    def centre(self, image: Image) -> Image:
        """Centre grey values as the layers expect them."""
        return (image - self.mean) / self.deviation


def build_backbone(name: str) -> Backbone:
    """Build a backbone: random weights, or with ``hf:`` those of the folder.

    Args:
        name: one of ``BACKBONES``, ``hf:FOLDER``, ``hf:OWNER/MODEL`` or ``timm:NAME``.

    Raises:
        ModelError: no such backbone (lists those there are), or a package that it needs is missing.
    """
    if name.startswith("hf:"):
        # The folder says how its model wants grey values centred.
        return Backbone(*load_transformers(name.removeprefix("hf:")), mean=0.0, deviation=1.0)
    if name.startswith("timm:"):
        return Backbone(*build_timm(name.removeprefix("timm:")))
    if name not in BACKBONES:
        raise ModelError(
            "a backbone that labelassemble knows",
            unknown_name("backbone", name, BACKBONES),
            "Set model.backbone to one of them, or to hf:FOLDER or timm:NAME",
        )
    layers, features = BACKBONES[name]()
    if name in FROM_TRANSFORMERS:
        return Backbone(layers, features, mean=0.0, deviation=1.0)
    return Backbone(layers, features)


def _small() -> tuple[nn.Module, int]:
    return SmallBackbone(), SmallBackbone.features


FROM_TRANSFORMERS: dict[str, Callable[[], tuple[nn.Module, int]]] = {
    "convnext_t": convnext_t,
    "swin_t": swin_t,
}
BACKBONES: dict[str, Callable[[], tuple[nn.Module, int]]] = {
    "densenet121": monai_backbones.densenet121,
    "densenet169": monai_backbones.densenet169,
    **{f"efficientnet_b{size}": partial(monai_backbones.efficientnet, size) for size in range(5)},
    "resnet18": monai_backbones.resnet18,
    "resnet34": monai_backbones.resnet34,
    "resnet50": monai_backbones.resnet50,
    "resnet101": monai_backbones.resnet101,
    "small": _small,
    "vit_b16": vit_b16,
    "vit_s16": vit_s16,
    "vit_ti16": vit_ti16,
    **FROM_TRANSFORMERS,
}
"""Every backbone: name to what builds its layers and says the length of a feature vector. The
paper's is densenet121."""
