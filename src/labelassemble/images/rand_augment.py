"""RandAugment for batches of grey images: a few operations, drawn anew for every image."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Generator, Tensor

from labelassemble.images.augment_radiograph import Affine2D, PerImage, blur_image, move_image
from labelassemble.types import Image

_Levels = Float[Tensor, " some"]
"""Magnitude of each image, from 0 to 1."""
_Signs = Float[Tensor, " some"]
"""1 or -1 for each image: which way it is changed."""

_STRONGEST = 10.0
"""The magnitude at which every operation is at its end."""


class Operations(NamedTuple):
    """What was drawn for a batch, layer by layer.

    Attributes:
        number: of each image's operation in ``OPERATIONS``; -1: none.
        level: its magnitude, from 0 to 1.
        sign: 1 or -1, for operations that have two ways.
    """

    number: Int[Tensor, "batch layers"]
    level: Float[Tensor, "batch layers"]
    sign: Float[Tensor, "batch layers"]


def draw_operations(
    generator: Generator, batch: int, layers: int, magnitude: float, spread: float
) -> Operations:
    """Draw operations, on the CPU; each is left out with a chance of one half.

    Args:
        generator: a CPU generator; always advanced by the same amount for the same sizes.
        batch: number of images.
        layers: operations an image.
        magnitude: mean of the magnitudes, from 0 to 10.
        spread: their standard deviation; what is drawn is clipped to 0 and 10.

    Source: Cubuk 2020; the spread and the chance as in timm, with which Xiao 2023 and Taslimi 2022
    train (``rand-m6-mstd0.5-inc1``, ``rand-m9-mstd0.5-inc1``).
    """
    shape = (batch, layers)
    number = torch.randint(len(OPERATIONS), shape, generator=generator)
    applied = torch.rand(shape, generator=generator) < 0.5
    drawn = magnitude + spread * torch.randn(shape, generator=generator)
    sign = torch.where(torch.rand(shape, generator=generator) < 0.5, -1.0, 1.0)
    level = drawn.clamp(0.0, _STRONGEST) / _STRONGEST
    return Operations(torch.where(applied, number, -1), level, sign)


def apply_operations(image: Image, operations: Operations) -> Image:
    """Change images one operation after the other, on their device; grey values stay in [0, 1].

    All images that have an operation in a layer are changed at once.
    """
    changed = image
    for number, level, sign in zip(*(part.unbind(1) for part in operations), strict=True):
        for own, change in enumerate(OPERATIONS.values()):
            rows = (number == own).nonzero().flatten()
            if len(rows):
                there = rows.to(image.device, non_blocking=True)
                some = change(changed.index_select(0, there), level[rows], sign[rows])
                changed = changed.index_copy(0, there, some)
    return changed


def auto_contrast(image: Image, level: _Levels, sign: _Signs) -> Image:
    """Stretch from the darkest to the brightest place to 0 to 1."""
    low, high = image.amin(dim=(2, 3), keepdim=True), image.amax(dim=(2, 3), keepdim=True)
    stretched: Image = (image - low) / (high - low)
    return torch.where(high > low, stretched, image)


def equalise(image: Image, level: _Levels, sign: _Signs) -> Image:
    """Let each of 256 grey values come as often as others, as far as that goes."""
    grey = (image * 255.0).round().long().flatten(1)
    count = torch.zeros(len(image), 256, dtype=torch.long, device=image.device)
    count.scatter_add_(1, grey, torch.ones_like(grey))
    last = torch.where(count > 0, torch.arange(256, device=image.device), -1).amax(1, keepdim=True)
    step = (grey.shape[1] - count.gather(1, last)) // 255
    before = count.cumsum(1) - count
    table = ((before + step // 2) // step.clamp(min=1)).clamp(max=255)
    table = torch.where(step > 0, table, torch.arange(256, device=image.device))
    equal: Image = table.gather(1, grey).to(image.dtype).view_as(image) / 255.0
    return equal


def invert(image: Image, level: _Levels, sign: _Signs) -> Image:
    """Make white black."""
    return 1.0 - image


def posterise(image: Image, level: _Levels, sign: _Signs) -> Image:
    """Keep the highest 4 to 0 bits of 8: the fewer, the stronger."""
    bits = 4 - (level * 4.0).long()
    step = _spread((2 ** (8 - bits)).float(), image)
    grey: Image = torch.floor((image * 255.0).round() / step) * step / 255.0
    return grey


def solarise(image: Image, level: _Levels, sign: _Signs) -> Image:
    """Invert what is as bright as a threshold, which falls from 256 to 0, or brighter."""
    threshold = _spread(256.0 - (level * 256.0).floor(), image)
    return torch.where((image * 255.0).round() < threshold, image, 1.0 - image)


def solarise_add(image: Image, level: _Levels, sign: _Signs) -> Image:
    """Brighten what is darker than 128 by up to 110 of 255."""
    more = _spread((level * 110.0).floor() / 255.0, image)
    return torch.where((image * 255.0).round() < 128.0, (image + more).clamp(max=1.0), image)


def change_contrast(image: Image, level: _Levels, sign: _Signs) -> Image:
    """Scale around the mean by 0.1 to 1.9."""
    return _blend(image.mean(dim=(2, 3), keepdim=True), image, level, sign)


def change_brightness(image: Image, level: _Levels, sign: _Signs) -> Image:
    """Scale around black by 0.1 to 1.9."""
    return _blend(torch.zeros_like(image), image, level, sign)


def change_sharpness(image: Image, level: _Levels, sign: _Signs) -> Image:
    """Scale around a blurred image by 0.1 to 1.9."""
    return _blend(blur_image(image), image, level, sign)


def keep_colour(image: Image, level: _Levels, sign: _Signs) -> Image:
    """Nothing: a grey image has no colour to change, which is one of the published operations."""
    return image


def rotate(image: Image, level: _Levels, sign: _Signs) -> Image:
    """Turn by up to 30 degrees."""
    angle = torch.deg2rad(30.0 * level * sign)
    cosine, sine = torch.cos(angle), torch.sin(angle)
    return move_image(image, _affine(cosine, -sine, sine, cosine))


def shear_across(image: Image, level: _Levels, sign: _Signs) -> Image:
    """Shift rows against each other by up to 0.3 of their distance."""
    one, zero = torch.ones_like(level), torch.zeros_like(level)
    return move_image(image, _affine(one, 0.3 * level * sign, zero, one))


def shear_down(image: Image, level: _Levels, sign: _Signs) -> Image:
    """Shift columns against each other by up to 0.3 of their distance."""
    one, zero = torch.ones_like(level), torch.zeros_like(level)
    return move_image(image, _affine(one, zero, 0.3 * level * sign, one))


def shift_across(image: Image, level: _Levels, sign: _Signs) -> Image:
    """Shift by up to 0.45 of the width."""
    return move_image(image, _shift(0.9 * level * sign, torch.zeros_like(level)))


def shift_down(image: Image, level: _Levels, sign: _Signs) -> Image:
    """Shift by up to 0.45 of the height."""
    return move_image(image, _shift(torch.zeros_like(level), 0.9 * level * sign))


OPERATIONS: dict[str, Callable[[Image, _Levels, _Signs], Image]] = {
    "auto_contrast": auto_contrast,
    "equalise": equalise,
    "invert": invert,
    "rotate": rotate,
    "posterise": posterise,
    "solarise": solarise,
    "solarise_add": solarise_add,
    "colour": keep_colour,
    "contrast": change_contrast,
    "brightness": change_brightness,
    "sharpness": change_sharpness,
    "shear_across": shear_across,
    "shear_down": shear_down,
    "shift_across": shift_across,
    "shift_down": shift_down,
}
"""The fifteen of timm's increasing set. What moves in from outside is black."""


def _blend(rest: Tensor, image: Image, level: _Levels, sign: _Signs) -> Image:
    factor = _spread(1.0 + 0.9 * level * sign, image)
    blended: Image = (rest + factor * (image - rest)).clamp(0.0, 1.0)
    return blended


def _affine(a: PerImage, b: PerImage, c: PerImage, d: PerImage) -> Affine2D:
    zero = torch.zeros_like(a)
    rows = torch.stack([a, b, zero, c, d, zero], dim=1)
    return rows.view(-1, 2, 3)


def _shift(across: PerImage, down: PerImage) -> Affine2D:
    one, zero = torch.ones_like(across), torch.zeros_like(across)
    return torch.stack([one, zero, across, zero, one, down], dim=1).view(-1, 2, 3)


def _spread(values: Tensor, image: Image) -> Float[Tensor, "some 1 1 1"]:
    return values.to(image.device, non_blocking=True)[:, None, None, None]
