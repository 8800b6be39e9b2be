"""What a masked autoencoder sees of an image: a part of it, enlarged."""

import torch

from labelassemble.images.augment_radiograph import Affine2D, make_view_affine
from labelassemble.images.make_views import draw_area_crops, join_motions


def draw_crops(
    generator: torch.Generator, batch: int, smallest_crop: float, flip: float, aspect: float = 1.0
) -> Affine2D:
    """Draw the part of each image that is cut out and enlarged to the whole.

    The part lies within the image; its share of the area is uniform between ``smallest_crop`` and
    1, its place uniform. ``move_image`` carries it out.

    Args:
        generator: a CPU generator; always advanced by the same amount for the same ``batch``.
        batch: number of images.
        smallest_crop: smallest share of the area, in (0, 1]; 1: whole images.
        flip: chance of a left-right flip.
        aspect: largest width over height; its logarithm is uniform between this and its inverse.
            1: parts keep the aspect.

    Source: random resized crops, He et al. 2022; from half of the area, Xiao et al. 2023.

    >>> draw_crops(torch.Generator(), 1, 1.0, 0.0).tolist()
    [[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]]
    """
    part = draw_area_crops(generator, batch, smallest_crop, aspect)
    mirror = torch.rand(batch, generator=generator) < flip
    still = torch.zeros(batch)
    return join_motions(part, make_view_affine(still, still, still, still + 1.0, mirror))
