"""A small encoder-decoder of our own, for images and volumes: no import of seconds."""

from itertools import pairwise

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import interpolate

from labelassemble.types import DenseImage, Feature

Layer = Float[Tensor, "batch channels *space"]

_GROUPS = 4
"""Channels a norm's group at the first level; every level has as many groups of its own size."""


class SmallUnet(nn.Module):
    """Down and up again, joined across at every resolution.

    Two convolutions a level; GroupNorm, because batches of patches are small; strided convolutions
    down; linear interpolation up, then added to what came down. Sides are multiples of
    2 ** (levels - 1).

    Args:
        dimensions: 2 or 3.
        width: channels at full resolution; twice as many at every level below.
        levels: resolutions.

    Source: Ronneberger 2015, U-Net; adding instead of joining, Myronenko 2018.
    """

    def __init__(self, dimensions: int, width: int, levels: int) -> None:
        super().__init__()
        channels = [width * 2**level for level in range(levels)]
        self.down = nn.ModuleList(
            [
                _block(dimensions, above, own, 1 if level == 0 else 2)
                for level, (above, own) in enumerate(
                    zip([1, *channels[:-1]], channels, strict=True)
                )
            ]
        )
        convolution = _convolution(dimensions)
        self.narrow = nn.ModuleList(
            [convolution(below, own, 1) for own, below in pairwise(channels)]
        )
        self.up = nn.ModuleList([_block(dimensions, own, own, 1) for own in channels[:-1]])
        self.mode = "bilinear" if dimensions == 2 else "trilinear"

    def forward(self, image: DenseImage) -> Feature:
        """Give a feature vector a voxel."""
        levels: list[Layer] = []
        layer: Layer = image
        for down in self.down:
            layer = down(layer)
            levels.append(layer)
        for level in reversed(range(len(self.up))):
            # Narrowed first: what is interpolated is half as much.
            layer = interpolate(
                self.narrow[level](layer),
                size=levels[level].shape[2:],
                mode=self.mode,
                align_corners=False,
            )
            layer = self.up[level](layer + levels[level])
        return layer


def _convolution(dimensions: int) -> type[nn.Conv2d] | type[nn.Conv3d]:
    return nn.Conv2d if dimensions == 2 else nn.Conv3d


def _block(dimensions: int, before: int, after: int, stride: int) -> nn.Sequential:
    convolution = _convolution(dimensions)
    return nn.Sequential(
        convolution(before, after, 3, stride=stride, padding=1, bias=False),
        nn.GroupNorm(_GROUPS, after),
        nn.LeakyReLU(0.01),
        convolution(after, after, 3, padding=1, bias=False),
        nn.GroupNorm(_GROUPS, after),
        nn.LeakyReLU(0.01),
    )


def pad_to_multiple(image: DenseImage, multiple: int) -> Float[Tensor, "batch 1 *padded"]:
    """Repeat the last voxels of each axis until its side is a multiple, and not the first one.

    At twice the multiple the lowest level has two voxels an axis: norms need more than one.

    >>> from torch import zeros
    >>> pad_to_multiple(zeros(1, 1, 5, 3), 4).shape
    torch.Size([1, 1, 8, 8])
    """
    wanted = [max(2, -(-side // multiple)) * multiple for side in image.shape[2:]]
    more = [whole - side for whole, side in zip(wanted, image.shape[2:], strict=True)]
    sides = [side for axis in reversed(more) for side in (0, axis)]
    return nn.functional.pad(image, sides, mode="replicate") if any(sides) else image
