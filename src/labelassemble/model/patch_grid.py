"""Images cut into square patches, and where each patch stands."""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import interpolate

from labelassemble.types import ScaledImage

Patches = Float[Tensor, "batch patches pixels"]
"""Grey values patch by patch, row by row of the grid, row by row within a patch."""


def stretch_to_multiple(
    image: ScaledImage, multiple: int, smallest: int = 0
) -> Float[Tensor, "batch channels new_height new_width"]:
    """Stretch height and width to the next multiples, linearly; an image that has them stays.

    Args:
        image: of any size.
        multiple: of what both sides are to be multiples.
        smallest: both sides are at least so long, itself a multiple.

    Networks that cut the image into patches would otherwise drop what is left at its border. A
    stretched image is covered by the feature map from edge to edge, which padding would not keep.

    >>> stretch_to_multiple(torch.zeros(1, 1, 70, 32), 16).shape[2:]
    torch.Size([80, 32])
    """
    height, width = (max(smallest, -(-side // multiple) * multiple) for side in image.shape[2:])
    if (height, width) == tuple(image.shape[2:]):
        return image
    return interpolate(image, (height, width), mode="bilinear")


def patchify(image: ScaledImage, patch: int) -> Patches:
    """Cut images into patches of ``patch`` x ``patch`` pixels, of which both sides are multiples.

    Channels are told pixel by pixel.

    >>> patchify(torch.arange(16.0).view(1, 1, 4, 4), 2)[0, 1].tolist()
    [2.0, 3.0, 6.0, 7.0]
    """
    batch, channels, height, width = image.shape
    cut = image.reshape(batch, channels, height // patch, patch, width // patch, patch)
    return cut.permute(0, 2, 4, 3, 5, 1).reshape(batch, -1, patch * patch * channels)


def position_code(rows: int, columns: int, features: int) -> Float[Tensor, "places features"]:
    """Say where each place of a grid stands by sines and cosines of its row and its column.

    Half of the features tell the column, half the row; of each half, one half are sines and one
    cosines of the number over 10,000 to the power of 0 to 1.

    Args:
        rows: places from top to bottom.
        columns: places from left to right.
        features: length of a code; a multiple of 4.

    Source: Vaswani et al. 2017, in two dimensions as in He et al. 2022, masked autoencoders.
    """
    quarter = features // 4
    rate = 10_000.0 ** -(torch.arange(quarter, dtype=torch.float64) / quarter)

    def code(count: int) -> Tensor:
        angle = torch.arange(count, dtype=torch.float64)[:, None] * rate
        return torch.cat([angle.sin(), angle.cos()], dim=1)

    across = code(columns)[None].expand(rows, columns, -1)
    along = code(rows)[:, None].expand(rows, columns, -1)
    return torch.cat([across, along], dim=2).reshape(rows * columns, features).float()


def resize_positions(
    positions: Float[Tensor, "1 places features"], rows: int, columns: int
) -> Float[Tensor, "1 new_places features"]:
    """Read the positions of a square grid at the places of another grid; its own stay as they are.

    Source: Dosovitskiy et al. 2021, fine-tuning at other resolutions; bicubic.
    """
    side = round(positions.shape[1] ** 0.5)
    if (rows, columns) == (side, side):
        return positions
    grid = positions.transpose(1, 2).reshape(1, -1, side, side)
    resized = interpolate(grid, (rows, columns), mode="bicubic")
    return resized.flatten(2).transpose(1, 2)
