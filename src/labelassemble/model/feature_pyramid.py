"""The feature pyramid of Hermoza 2020: a DenseNet's four stages in one map of a quarter's side."""

from typing import Any

from torch import Tensor, nn
from torch.nn.functional import interpolate

from labelassemble.errors import ModelError
from labelassemble.model.leaky import LEAK
from labelassemble.types import Feature, ScaledImage

PYRAMID_WIDTH = 256
"""Features of the pyramid. Source: Hermoza 2020."""


class FeaturePyramid(nn.Module):
    """q_4 = l_4, q_j = l_j + nearest-upsampled q_(j+1), of which q_1 is given; l_j = W_j t_j + b_j.

    t_1 to t_3 are what the three transitions begin with, after norm and activation; t_4 is what the
    body ends with. Every ReLU of the body becomes LeakyReLU(0.1).

    Args:
        body: layers of a DenseNet: its features and the last activation.
        width: features of the map.

    Raises:
        ModelError: layers of another network.

    Paper: Hermoza 2020, feature pyramid.
    """

    def __init__(self, body: nn.Module, width: int = PYRAMID_WIDTH) -> None:
        super().__init__()
        self.body = leaky(body)
        stages: Any = _features_of(body)
        taps = [getattr(stages, f"transition{place}").conv.in_channels for place in (1, 2, 3)]
        taps.append(stages.norm5.num_features)
        self.lateral = nn.ModuleList(nn.Conv2d(channels, width, 1) for channels in taps)
        for one in self.lateral:
            assert isinstance(one, nn.Conv2d)
            assert one.bias is not None
            nn.init.kaiming_normal_(one.weight)
            nn.init.zeros_(one.bias)

    def forward(self, image: ScaledImage) -> Feature:
        """Compute q_1, a quarter as high and wide as the image."""
        taps = self.tap(image)
        merged: Tensor = self.lateral[3](taps[3])
        for lateral, tap in zip(list(self.lateral)[2::-1], taps[2::-1], strict=True):
            merged = lateral(tap) + interpolate(merged, tap.shape[2:], mode="nearest")
        return merged

    def tap(self, image: ScaledImage) -> list[Tensor]:
        """Compute t_1 to t_4, the finest first."""
        taps = []
        inner: Tensor = image
        for name, part in _features_of(self.body).named_children():
            if name.startswith("transition"):
                transition: Any = part
                tap = transition.relu(transition.norm(inner))
                taps.append(tap)
                inner = transition.pool(transition.conv(tap))
            else:
                inner = part(inner)
        last: Any = self.body
        taps.append(last[1](inner))
        return taps


def leaky(module: nn.Module) -> nn.Module:
    """Put LeakyReLU in the place of every ReLU within a module."""
    for name, child in module.named_children():
        if isinstance(child, nn.ReLU):
            setattr(module, name, nn.LeakyReLU(LEAK))
        else:
            leaky(child)
    return module


def _features_of(body: nn.Module) -> nn.Module:
    first = next(body.children(), body)
    if not hasattr(first, "transition3") or not hasattr(first, "norm5"):
        raise ModelError(
            "a DenseNet (densenet121, densenet169) for the method rpsal, whose stages it joins",
            f"a {type(body).__name__} without its stages",
            "Set model.backbone to one of them",
        )
    return first
