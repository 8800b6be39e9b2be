"""How well the fingerprints of two images agree where one lies upon the other."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from jaxtyping import Float32

MIN_DETAIL = 0.5
"""Added to every local strength of detail (in quadrature), in steps of the fingerprint: what is
finer is only rounding."""

_CELLS = 10
"""Cells a side whose agreement is measured each by itself."""

MIN_OF_CELL = 0.25
"""Share of a cell that both images must cover, or the cell does not count."""

FingerprintStack = Float32[np.ndarray, "pairs side side"]


class Scale(NamedTuple):
    """What counts as detail, in pixels of the fingerprints.

    Attributes:
        blur: of the Gaussian that takes away what is finer.
        around: of the Gaussian over which a mean is taken away, and what is coarser with it.
    """

    blur: float
    around: float


FINE, FINE_ASIDE = Scale(0.5, 0.9), 0.25
"""Detail of the same strength everywhere, and the share of cells that may dissent in it: words,
arrows and markers. Local contrast enhancement changes strengths, not what lies where."""

SMOOTH, SMOOTH_ASIDE = Scale(0.9, 1.3), 0.1
"""The same of coarser detail as strong as it is: what resizing and JPEG leave of an image."""

SMOOTH_COUNTS = 1.86
"""How far apart in fine detail images of two persons are that are 1 apart in smooth detail."""


def agree(
    first: FingerprintStack, second: FingerprintStack, covered: FingerprintStack
) -> Float32[np.ndarray, " pairs"]:
    """Say how well images agree in fine or in smooth detail, whichever is better.

    Args:
        first: local contrasts; see ``fingerprints``.
        second: the same of the other images, laid upon the first ones.
        covered: 1 where both are, else 0.

    Returns:
        1 the same, 0 or less unrelated: 1 minus the smaller of two distances. Fine: 1 minus the
        correlation of detail that is evened out, without the quarter of the cells that agree
        least. Smooth: 1.86 times 1 minus the correlation of coarser detail, without a tenth of the
        cells.

    >>> drawn = np.random.default_rng(0).integers(-7, 8, (1, 40, 40)).astype(np.float32)
    >>> agree(drawn, drawn, np.ones_like(drawn)).round(3)
    array([1.], dtype=float32)
    """
    fine = _correlate(even_out(first, FINE), even_out(second, FINE), covered, FINE_ASIDE)
    smooth = _correlate(
        _take_detail(first, SMOOTH), _take_detail(second, SMOOTH), covered, SMOOTH_ASIDE
    )
    agreement: Float32[np.ndarray, " pairs"] = np.maximum(
        fine, 1 - np.float32(SMOOTH_COUNTS) * (1 - smooth)
    )
    return agreement


def even_out(record: FingerprintStack, scale: Scale) -> FingerprintStack:
    """Give detail the same strength everywhere: what enhances contrast here and there is undone."""
    detail = _take_detail(record, scale)
    strength = sandwich(detail * detail, blurring(record.shape[1], scale.around))
    return np.asarray(detail / np.sqrt(strength + np.float32(MIN_DETAIL**2)))


def _take_detail(record: FingerprintStack, scale: Scale) -> FingerprintStack:
    fine, around = (blurring(record.shape[1], sigma) for sigma in scale)
    smooth = sandwich(record, fine)
    return np.asarray(smooth - sandwich(smooth, around))


def _correlate(
    first: FingerprintStack, second: FingerprintStack, covered: FingerprintStack, aside: float
) -> Float32[np.ndarray, " pairs"]:
    """Correlate without that share of the cells that agrees least."""
    pairs, side = first.shape[:2]
    cell = _cells(side)
    product = sandwich(first * second * covered, cell)
    power, other = (sandwich(one * one * covered, cell) for one in (first, second))
    counted = sandwich(covered, cell) > MIN_OF_CELL * (side / _CELLS) ** 2
    none = np.float32(1e-3)
    each = np.where(counted, product / np.sqrt(power * other + none), -np.inf)
    count = counted.sum(axis=(1, 2))
    kept = count - np.ceil(aside * count).astype(int)
    falling = -np.sort(-each.reshape(pairs, _CELLS**2), axis=1)
    least = falling[np.arange(pairs), np.maximum(kept - 1, 0)]
    agreeing = (each >= least[:, None, None]) & counted
    total, left, right = ((sums * agreeing).sum(axis=(1, 2)) for sums in (product, power, other))
    correlation: Float32[np.ndarray, " pairs"] = total / np.sqrt(left * right + none)
    return correlation


def sandwich(
    record: FingerprintStack, matrix: Float32[np.ndarray, "rows side"]
) -> Float32[np.ndarray, "pairs rows rows"]:
    """Apply a matrix to the columns and to the rows of each image.

    >>> halves = np.array([[1, 1, 0, 0], [0, 0, 1, 1]], dtype=np.float32)
    >>> sandwich(np.ones((1, 4, 4), dtype=np.float32), halves)[0].tolist()
    [[4.0, 4.0], [4.0, 4.0]]
    """
    product: Float32[np.ndarray, "pairs rows rows"] = matrix @ (record @ matrix.T)
    return product


@lru_cache
def blurring(side: int, sigma: float) -> Float32[np.ndarray, "side side"]:
    """Matrix that blurs a column; at the ends the Gaussian is cut, its sum is kept at 1.

    >>> blurring(3, 1.0).sum(axis=1).round(3).tolist()
    [1.0, 1.0, 1.0]
    """
    distance = np.arange(side)[:, None] - np.arange(side)
    weight = np.exp(-0.5 * (distance / sigma) ** 2)
    return np.asarray(weight / weight.sum(axis=1, keepdims=True), dtype=np.float32)


@lru_cache
def _cells(side: int) -> Float32[np.ndarray, "cells side"]:
    """Matrix that sums a column over cells."""
    return np.repeat(np.eye(_CELLS, dtype=np.float32), side // _CELLS, axis=1)
