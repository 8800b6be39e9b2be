"""Laying the fingerprints of two images upon each other as well as it goes, and how well they
agree."""

from functools import lru_cache

import numpy as np
from jaxtyping import Bool, Float, Float32, Int8

from labelassemble.assembly.agree_fingerprints import (
    FingerprintStack,
    Scale,
    agree,
    blurring,
    even_out,
    sandwich,
)

COARSE_BLUR, FINE_BLUR = 1.5, 0.6
"""Gaussian blur while registering, in pixels of the fingerprints."""

COARSE_STEPS, FINE_STEPS = 5, 6
"""Gauss-Newton steps at half the resolution, and at the whole one."""

FINE_SCALE = Scale(blur=0.6, around=1.5)
"""Detail that is laid upon each other at the whole resolution."""

HOPELESS = 0.68
"""Correlation at half the resolution below which a pair is given up."""

RIM = 2
"""Pixels at a cut edge that do not count: there the neighbourhood of a local contrast differs."""

MIN_OVERLAP = 0.45
"""Share of the first image that the second must cover."""

FARTHEST_SHIFT, NARROWEST, WIDEST = 0.3, 0.7, 1.4
"""Bounds of a pose."""

_TOGETHER = 64
"""Pairs at a time, so that they stay in the processor's cache."""

Flat = Float32[np.ndarray, "pairs pixels"]
_Pose = Float32[np.ndarray, "pairs 4"]
"""Shift and scale of x, shift and scale of y: what lies at x in the first image lies at ``shift +
scale * x`` in the second. Both images reach from -1 to 1."""


def pose_of_cut(cut: Float[np.ndarray, "pairs 4"]) -> _Pose:
    """Where an image lies in itself with margins cut off.

    Args:
        cut: shares cut off left, right, top and bottom.

    >>> pose_of_cut(np.array([[0.2, 0.0, 0.0, 0.0]]))
    array([[-0.25,  1.25,  0.  ,  1.  ]], dtype=float32)
    """
    scale = 1 / (1 - cut[:, ::2] - cut[:, 1::2])
    shift = (cut[:, 1::2] - cut[:, ::2]) * scale + 0.0
    pose = np.stack([shift[:, 0], scale[:, 0], shift[:, 1], scale[:, 1]], axis=1)
    return pose.astype(np.float32)


def agree_in_place(
    first: Int8[np.ndarray, "pairs side side"], second: Int8[np.ndarray, "pairs side side"]
) -> Float32[np.ndarray, " pairs"]:
    """Say how well pairs of images agree as they lie.

    Args:
        first: local contrasts; see ``fingerprints``.
        second: the same of the other images; negative where inverted.

    Returns:
        At most 1; see ``agree``.

    >>> drawn = np.random.default_rng(0).integers(-7, 8, (1, 40, 40), dtype=np.int8)
    >>> agree_in_place(drawn, drawn).round(3)
    array([1.], dtype=float32)
    """
    pose = np.tile(np.array([0, 1, 0, 1], dtype=np.float32), (len(first), 1))
    return _compare(first, second, pose, register=False)


def agree_registered(
    first: Int8[np.ndarray, "pairs side side"],
    second: Int8[np.ndarray, "pairs side side"],
    pose: _Pose,
) -> Float32[np.ndarray, " pairs"]:
    """Lay the second image of every pair upon the first as well as it goes, and compare.

    Shift and scale of either axis are found by Gauss-Newton steps (inverse compositional), at half
    the resolution and then at the whole one, from the pose given.

    Args:
        first: local contrasts; see ``fingerprints``.
        second: the same of the other images; negative where inverted.
        pose: where to begin.

    Returns:
        At most 1; see ``agree``; -1 where a pair was given up.

    Source: Baker and Matthews 2004 for the steps.
    """
    return _compare(first, second, pose, register=True)


def _compare(
    first: Int8[np.ndarray, "pairs side side"],
    second: Int8[np.ndarray, "pairs side side"],
    pose: _Pose,
    register: bool,
) -> Float32[np.ndarray, " pairs"]:
    found = np.full(len(first), -1, dtype=np.float32)
    for start in range(0, len(first), _TOGETHER):
        row = np.arange(start, min(start + _TOGETHER, len(first)))
        left, right = first[row].astype(np.float32), second[row].astype(np.float32)
        at = pose[row]
        if register:
            at, hope = _register(_halve(left), _halve(right), at, COARSE_BLUR / 2, COARSE_STEPS)
            hopeful = hope >= HOPELESS
            row, at = row[hopeful], at[hopeful]
            left, right = left[hopeful], right[hopeful]
            even = even_out(left, FINE_SCALE), even_out(right, FINE_SCALE)
            at, _ = _register(*even, at, FINE_BLUR, FINE_STEPS)
        if len(row):
            seen, there = _lay(right, at)
            found[row] = agree(left, seen, there.reshape(left.shape))
    return found


def _register(
    first: FingerprintStack, second: FingerprintStack, pose: _Pose, blur: float, steps: int
) -> tuple[_Pose, Float32[np.ndarray, " pairs"]]:
    """Improve the poses; give the best ones met, and the correlations there."""
    pairs, side = first.shape[:2]
    place = _places(side)
    smooth = blurring(side, blur)
    first, second = sandwich(first, smooth), sandwich(second, smooth)
    across = np.gradient(first, axis=2) * np.float32(side / 2)
    down = np.gradient(first, axis=1) * np.float32(side / 2)
    slope = np.stack([across, across * place, down, down * place[:, None]], axis=1)
    slope = slope.reshape(pairs, 4, side * side)
    best, best_pose = np.full(pairs, -1, dtype=np.float32), pose.copy()
    for step in range(steps + 1):
        seen, there = _lay(second, pose)
        left, right = _centre(first, there), _centre(seen, there)
        power, cross = _dot(right, right) + np.float32(1e-6), _dot(left, right)
        score = cross / np.sqrt(power * _dot(left, left) + np.float32(1e-6))
        score[there.mean(axis=1) < MIN_OVERLAP] = -1
        better = score > best
        best[better], best_pose[better] = score[better], pose[better]
        if step < steps:
            error = np.maximum(cross / power, np.float32(0.3))[:, None] * right - left
            curvature = (slope * there[:, None]) @ slope.transpose(0, 2, 1)
            damping = np.trace(curvature, axis1=1, axis2=2) * np.float32(0.25e-3) + np.float32(1e-3)
            curvature += damping[:, None, None] * np.eye(4, dtype=np.float32)
            change = np.linalg.solve(curvature, slope @ error[:, :, None])[:, :, 0]
            pose = _undo(change, pose)
    return best_pose, best


def _undo(change: _Pose, pose: _Pose) -> _Pose:
    """Go back by the change, then through the pose."""
    new = np.empty_like(pose)
    factor = np.clip(1 + change[:, 1::2], NARROWEST, WIDEST)
    new[:, 1::2] = np.clip(pose[:, 1::2] / factor, NARROWEST, WIDEST)
    shift = pose[:, ::2] - new[:, 1::2] * change[:, ::2]
    new[:, ::2] = np.clip(shift, -FARTHEST_SHIFT, FARTHEST_SHIFT)
    return new


def _lay(second: FingerprintStack, pose: _Pose) -> tuple[FingerprintStack, Flat]:
    """Sample the second image where the first one's pixels lie; 1 where it covers them."""
    side = second.shape[1]
    across, covers_x = _sampling(pose[:, 0], pose[:, 1], side)
    down, covers_y = _sampling(pose[:, 2], pose[:, 3], side)
    covers = (covers_y[:, :, None] & covers_x[:, None, :]).astype(np.float32)
    return down @ second @ across.transpose(0, 2, 1), covers.reshape(len(second), side * side)


def _sampling(
    shift: Float32[np.ndarray, " pairs"], scale: Float32[np.ndarray, " pairs"], side: int
) -> tuple[FingerprintStack, Bool[np.ndarray, "pairs side"]]:
    """Matrices that interpolate a column linearly, and which places lie within it."""
    place = shift[:, None] + scale[:, None] * _places(side)
    limit = np.float32(1 - 0.5 / side)
    pixel = np.clip((place + 1) * np.float32(side / 2) - np.float32(0.5), 0, side - 1)
    distance = np.abs(pixel[:, :, None] - np.arange(side, dtype=np.float32))
    # The second image ends so far within the first one: it was cut there.
    rim = np.float32(2 * RIM / side)
    low, high = np.clip(scale - shift - 1, 0, rim), np.clip(scale + shift - 1, 0, rim)
    within = (place >= low[:, None] - limit) & (place <= limit - high[:, None])
    return np.maximum(1 - distance, 0), within


def _centre(record: FingerprintStack, weight: Flat) -> Flat:
    """Take the weighted mean off, and weigh."""
    flat = record.reshape(weight.shape)
    mean = _dot(flat, weight) / (weight.sum(axis=1) + np.float32(1e-6))
    centred: Flat = (flat - mean[:, None]) * weight
    return centred


def _dot(left: Flat, right: Flat) -> Float32[np.ndarray, " pairs"]:
    product: Float32[np.ndarray, " pairs"] = np.einsum("pi,pi->p", left, right)
    return product


def _halve(record: FingerprintStack) -> Float32[np.ndarray, "pairs half half"]:
    side = record.shape[1]
    return sandwich(record, np.repeat(np.eye(side // 2, dtype=np.float32), 2, axis=1) / 2)


@lru_cache
def _places(side: int) -> Float32[np.ndarray, " side"]:
    """Centres of the pixels, from -1 to 1."""
    return ((np.arange(side) + 0.5) * (2 / side) - 1).astype(np.float32)
