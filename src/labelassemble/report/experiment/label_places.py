"""Where to write the names of points so that they do not cover each other."""

import numpy as np
from jaxtyping import Float

RINGS = (5.0, 13.0, 24.0, 38.0, 54.0)
"""Gaps between a point and its name that are tried, in pixels."""
WAYS = (
    *((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1)),
    *((0.5, 1), (-0.5, 1), (0.5, -1), (-0.5, -1)),
)
ROUNDS = 6
_MARK = 5.0
"""Half the side of the square around a point that names keep out of, in pixels."""


def place_labels(
    point: Float[np.ndarray, "points 2"],
    size: Float[np.ndarray, "points 2"],
    taken: Float[np.ndarray, "boxes 4"],
    frame: Float[np.ndarray, " 4"],
) -> Float[np.ndarray, "points 2"]:
    """Choose a place for each name, in turn, until nothing gets better.

    A place costs the area by which it covers names, points and ``taken`` boxes, a lot for what lies
    outside the frame, and a little for its distance. No randomness: the same points give the same
    places.

    Args:
        point: x and y, in pixels.
        size: width and height of each name, in pixels.
        taken: left, bottom, right, top of other things to keep clear, such as error bars.
        frame: left, bottom, right, top of where names may stand.

    Returns:
        Left and bottom of each name.
    """
    marks = np.hstack([point - _MARK, point + _MARK])
    candidate = _list_candidates(point, size)
    boxes = np.concatenate([candidate, candidate + size[:, None, :]], axis=2)
    inside = _overlap(boxes, frame[None, None, None, :])[..., 0]
    outside = size.prod(axis=1)[:, None] - inside
    distance = np.repeat(np.array(RINGS), len(WAYS))[None, :]
    cost = 8 * outside + 4 * distance
    for fixed, weight in ((marks, 3.0), (taken, 2.5)):
        cost = cost + weight * _overlap(boxes, fixed[None, None, :, :]).sum(axis=2)
    chosen = np.argmin(cost, axis=1)
    names = np.arange(len(point))
    for _ in range(ROUNDS):
        before = chosen.copy()
        for name in names:
            others = boxes[names, chosen][names != name]
            covered = _overlap(boxes[name], others[None, :, :]).sum(axis=1)
            chosen[name] = int(np.argmin(cost[name] + 4 * covered))
        if (before == chosen).all():
            break
    return np.asarray(candidate[names, chosen], dtype=np.float64)


def _list_candidates(
    point: Float[np.ndarray, "points 2"], size: Float[np.ndarray, "points 2"]
) -> Float[np.ndarray, "points places 2"]:
    """Left and bottom corners: every way at every distance."""
    places = []
    for gap in RINGS:
        for way in WAYS:
            toward = np.array(way, dtype=np.float64)
            # To the right the left edge is near the point, to the left the right edge is.
            corner = point + toward * gap - size * (1 - toward) / 2
            places.append(corner)
    return np.stack(places, axis=1)


def _overlap(
    box: Float[np.ndarray, "*some 4"], other: Float[np.ndarray, "*others 4"]
) -> Float[np.ndarray, "..."]:
    """Area that boxes share; ``box`` gets one axis more, for the others."""
    one = box[..., None, :]
    width = np.minimum(one[..., 2], other[..., 2]) - np.maximum(one[..., 0], other[..., 0])
    height = np.minimum(one[..., 3], other[..., 3]) - np.maximum(one[..., 1], other[..., 1])
    return np.asarray(np.maximum(width, 0) * np.maximum(height, 0))
