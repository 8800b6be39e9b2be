"""A small residual network of our own for demos, tests and machines without a GPU."""

from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor, nn

from labelassemble.types import Feature, Image

WIDTHS = (16, 32, 64, 128)


class SmallBackbone(nn.Module):
    """Four levels of 3 x 3 convolutions, 0.3 million weights, one feature for 16 x 16 pixels.

    Deep residual learning (He et al. 2016) at a size that two processor cores train at several
    hundred 96-pixel images a second.
    """

    features = WIDTHS[-1]

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(1, WIDTHS[0], 5, stride=2, padding=2, bias=False),
            nn.BatchNorm2d(WIDTHS[0]),
            nn.ReLU(),
        )
        self.levels = nn.Sequential(
            *(ResidualBlock(before, after) for before, after in pairwise(WIDTHS))
        )

    def forward(self, image: Image) -> Feature:
        """Compute the feature map; ``height`` and ``width`` are those of the image over 16."""
        feature: Feature = self.levels(self.stem(image))
        return feature


class ResidualBlock(nn.Module):
    """Two convolutions beside a shortcut; halves height and width."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(before, after, 3, stride=2, padding=1, bias=False)
        self.first_norm = nn.BatchNorm2d(after)
        self.second = nn.Conv2d(after, after, 3, padding=1, bias=False)
        self.second_norm = nn.BatchNorm2d(after)
        self.shortcut = nn.Sequential(
            nn.AvgPool2d(2, ceil_mode=True, count_include_pad=False),
            nn.Conv2d(before, after, 1, bias=False),
            nn.BatchNorm2d(after),
        )

    def forward(
        self, feature: Float[Tensor, "batch before height width"]
    ) -> Float[Tensor, "batch after half_height half_width"]:
        """Add what the convolutions found to the shortcut."""
        found = self.first_norm(self.first(feature)).relu()
        found = self.second_norm(self.second(found)) + self.shortcut(feature)
        return torch.relu(found)
