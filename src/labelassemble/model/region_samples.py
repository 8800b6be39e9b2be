"""What is read of maps and images within boxes, so that the boxes learn from it."""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import grid_sample

_Boxes = Float[Tensor, "boxes 4"]
BINS, SAMPLES = 5, 2
"""Bins along a side of a region, and samples along a side of a bin. Source: Hermoza 2020."""
GLIMPSE = 64
"""Side of a crop in pixels. Source: Hermoza 2020."""


def read_regions(
    maps: Float[Tensor, "batch features height width"], box: _Boxes
) -> Float[Tensor, "batch boxes features 5 5"]:
    """Read maps within boxes: the mean of 2 x 2 samples, linearly interpolated, in each of 5 x 5.

    Args:
        maps: which cover the whole image.
        box: left, top, right, lower edge, in parts of the image's sides.

    Source: He 2017, RoIAlign.

    Paper: Hermoza 2020, regions of the maps.
    """
    many, count = BINS * SAMPLES, len(box)
    place = (torch.arange(many, device=box.device, dtype=box.dtype) + 0.5) / many
    side = box[:, 2:] - box[:, :2]
    where = 2.0 * (box[:, :2, None] + side[:, :, None] * place) - 1.0
    across = where[:, 0, None, :].expand(-1, many, -1)
    down = where[:, 1, :, None].expand(-1, -1, many)
    grid = torch.stack([across, down], dim=-1).reshape(1, count * many, many, 2)
    grid = grid.to(maps.dtype).expand(len(maps), -1, -1, -1)
    read = grid_sample(maps, grid, padding_mode="border", align_corners=False)
    bins = read.view(len(maps), -1, count, BINS, SAMPLES, BINS, SAMPLES).mean(dim=(4, 6))
    return bins.transpose(1, 2)


def crop_glimpses(
    image: Float[Tensor, "batch 1 height width"],
    box: Float[Tensor, "batch classes 4"],
    side: int = GLIMPSE,
) -> Float[Tensor, "batch classes side side"]:
    """Crop an image to a box a class by Gaussian filters of variance 1, F_y x F_x^T.

    Row i of F_x is exp(-(a - mu_i)^2 / 2) over the columns a, divided by its sum;
    mu_i = (S + 1) x + (i - side / 2 - 1 / 2) d, d = w (S - 1) / (side - 1), with the box's middle x
    and width w in parts of the image's S columns.

    Args:
        image: grey values.
        box: left, top, right, lower edge, in parts of the image's sides.
        side: of the crop in pixels.

    Source: Gregor 2015, DRAW.

    Paper: Hermoza 2020, crop.
    """
    height, width = image.shape[2:]
    across = _filters(box[..., 0], box[..., 2], width, side)
    down = _filters(box[..., 1], box[..., 3], height, side)
    crop: Tensor = down @ image.to(down.dtype) @ across.transpose(-1, -2)
    return crop


def _filters(low: Tensor, high: Tensor, length: int, side: int) -> Tensor:
    """Filters along one axis, ``batch classes side length``."""
    middle = 0.5 * (low + high) * (length + 1)
    step = (high - low) * (length - 1) / (side - 1)
    place = torch.arange(side, device=low.device, dtype=low.dtype) - side / 2 - 0.5
    centre = middle[..., None] + place * step[..., None]
    pixel = torch.arange(length, device=low.device, dtype=low.dtype)
    weight = (-0.5 * (pixel - centre[..., None]).square()).exp()
    return weight / weight.sum(dim=-1, keepdim=True).clamp(min=1e-8)
