"""The views of a batch that a network learns from: ours or RandAugment's, whole or of a part."""

import math
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Generator, Tensor

from labelassemble.images.augment_radiograph import (
    Affine2D,
    Views,
    draw_views,
    make_weak,
    move_image,
    weak_and_strong,
)
from labelassemble.images.rand_augment import Operations, apply_operations, draw_operations
from labelassemble.images.random_erasing import Erasing, apply_erasing, draw_erasing
from labelassemble.settings import AugmentSettings
from labelassemble.types import Image

SPREAD = 0.5
"""Standard deviation of RandAugment's magnitudes. Source: Xiao 2023, Taslimi 2022."""
WIDEST = 4.0 / 3.0
"""Aspect of the widest part that is cut out; of the narrowest its inverse."""


class BatchViews(NamedTuple):
    """All that was drawn for one batch.

    Attributes:
        views: how both are moved, the cutting of a part included, and our changes of grey values.
        operations: RandAugment's, of the weak view and of the strong; they replace our changes.
        erasings: random erasing's, likewise, after all other changes.
    """

    views: Views
    operations: tuple[Operations | None, Operations | None]
    erasings: tuple[Erasing | None, Erasing | None] = (None, None)


def draw_batch_views(
    generator: Generator, batch: int, size: int, settings: AugmentSettings
) -> BatchViews:
    """Draw the views of one batch, on the CPU.

    Args:
        generator: a CPU generator; always advanced by the same amount for the same settings.
        batch: number of images.
        size: side of the images in pixels.
        settings: ranges, and whether there are parts and RandAugment.
    """
    views = draw_views(generator, batch, size, settings)
    if settings.smallest_area < 1.0:
        part = draw_area_crops(generator, batch, settings.smallest_area)
        views = views._replace(
            weak=join_motions(part, views.weak), strong=join_motions(part, views.strong)
        )
    operations: list[Operations | None] = [None, None]
    erasings: list[Erasing | None] = [None, None]
    for place in (0, 1) if settings.rand_views == "both" else (1,):
        if settings.rand_layers:
            operations[place] = draw_operations(
                generator, batch, settings.rand_layers, settings.rand_magnitude, SPREAD
            )
        if settings.erase_chance:
            erasings[place] = draw_erasing(generator, batch, size, settings.erase_chance)
    return BatchViews(views, (operations[0], operations[1]), (erasings[0], erasings[1]))


def make_views(
    image: Image, drawn: BatchViews, several: int, side: int | None = None
) -> tuple[Float[Tensor, "batch 1 _ _"], ...]:
    """Make the weak view, and with ``several`` = 2 the strong one, on the image's device.

    Args:
        image: grey values in [0, 1], as stored.
        drawn: what was drawn for this batch.
        several: how many views.
        side: of the views in pixels, for which ``drawn`` was drawn; None: the image's.

    Returns:
        As many batches of grey values in [0, 1].
    """
    moves = (drawn.views.weak, drawn.views.strong)[:several]
    if several == 2 and drawn.operations[1] is None:
        made: tuple[Tensor, ...] = weak_and_strong(image, drawn.views, side)
    else:
        made = (make_weak(image, drawn.views, side),)
        made += tuple(move_image(image, one, side) for one in moves[1:])
    changed = []
    for place, view in enumerate(made):
        own, erasing = drawn.operations[place], drawn.erasings[place]
        view = view if own is None else apply_operations(view, own)
        changed.append(view if erasing is None else apply_erasing(view, erasing))
    return tuple(changed)


def draw_area_crops(
    generator: Generator, batch: int, smallest_area: float, widest: float = WIDEST
) -> Affine2D:
    """Draw the part of each image that is cut out and stretched to the whole.

    Its share of the area is uniform from ``smallest_area`` to 1, the logarithm of its aspect
    uniform, its place uniform; sides that would be longer than the image's are cut to them.

    Args:
        generator: a CPU generator.
        batch: number of images.
        smallest_area: share of the area, in (0, 1].
        widest: largest width over height, 1 or more; of the narrowest part it is the inverse.

    Source: Szegedy 2015; random resized crops as in timm, which draws again what does not fit.
    """
    drawn = torch.rand(4, batch, generator=generator)
    area = smallest_area + (1.0 - smallest_area) * drawn[0]
    aspect = torch.exp((2.0 * drawn[1] - 1.0) * math.log(widest))
    width, height = (area * aspect).sqrt().clamp(max=1.0), (area / aspect).sqrt().clamp(max=1.0)
    across, down = (2.0 * drawn[2] - 1.0) * (1.0 - width), (2.0 * drawn[3] - 1.0) * (1.0 - height)
    zero = torch.zeros(batch)
    rows = torch.stack([width, zero, across, zero, height, down], dim=1)
    return rows.view(-1, 2, 3)


def join_motions(first: Affine2D, then: Affine2D) -> Affine2D:
    """Give the one motion that moves an image by the first and what comes of it by the second."""
    turn = first[:, :, :2] @ then[:, :, :2]
    shift = first[:, :, :2] @ then[:, :, 2:] + first[:, :, 2:]
    return torch.cat([turn, shift], dim=2)
