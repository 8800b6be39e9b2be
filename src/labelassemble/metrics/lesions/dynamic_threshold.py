"""Lesions taken off a prediction one after the other, the hottest first."""

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy import ndimage


def dynamic_threshold_regions(
    probability: Float[np.ndarray, "*space"],
    threshold: float,
    share: float,
    neighbours: Bool[np.ndarray, "*around"],
    keep_adjacent: bool = False,
) -> Int[np.ndarray, "*space"]:
    """From the hottest place take all that hangs together down to a share of it; then the next.

    A fixed threshold melts neighbouring lesions together or cuts faint ones small; here every
    lesion brings its own. What touches a hotter lesion is its fringe: it is taken off, but is no
    lesion (``keep_adjacent`` keeps it).

    Args:
        prediction: of one class, in [0, 1].
        threshold: nothing below it is taken, so it is also the least peak.
        share: in (0, 1]; how far below its peak a lesion reaches.
        neighbours: which places are neighbours, as ``scipy.ndimage.label`` takes it.
        keep_adjacent: whether what touches a hotter lesion is a lesion too.

    Returns:
        0 outside, else the number of the lesion from 1.

    Source: Bosma 2023, dynamic threshold of report-guided lesion extraction; there, a lesion may
    reach below the least peak.

    >>> probability = np.array([0.1, 0.9, 0.5, 0.3, 0.2, 0.6, 0.1])
    >>> line = np.full(3, True)
    >>> dynamic_threshold_regions(probability, threshold=0.15, share=0.4, neighbours=line)
    array([0, 1, 1, 0, 0, 2, 0])
    """
    region = np.zeros(probability.shape, dtype=np.int64)
    # One place of margin, so that what is grown by one place never leaves the array.
    found = np.zeros(np.array(probability.shape) + 2, dtype=bool)
    lesions = 0
    waiting = _parts(probability >= threshold, (0,) * probability.ndim, neighbours)
    while waiting:
        corner, part = waiting.pop()
        here = tuple(slice(at, at + size) for at, size in zip(corner, part.shape, strict=True))
        values = np.where(part, probability[here], -np.inf)
        peak = np.unravel_index(int(np.argmax(values)), values.shape)
        hot, _ = ndimage.label(values >= max(threshold, share * values[peak]), neighbours)
        lesion = hot == hot[peak]
        grown = ndimage.binary_dilation(np.pad(lesion, 1), neighbours)
        around = tuple(slice(at.start, at.stop + 2) for at in here)
        if keep_adjacent or not (grown & found[around]).any():
            lesions += 1
            region[here][lesion] = lesions
        found[around] |= np.pad(lesion, 1)
        # What is left falls apart into pieces that cannot reach each other any more.
        waiting += _parts(part & ~lesion, corner, neighbours)
    return region


def _parts(
    mask: Bool[np.ndarray, "*space"],
    corner: tuple[int, ...],
    neighbours: Bool[np.ndarray, "*around"],
) -> list[tuple[tuple[int, ...], Bool[np.ndarray, "*part"]]]:
    """What hangs together in a mask, each piece with the corner of its box."""
    label, pieces = ndimage.label(mask, neighbours)
    # Asked for no piece, find_objects would look for the largest number, which need not exist.
    found = ndimage.find_objects(label, pieces) if pieces else []
    return [
        (
            tuple(at + axis.start for at, axis in zip(corner, box, strict=True)),
            label[box] == number,
        )
        for number, box in enumerate(found, 1)
    ]
