"""What a masked autoencoder sees of an image: a part of it, enlarged."""

import torch

from labelassemble.images.augment_radiograph import Affine2D, make_view_affine


def draw_crops(
    generator: torch.Generator, batch: int, smallest_crop: float, flip: float
) -> Affine2D:
    """Draw the square part of each image that is cut out and enlarged to the whole.

    The part lies within the image and keeps its aspect; its share of the area is uniform between
    ``smallest_crop`` and 1, its place uniform. ``move_image`` carries it out.

    Args:
        generator: a CPU generator; always advanced by the same amount for the same ``batch``.
        batch: number of images.
        smallest_crop: smallest share of the area, in (0, 1]; 1: whole images.
        flip: chance of a left-right flip.

    Source: random resized crops, He et al. 2022; from half of the area, Xiao et al. 2022.

    >>> draw_crops(torch.Generator(), 1, 1.0, 0.0).tolist()
    [[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]]
    """
    area, right, down, mirror = torch.rand(4, batch, generator=generator)
    zoom = (smallest_crop + (1.0 - smallest_crop) * area).rsqrt()
    # An enlarged image reaches (zoom - 1) / 2 of the side beyond each border.
    reach = zoom - 1.0
    return make_view_affine(
        torch.zeros(batch), (right - 0.5) * reach, (down - 0.5) * reach, zoom, mirror < flip
    )
