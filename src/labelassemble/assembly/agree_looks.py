"""How well the looks of two pictures agree where one lies upon the other."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from jaxtyping import Float32

LEAST_DETAIL = 0.5
"""Added to every local strength of detail (in quadrature), in steps of the looks: what is finer is
only rounding."""

CELLS = 10
"""Cells a side whose agreement is measured each by itself."""

LEAST_OF_CELL = 0.25
"""Share of a cell that both pictures must cover, or the cell does not count."""

Stack = Float32[np.ndarray, "pairs side side"]


class Scale(NamedTuple):
    """What counts as detail, in pixels of the looks.

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
"""The same of coarser detail as strong as it is: what resizing and JPEG leave of a picture."""

SMOOTH_COUNTS = 1.86
"""How far apart in fine detail pictures of two persons are that are 1 apart in smooth detail."""


def agree(first: Stack, second: Stack, covered: Stack) -> Float32[np.ndarray, " pairs"]:
    """Say how well pictures agree in fine or in smooth detail, whichever is better.

    Args:
        first: local contrasts; see ``looks``.
        second: the same of the other pictures, laid upon the first ones.
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


def even_out(picture: Stack, scale: Scale) -> Stack:
    """Give detail the same strength everywhere: what enhances contrast here and there is undone."""
    detail = _take_detail(picture, scale)
    strength = sandwich(detail * detail, blurring(picture.shape[1], scale.around))
    return np.asarray(detail / np.sqrt(strength + np.float32(LEAST_DETAIL**2)))


def _take_detail(picture: Stack, scale: Scale) -> Stack:
    fine, around = (blurring(picture.shape[1], sigma) for sigma in scale)
    smooth = sandwich(picture, fine)
    return np.asarray(smooth - sandwich(smooth, around))


def _correlate(
    first: Stack, second: Stack, covered: Stack, aside: float
) -> Float32[np.ndarray, " pairs"]:
    """Correlate without that share of the cells that agrees least."""
    pairs, side = first.shape[:2]
    cell = _cells(side)
    product = sandwich(first * second * covered, cell)
    power, other = (sandwich(one * one * covered, cell) for one in (first, second))
    counted = sandwich(covered, cell) > LEAST_OF_CELL * (side / CELLS) ** 2
    none = np.float32(1e-3)
    each = np.where(counted, product / np.sqrt(power * other + none), -np.inf)
    count = counted.sum(axis=(1, 2))
    kept = count - np.ceil(aside * count).astype(int)
    falling = -np.sort(-each.reshape(pairs, CELLS**2), axis=1)
    least = falling[np.arange(pairs), np.maximum(kept - 1, 0)]
    agreeing = (each >= least[:, None, None]) & counted
    total, left, right = ((sums * agreeing).sum(axis=(1, 2)) for sums in (product, power, other))
    correlation: Float32[np.ndarray, " pairs"] = total / np.sqrt(left * right + none)
    return correlation


def sandwich(
    picture: Stack, matrix: Float32[np.ndarray, "rows side"]
) -> Float32[np.ndarray, "pairs rows rows"]:
    """Apply a matrix to the columns and to the rows of each picture.

    >>> halves = np.array([[1, 1, 0, 0], [0, 0, 1, 1]], dtype=np.float32)
    >>> sandwich(np.ones((1, 4, 4), dtype=np.float32), halves)[0].tolist()
    [[4.0, 4.0], [4.0, 4.0]]
    """
    product: Float32[np.ndarray, "pairs rows rows"] = matrix @ (picture @ matrix.T)
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
    return np.repeat(np.eye(CELLS, dtype=np.float32), side // CELLS, axis=1)
