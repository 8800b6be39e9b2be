"""Random erasing: noise in the place of a rectangle."""

import math
from typing import NamedTuple

import torch
from jaxtyping import Int
from torch import Generator, Tensor

from labelassemble.types import Image

SMALLEST_ERASED, LARGEST_ERASED, FLATTEST = 0.02, 1.0 / 3.0, 0.3
"""Shares of the area, and the smallest height over width. Source: timm's random erasing."""
_MEAN, _DEVIATION = 0.449, 0.226


class Erasing(NamedTuple):
    """What was drawn for a batch.

    Attributes:
        box: top, left, bottom and right of each image's rectangle, ends exclusive; empty: none.
        seed: of the noise.
    """

    box: Int[Tensor, "batch 4"]
    seed: int


def draw_erasing(generator: Generator, batch: int, size: int, chance: float) -> Erasing:
    """Draw rectangles, on the CPU.

    The share of the area is uniform, the logarithm of the aspect uniform, the place uniform; sides
    that would be longer than the image's are cut to them.

    Args:
        generator: a CPU generator; always advanced by the same amount for the same ``batch``.
        batch: number of images.
        size: side of the images in pixels.
        chance: that an image has one, in [0, 1].

    Source: Zhong 2020; ranges of timm, with which Taslimi 2022 train.
    """
    chosen, share, aspect, down, across = torch.rand(5, batch, generator=generator)
    area = SMALLEST_ERASED + (LARGEST_ERASED - SMALLEST_ERASED) * share
    tall = torch.exp((2.0 * aspect - 1.0) * math.log(1.0 / FLATTEST))
    sides = torch.stack([(area * tall).sqrt(), (area / tall).sqrt()], dim=1)
    length = (sides * size).round().clamp(max=size).long()
    length = torch.where((chosen < chance)[:, None], length, 0)
    room = size - length
    start = (torch.stack([down, across], dim=1) * (room + 1)).long().minimum(room)
    seed = int(torch.randint(2**62, (), generator=generator))
    return Erasing(torch.cat([start, start + length], dim=1), seed)


def apply_erasing(image: Image, erasing: Erasing) -> Image:
    """Put noise into the rectangles, on the image's device; in [0, 1].

    Its mean and deviation are those of ImageNet's photographs, which networks scale to 0 and 1.
    """
    generator = Generator(image.device).manual_seed(erasing.seed)
    noise = torch.randn(image.shape, generator=generator, device=image.device, dtype=image.dtype)
    noise = noise.mul_(_DEVIATION).add_(_MEAN).clamp_(0.0, 1.0)
    top, left, bottom, right = erasing.box.to(image.device)[:, :, None].unbind(1)
    down = torch.arange(image.shape[2], device=image.device)
    across = torch.arange(image.shape[3], device=image.device)
    rows, columns = (down >= top) & (down < bottom), (across >= left) & (across < right)
    return torch.where(rows[:, None, :, None] & columns[:, None, None, :], noise, image)
