"""Few numbers an image, in which the same image lies near even if its margins were cut."""

import itertools
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float32, Int8
from scipy.linalg import eigh

from labelassemble.assembly.fingerprints import FINGERPRINT_SIDE

CUT = 0.0575
"""Share of a side that is cut off, where it is: the middle of cuts from 0.03 to 0.085."""

CUTS: Float[np.ndarray, "hypotheses 4"] = np.array(list(itertools.product((0.0, CUT), repeat=4)))
"""Shares cut off left, right, top and bottom; the first row is the whole image."""

_CELLS = 10
"""Cells a side whose means are compared."""

_FEATURES = 80
"""Directions kept of the CELLS x CELLS."""

LEADING = 32
"""The first of them, which tell most."""

LEARNED_FROM = 4_096
"""Images that the directions are learned from, at most."""

_REPEATED = 0.95
"""Cosine of raw images from which one repeats the other: nothing is learned from it again."""

JITTER = 0.03
"""Largest cut between two hypotheses, which features should bear."""

NOISE = 0.005
"""Share of the variance that anything else may change."""

FEW_FOR_MEAN, FEW_FOR_SPREAD = 20, 100
"""With so many images, what is learned from them counts half, what is assumed the other half."""

UNDECIDED, UNDECIDED_OF_FEW = 0.1, 0.25
"""Share of an image's strength along ``upright`` below which its sign may be either; and among
as few images as there is time for."""

_BLOCK = 16_384
"""Images at a time."""


class Directions(NamedTuple):
    """The way from an image's pixels to its features, learned from the images themselves."""

    weight: Float32[np.ndarray, "hypotheses pixels features"]
    mean: Float32[np.ndarray, "hypotheses features"]
    upright: Float32[np.ndarray, " pixels"]
    """What most images have in common; an image against it is taken for inverted."""
    reliability: Float32[np.ndarray, " features"]
    """Share of each feature's variance that is not due to small cuts."""


class Polarity(NamedTuple):
    """Which images are inverted."""

    sign: Float32[np.ndarray, " images"]
    """1 as most images are, -1 inverted."""
    undecided: np.ndarray
    """Where it may well be the other."""


def pool_fingerprints(
    contrast: Int8[np.ndarray, "images side side"],
) -> Int8[np.ndarray, "images pixels"]:
    """Sum the contrasts over 2 x 2 pixels: -28 to 28.

    >>> same = np.full((1, FINGERPRINT_SIDE, FINGERPRINT_SIDE), 7, np.int8)
    >>> pool_fingerprints(same)[0, :3].tolist()
    [28, 28, 28]
    """
    rows = contrast[:, ::2] + contrast[:, 1::2]
    pooled: Int8[np.ndarray, "images pixels"] = (rows[:, :, ::2] + rows[:, :, 1::2]).reshape(
        len(contrast), -1
    )
    return pooled


def learn_directions(pooled: Int8[np.ndarray, "images pixels"]) -> Directions:
    """Find the directions in which images differ most, compared with what small cuts change.

    Linear discriminant analysis in which every image is a class of its own: between is the
    spread over images, within what cuts of up to 0.03 a side do to them (known without a second
    image, because cutting is linear). Few images teach little; then directions are taken as
    equal.

    Args:
        pooled: at least one image; their order must not depend on anything but themselves.

    Source: Fisher 1936; cuts as the within-class spread are ours.
    """
    step = -(-len(pooled) // LEARNED_FROM)
    sample = _exclude_repeats(pooled[::step].astype(np.float64))
    count = len(sample)
    second = sample.T @ sample / count
    # A high power leaves the strongest direction; the eigenvalues are of no interest.
    power = np.linalg.matrix_power(second / (np.trace(second) + 1e-12), 64)
    upright = power[:, power.diagonal().argmax()]
    upright = upright / (np.linalg.norm(upright) + 1e-300)
    sign = np.where(sample @ upright < 0, -1.0, 1.0)
    mean = sign @ sample / (count + FEW_FOR_MEAN)
    whole = _cell_means(CUTS[0])
    between = whole @ (second - np.outer(mean, mean)) @ whole.T
    level = np.trace(between) / len(between) * np.eye(len(between))
    between = (count * between + FEW_FOR_SPREAD * level) / (count + FEW_FOR_SPREAD)
    within = NOISE * level
    cuts = np.random.default_rng(0).uniform(-JITTER, JITTER, (24, 4))
    for cut in cuts:
        change = _cell_means(np.maximum(cut, 0)) - _cell_means(np.maximum(-cut, 0))
        within = within + change @ second @ change.T / len(cuts)
    ratio, direction = eigh(between, within)
    direction = (direction / np.sqrt(1 + ratio))[:, ::-1][:, :_FEATURES]
    weight = np.stack([_cell_means(cut).T @ direction for cut in CUTS])
    reliability = (ratio / (1 + ratio))[::-1][:_FEATURES]
    return Directions(
        weight.astype(np.float32),
        (mean @ weight).astype(np.float32),
        upright.astype(np.float32),
        reliability.astype(np.float32),
    )


def _exclude_repeats(
    sample: Float[np.ndarray, "sampled pixels"],
) -> Float[np.ndarray, "distinct pixels"]:
    """Keep an image unless it repeats an earlier one: a mean of copies would hide the copies."""
    length = np.linalg.norm(sample, axis=1, keepdims=True)
    unit = (sample / (length + 1e-12)).astype(np.float32)
    repeats = np.abs(unit @ unit.T) > _REPEATED
    distinct = ~np.tril(repeats, -1).any(axis=1)
    return np.asarray(sample[distinct])


def find_polarity(
    pooled: Int8[np.ndarray, "images pixels"], directions: Directions, few: bool
) -> Polarity:
    """Say which images are inverted, compared with most of them.

    Args:
        pooled: the images.
        directions: what they have in common.
        few: there is time to try more of them either way.
    """
    along, strength = (np.empty(len(pooled), dtype=np.float32) for _ in range(2))
    for start in range(0, len(pooled), _BLOCK):
        rows = slice(start, start + _BLOCK)
        block = pooled[rows].astype(np.float32)
        along[rows] = block @ directions.upright
        strength[rows] = np.linalg.norm(block, axis=1)
    undecided = UNDECIDED_OF_FEW if few else UNDECIDED
    sign = np.where(along < 0, np.float32(-1), np.float32(1))
    return Polarity(sign, np.abs(along) < undecided * strength)


def thumbnail_features(
    pooled: Int8[np.ndarray, "images pixels"],
    sign: Float32[np.ndarray, " images"],
    directions: Directions,
    hypothesis: int,
) -> Float32[np.ndarray, "images features"]:
    """Give the features of each image with the margins of one row of ``CUTS`` cut off.

    Returns:
        Vectors of length 1 whose scalar product is high for the same image; leading features
        first.
    """
    feature = np.empty((len(pooled), directions.mean.shape[1]), dtype=np.float32)
    for start in range(0, len(pooled), _BLOCK):
        rows = slice(start, start + _BLOCK)
        block = pooled[rows].astype(np.float32) @ directions.weight[hypothesis]
        block *= sign[rows, None]
        block -= directions.mean[hypothesis]
        block /= np.linalg.norm(block, axis=1, keepdims=True) + np.float32(1e-6)
        feature[rows] = block
    return feature


def _cell_means(cut: Float[np.ndarray, " 4"]) -> Float[np.ndarray, "cells pixels"]:
    """Matrix from a pooled image to the means of the cells of its inside."""
    left, right, top, bottom = cut
    return np.kron(_line_means(top, 1 - bottom), _line_means(left, 1 - right))


def _line_means(low: float, high: float) -> Float[np.ndarray, "line_cells line_pixels"]:
    pixels = FINGERPRINT_SIDE // 2
    edge = low + (high - low) * np.arange(_CELLS + 1)[:, None] / _CELLS
    pixel = np.arange(pixels + 1) / pixels
    shared = np.minimum(edge[1:], pixel[1:]) - np.maximum(edge[:-1], pixel[:-1])
    return np.asarray(np.maximum(shared, 0) / (edge[1:] - edge[:-1]))
