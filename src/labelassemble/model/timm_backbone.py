"""Backbones from timm by name (``timm:resnet26d``), with random weights, and weights by name."""

from typing import Any

import torch
from torch import Tensor, nn

from labelassemble.errors import ModelError, unknown_name
from labelassemble.model.feature_map import freeze_unused, tokens_to_map
from labelassemble.model.patch_grid import stretch_to_multiple
from labelassemble.types import Feature, ScaledImage

MULTIPLE = 32
"""Images are stretched to multiples of this, which nearly all strides divide, or of the patch."""


class TimmLayers(nn.Module):
    """A network of timm that takes scaled grey images and gives a feature map.

    Args:
        model: a network of timm; ``forward_features`` gives a map with features
            first or last, or tokens.
        name: of the network, for errors.
    """

    def __init__(self, model: Any, name: str) -> None:
        super().__init__()
        self.model, self.name = model, name
        self.features = int(model.num_features)
        patch = getattr(getattr(model, "patch_embed", None), "patch_size", (MULTIPLE,))
        self.multiple = MULTIPLE if MULTIPLE % int(patch[0]) == 0 else int(patch[0])

    def forward(self, image: ScaledImage) -> Feature:
        """Compute the feature map."""
        image = stretch_to_multiple(image, self.multiple)
        found: Tensor = self.model.forward_features(image)
        if found.ndim == 3:
            patch = self.model.patch_embed.patch_size
            rows, columns = (
                side // length for side, length in zip(image.shape[2:], patch, strict=True)
            )
            return tokens_to_map(found, rows, columns, self.name)
        # Swin and its like put the features last.
        return found if found.shape[1] == self.features else found.permute(0, 3, 1, 2)


def load_timm(name: str) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Fetch published weights by timm's name of them, such as ``resnet26d.bt_in1k``.

    Returns:
        The weights by name, and what timm says of them (``pretrained_cfg``: mean, std, ...).

    Raises:
        ModelError: timm is not installed, does not know the name or has no weights for it, or they
            cannot be fetched.
    """
    timm = _import_timm(name)
    _refuse_unknown(timm, name)
    try:
        model = timm.create_model(name, pretrained=True, num_classes=0)
    except Exception as error:  # no weights, no network, a file that is damaged: many kinds
        raise ModelError(
            f"weights of timm:{name}",
            f"timm cannot fetch them: {_in_one_line(error)}",
            "Check the name, or fetch the file on a machine with a network and name its path",
        ) from error
    return dict(model.state_dict()), dict(model.pretrained_cfg)


def build_timm(name: str, channels: int) -> tuple[nn.Module, int]:
    """Build a network of timm with random weights; ``model.pretrained`` loads others.

    Args:
        name: of the network.
        channels: of its images.

    Raises:
        ModelError: timm is not installed, does not know the name, or its network takes images of
            one size only.
    """
    timm = _import_timm(name)
    _refuse_unknown(timm, name)
    sized: dict[str, Any] = {"pretrained": False, "in_chans": channels, "num_classes": 0}
    try:
        model = timm.create_model(name, **sized, dynamic_img_size=True)
    except TypeError:
        # Not a vision transformer: it has no such word.
        model = timm.create_model(name, **sized)
    layers = TimmLayers(model, f"timm:{name}")
    try:
        feature = freeze_unused(layers, torch.zeros(1, channels, 64, 96))
    except (AssertionError, AttributeError, RuntimeError, ValueError) as error:
        raise ModelError(
            f"a network that makes a feature map of images of any size in timm:{name}",
            f"a {type(model).__name__}: {_in_one_line(error)}",
            "Choose another network",
        ) from error
    return layers, feature.shape[1]


def _import_timm(name: str) -> Any:
    try:
        import timm
    except Exception as error:  # a torchvision that does not fit torch raises nearly everything
        raise ModelError(
            f"the package timm, for 'timm:{name}'",
            f"it cannot be imported: {_in_one_line(error)}",
            "pip install 'labelassemble[timm]' (it needs a torchvision that fits your torch), or "
            "choose another model.backbone",
        ) from error
    return timm


def _refuse_unknown(timm: Any, name: str) -> None:
    if not timm.is_model(name.partition(".")[0]):
        raise ModelError(
            "a network that timm knows",
            unknown_name("network", name, timm.list_models()),
            "Set model.backbone to timm:NAME",
        )


def _in_one_line(error: Exception) -> str:
    return (" ".join(str(error).split()) or type(error).__name__)[:300]
