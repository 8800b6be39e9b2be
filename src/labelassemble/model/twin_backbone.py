"""Two networks that look at the same image, their feature maps one after the other."""

import torch
from torch import nn

from labelassemble.types import Feature, ScaledImage


class TwinLayers(nn.Module):
    """f(x) = f_1(x) beside f_2(x).

    Args:
        first: makes a feature map.
        second: makes one of the same sides.
    """

    def __init__(self, first: nn.Module, second: nn.Module) -> None:
        super().__init__()
        self.first, self.second = first, second

    def forward(self, image: ScaledImage) -> Feature:
        """Compute both maps; the first one's features come first."""
        return torch.cat([self.first(image), self.second(image)], dim=1)
