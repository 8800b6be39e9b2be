"""Patches cut out of images in memory or on disk."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Shaped, UInt8

from labelassemble.images.radiograph import unit_grey
from labelassemble.sources.assessments import POSITIVE, UNKNOWN


class PatchArrays(NamedTuple):
    """One patch; the axes of space are those of its image, in 2-D or 3-D.

    Attributes:
        image: grey values in [0, 1]; 0 outside the image.
        label: 1 where the class is, else 0; without meaning where not known.
        known: whether somebody looked for the class there; never outside the image.
    """

    image: Float[np.ndarray, "*space"]
    label: Float[np.ndarray, "classes *space"]
    known: Bool[np.ndarray, "classes *space"]


def read_patch(
    image: Shaped[np.ndarray, "*space"],
    state: UInt8[np.ndarray, "classes *space"],
    centre: Sequence[int],
    size: Sequence[int],
) -> PatchArrays:
    """Cut a patch out of an image and of what is known of it; only its voxels are read from disk.

    Args:
        image: grey values in [0, 1], in memory or mapped; whole numbers: 0 to 255.
        state: 0 unknown, 1 negative, 3 positive (``sources.assessments``).
        centre: as in ``Patch``.
        size: voxels along each axis.
    """
    own = cut_patch(image, centre, size, 0)
    grey = unit_grey(own) if own.dtype == np.uint8 else own.astype(np.float32)
    there = cut_patch(state, centre, size, UNKNOWN)
    return PatchArrays(grey, (there == POSITIVE).astype(np.float32), there != UNKNOWN)


def cut_patch(
    values: Shaped[np.ndarray, "..."], centre: Sequence[int], size: Sequence[int], fill: int
) -> Shaped[np.ndarray, "..."]:
    """Cut a box out of the last axes; what lies outside is filled.

    Args:
        values: any axes, then those of space.
        centre: voxel that gets the place size // 2.
        size: of the box.
        fill: value outside.

    >>> cut_patch(np.arange(1, 6), [0], [4], 0).tolist()
    [0, 0, 1, 2]
    """
    lead = values.ndim - len(size)
    every = (slice(None),) * lead
    start = [middle - side // 2 for middle, side in zip(centre, size, strict=True)]
    space = values.shape[lead:]
    low = [min(max(0, one), whole) for one, whole in zip(start, space, strict=True)]
    high = [
        max(bottom, min(one + side, whole))
        for one, side, whole, bottom in zip(start, size, space, low, strict=True)
    ]
    patch = np.full((*values.shape[:lead], *size), fill, dtype=values.dtype)
    target = tuple(
        slice(bottom - one, top - one) for bottom, top, one in zip(low, high, start, strict=True)
    )
    source = tuple(slice(bottom, top) for bottom, top in zip(low, high, strict=True))
    if all(bottom < top for bottom, top in zip(low, high, strict=True)):
        patch[(*every, *target)] = values[(*every, *source)]
    return patch
