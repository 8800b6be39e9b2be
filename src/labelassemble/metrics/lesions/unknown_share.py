"""How much of a lesion lies where nobody looked for its class."""

import numpy as np
from jaxtyping import Bool, Float

from labelassemble.errors import MetricError
from labelassemble.metrics.lesions.lesions import Lesions


def unknown_share(
    lesions: Lesions, known_region: Bool[np.ndarray, "classes *space"]
) -> Float[np.ndarray, " lesions"]:
    """Share of each lesion's places at which its class is unknown.

    Args:
        lesions: where only a box is known, the places that the box touches count.
        known_region: whether somebody looked for the class at this place; the lesions' shape.

    Returns:
        Numbers in [0, 1]; 1 for a box outside the scan.

    Raises:
        MetricError: the shapes differ.
    """
    if known_region.shape[1:] != lesions.shape:
        raise MetricError(
            f"a known region of the scan's shape {lesions.shape}",
            f"{known_region.shape[1:]}",
            "Resample both onto one grid",
        )
    share = np.ones(lesions.score.size)
    flat = known_region.reshape(len(known_region), -1)
    for row, place in enumerate(lesions.class_place):
        low, high = lesions.voxel_start[row : row + 2]
        if high > low:
            share[row] = 1 - flat[place, lesions.voxel[low:high]].mean()
            continue
        first = np.maximum(np.floor(lesions.box[row, 0]), 0).astype(np.int64)
        last = np.minimum(np.ceil(lesions.box[row, 1]), lesions.shape).astype(np.int64)
        if (last > first).all():
            here = tuple(slice(start, stop) for start, stop in zip(first, last, strict=True))
            share[row] = 1 - known_region[(place, *here)].mean()
    return share
