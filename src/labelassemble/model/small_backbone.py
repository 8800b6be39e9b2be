"""A small residual network of our own for demos, tests and machines without a GPU."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from labelassemble.types import Feature, ScaledImage

WIDTHS = (16, 32, 64, 128)
"""Features at a half, a quarter, an eighth and a sixteenth of the image's side."""


class SmallBackbone(nn.Module):
    """A stem and four residual blocks, 0.7 million weights, one feature for 16 x 16 pixels.

    Deep residual learning (He et al. 2016) at a size that two processor cores train at several
    hundred 96-pixel images a second. Blocks begin where a quarter of the side is left: the same
    time spent on larger maps learns less.

    Args:
        channels: of an image.
    """

    features = WIDTHS[-1]

    def __init__(self, channels: int = 1) -> None:
        super().__init__()
        half, quarter, eighth, sixteenth = WIDTHS
        self.stem = nn.Sequential(*_halve(channels, half), *_halve(half, quarter))
        self.levels = nn.Sequential(
            ResidualBlock(quarter, eighth, stride=2),
            ResidualBlock(eighth, eighth, stride=1),
            ResidualBlock(eighth, sixteenth, stride=2),
            ResidualBlock(sixteenth, sixteenth, stride=1),
        )

    def forward(self, image: ScaledImage) -> Feature:
        """Compute the feature map; ``height`` and ``width`` are those of the image over 16."""
        feature: Feature = self.levels(self.stem(image))
        return feature


class ResidualBlock(nn.Module):
    """Two convolutions beside a shortcut; a stride of 2 halves height and width.

    The shortcut is the feature itself where its shape stays, else its mean over 2 x 2 places
    through a 1 x 1 convolution.
    """

    def __init__(self, before: int, after: int, stride: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(before, after, 3, stride=stride, padding=1, bias=False)
        self.first_norm = nn.BatchNorm2d(after)
        self.second = nn.Conv2d(after, after, 3, padding=1, bias=False)
        self.second_norm = nn.BatchNorm2d(after)
        self.drop_path = nn.Identity()
        self.shortcut = nn.Sequential()
        if stride > 1 or before != after:
            self.shortcut = nn.Sequential(
                nn.AvgPool2d(stride, ceil_mode=True, count_include_pad=False),
                nn.Conv2d(before, after, 1, bias=False),
                nn.BatchNorm2d(after),
            )

    def forward(
        self, feature: Float[Tensor, "batch before height width"]
    ) -> Float[Tensor, "batch after new_height new_width"]:
        """Add what the convolutions found to the shortcut."""
        found = self.first_norm(self.first(feature)).relu_()
        found = self.drop_path(self.second_norm(self.second(found))) + self.shortcut(feature)
        return torch.relu_(found)


def _halve(before: int, after: int) -> tuple[nn.Module, ...]:
    convolution = nn.Conv2d(before, after, 3, stride=2, padding=1, bias=False)
    return convolution, nn.BatchNorm2d(after), nn.ReLU(inplace=True)
