"""Polygons in voxels of a slice in, the pixels whose centres they hold out."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float


def fill_polygons(
    polygons: Sequence[Float[np.ndarray, "_ 2"]], shape: tuple[int, int]
) -> Bool[np.ndarray, "i j"]:
    """Fill polygons by the even-odd rule: one within another is a hole.

    A pixel is inside where its centre is; a centre on an edge counts where the polygon lies on its
    side of higher numbers, so that neighbours that share an edge never share a pixel.

    Args:
        polygons: points (i, j); whole numbers are centres of pixels. The last point leads back to
            the first.
        shape: of the slice.

    >>> square = np.array([[0.5, 0.5], [2.5, 0.5], [2.5, 3.5], [0.5, 3.5]])
    >>> fill_polygons([square], (4, 5)).astype(int).tolist()
    [[0, 0, 0, 0, 0], [0, 1, 1, 1, 0], [0, 1, 1, 1, 0], [0, 0, 0, 0, 0]]
    """
    width, height = shape
    # How often the border is crossed between a pixel and the one before it in its row.
    crossed = np.zeros((width + 1, height), dtype=bool)
    for polygon in polygons:
        behind = np.roll(polygon, -1, axis=0)
        for (i_one, j_one), (i_other, j_other) in zip(polygon, behind, strict=True):
            low, high = min(j_one, j_other), max(j_one, j_other)
            rows = np.arange(max(0, int(np.ceil(low))), min(height, int(np.ceil(high))))
            if not len(rows):
                continue
            at = i_one + (rows - j_one) * (i_other - i_one) / (j_other - j_one)
            np.logical_xor.at(crossed, (np.clip(np.ceil(at), 0, width).astype(int), rows), True)
    return np.asarray(np.logical_xor.accumulate(crossed, axis=0)[:width])
