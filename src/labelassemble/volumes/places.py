"""Where in an image patches may be centred: on lesions of each class, and on background."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int, UInt8

from labelassemble.sources.assessments import NEGATIVE, POSITIVE

MAX_PLACES = 20_000
"""Lesion voxels kept for each class of an image; more are thinned out evenly."""

CANDIDATES = 60_000
"""Places of an image at which it is asked whether body is there."""

Coordinates = Int[np.ndarray, "_ dimensions"]


class Places(NamedTuple):
    """Places of one image, in 2-D or 3-D.

    Attributes:
        shape: of the image.
        lesions: for each class, voxels where it is positive.
        background: voxels inside the body that are positive for no class and known for one or more.
        negative: for each of these, the classes that somebody ruled out there. Unknown is never
            negative: a voxel is background only for the classes that stand here.
    """

    shape: tuple[int, ...]
    lesions: tuple[Coordinates, ...]
    background: Coordinates
    negative: Bool[np.ndarray, "places classes"]


def settle_places(
    state: UInt8[np.ndarray, "classes *space"],
    lesions: tuple[Coordinates, ...],
    body: Coordinates,
) -> Places:
    """Keep those places of the body that are background for some class."""
    there = state[(slice(None), *body.T)].T
    background = (there != POSITIVE).all(axis=1) & (there == NEGATIVE).any(axis=1)
    return Places(state.shape[1:], lesions, body[background], there[background] == NEGATIVE)


def thin_out(places: Coordinates) -> Coordinates:
    """Keep at most ``MAX_PLACES``, evenly spread over their order."""
    if len(places) <= MAX_PLACES:
        return places
    kept: Coordinates = places[np.linspace(0, len(places) - 1, MAX_PLACES).astype(np.int64)]
    return kept


def spread_points(shape: tuple[int, ...]) -> Coordinates:
    """Give ``CANDIDATES`` places that fill an image evenly, always the same.

    Source: the additive recurrence with powers of the root of x^(d+1) = x + 1 (Roberts 2018), a
    low-discrepancy sequence.

    >>> len(np.unique(spread_points((8, 8)), axis=0))
    64
    """
    root = 2.0
    for _ in range(40):
        root = (1.0 + root) ** (1.0 / (len(shape) + 1))
    steps = np.array([root ** -(place + 1) for place in range(len(shape))])
    shares = (0.5 + np.arange(1, CANDIDATES + 1)[:, None] * steps) % 1.0
    points: Coordinates = np.minimum((shares * shape).astype(np.int64), np.array(shape) - 1)
    return points
