"""The direction in which a class moves the features, and how much of its length is noise."""

from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int, Real, Shaped
from scipy.sparse import csr_array

DirectionKind = Literal["direction", "mean"]

FEWEST_CELLS = 2
"""Patients of either kind below which a mean and its noise cannot be reported."""
FEATURES_AT_ONCE = 128
REPLICATES_AT_ONCE = 32


class ClassDirection(NamedTuple):
    """One class's images and what is taken from what: positives minus negatives, by source."""

    cell: Int[np.ndarray, " rows"]
    """Number of the set of images that is averaged together; -1: not used. Even numbers are
    positives, the odd ones behind them the negatives that they are held against."""
    cells: int
    """How many such sets; 0: the class cannot be reported."""
    against: bool
    """False: there are no negatives, and a single set of positives."""


class Products(NamedTuple):
    """Inner products of two directions with themselves and each other, and the share of noise."""

    plain: Float[np.ndarray, "2 2"]
    noise: Float[np.ndarray, "2 2"]
    """What errors of the means add to ``plain`` on average."""


def make_class_direction(
    positive: Bool[np.ndarray, " rows"],
    negative: Bool[np.ndarray, " rows"],
    source: Int[np.ndarray, " rows"],
    group: Int[np.ndarray, " rows"],
    kind: DirectionKind,
) -> ClassDirection:
    """Say which images are averaged together.

    A source takes part only if it has positives and negatives of two patients each: what all
    images of a source have in common then cancels. The kind ``mean`` has one set, all positives.
    """
    cell = np.full(positive.size, -1, dtype=np.int64)
    if kind == "mean":
        if _patients(group[positive]) < FEWEST_CELLS or _patients(group[negative]) < FEWEST_CELLS:
            return ClassDirection(cell, 0, False)
        cell[positive] = 0
        return ClassDirection(cell, 1, False)
    cells = 0
    for own in np.unique(source):
        sets = [chosen & (source == own) for chosen in (positive, negative)]
        if min(_patients(group[chosen]) for chosen in sets) < FEWEST_CELLS:
            continue
        for side, chosen in enumerate(sets):
            cell[chosen] = cells + side
        cells += 2
    return ClassDirection(cell, cells, True)


def record_weights(
    class_direction: ClassDirection, count: Real[np.ndarray, "replicates cells"]
) -> Float[np.ndarray, "replicates cells"]:
    """Weight of each image of a set: weights times features is the class's direction.

    Sources are averaged with weights n⁺n⁻ / (n⁺ + n⁻), the inverse variances of their differences.

    Args:
        contrast: the sets.
        count: how many images each has.

    Returns:
        All positives weigh 1 in sum, all negatives -1; zeros where no source has both.

    Source: Mantel and Haenszel 1959, strata.
    """
    weight = np.empty(count.shape)
    if not class_direction.against:
        weight[:] = 1 / np.maximum(count, 1)
        return weight
    positive, negative = count[:, 0::2], count[:, 1::2]
    share = positive * negative / np.maximum(positive + negative, 1)
    share /= np.maximum(share.sum(axis=1, keepdims=True), np.finfo(np.float64).tiny)
    weight[:, 0::2] = share / np.maximum(positive, 1)
    weight[:, 1::2] = -share / np.maximum(negative, 1)
    return weight


def draw_directions(
    feature: Float[np.ndarray, "rows features"],
    class_direction: ClassDirection,
    owner: Int[np.ndarray, " rows"],
    drawn: Shaped[np.ndarray, "replicates groups"],
) -> Float[np.ndarray, "replicates features"]:
    """Direction of a class in each replicate of a bootstrap over patients.

    Args:
        feature: of every image.
        contrast: the class's images.
        owner: whose image each is, as a column of ``drawn``.
        drawn: how often each patient was drawn.

    Source: Efron and Tibshirani 1993, bootstrap.
    """
    count = np.empty((len(drawn), class_direction.cells))
    total = np.empty((len(drawn), class_direction.cells, feature.shape[1]))
    for number in range(class_direction.cells):
        rows = np.flatnonzero(class_direction.cell == number)
        own, patients = feature[rows], owner[rows]
        for start in range(0, len(drawn), REPLICATES_AT_ONCE):
            place = slice(start, start + REPLICATES_AT_ONCE)
            times = drawn[place, patients].astype(feature.dtype)
            count[place, number] = times.sum(axis=1)
            total[place, number] = times @ own
    weight = record_weights(class_direction, count)
    direction: Float[np.ndarray, "replicates features"] = np.einsum("rc,rcf->rf", weight, total)
    return direction


def direction_products(
    feature: Float[np.ndarray, "rows features"],
    class_directions: tuple[ClassDirection, ClassDirection],
    owner: Int[np.ndarray, " rows"],
) -> Products:
    """Inner products of two classes' directions, and what of them is noise.

    A direction is the truth plus an error, d + e. The mean of (d + e)·(d' + e') is d·d' + E[e·e']:
    a direction's length counts its own error, and classes that share images share errors. E[e·e']
    is the sum over patients of the product of their residuals, the trace of the sandwich variance;
    each patient's residual is divided by √(1 - its share of the set), because the set's mean has
    followed it.

    Args:
        feature: of every image.
        contrasts: images of the two classes.
        owner: whose image each is: 0, 1, ...

    Source: Liang and Zeger 1986; Bell and McCaffrey 2002, residuals of clusters.
    """
    sums = [_sums(class_direction, owner) for class_direction in class_directions]
    products = Products(np.zeros((2, 2)), np.zeros((2, 2)))
    for start in range(0, feature.shape[1], FEATURES_AT_ONCE):
        part = feature[:, start : start + FEATURES_AT_ONCE].astype(np.float64)
        means = [one.mean @ part for one in sums]
        direction = np.stack([one.weight @ mean for one, mean in zip(sums, means, strict=True)])
        products.plain[:] += direction @ direction.T
        error = [
            one.patient @ part - one.cell @ mean for one, mean in zip(sums, means, strict=True)
        ]
        products.noise[:] += [[float((a * b).sum()) for b in error] for a in error]
    return products


def cosine(
    product: Float[np.ndarray, "*replicates 2 2"],
) -> Float[np.ndarray, "*replicates"]:
    """Cosine from inner products, held in [-1, 1]; nan where a squared length is not above 0."""
    length = product[..., 0, 0], product[..., 1, 1]
    there = (length[0] > 0) & (length[1] > 0)
    below = np.sqrt(np.where(there, length[0], 1.0) * np.where(there, length[1], 1.0))
    found: Float[np.ndarray, "*replicates"] = np.where(
        there, np.clip(product[..., 0, 1] / below, -1, 1), np.nan
    )
    return found


def _patients(group: Int[np.ndarray, " rows"]) -> int:
    return int(np.unique(group).size)


class _Sums(NamedTuple):
    """One class's means and each patient's residual, as sums over images."""

    mean: csr_array
    """Sets by images: the mean of each set."""
    weight: Float[np.ndarray, " cells"]
    """Means to direction."""
    patient: csr_array
    """Patients by images: what each patient adds to the direction, enlarged."""
    cell: csr_array
    """Patients by sets: how much of each set's mean is in that."""


def _sums(class_direction: ClassDirection, owner: Int[np.ndarray, " rows"]) -> _Sums:
    used = np.flatnonzero(class_direction.cell >= 0)
    cell, patient = class_direction.cell[used], owner[used]
    count = np.bincount(cell, minlength=class_direction.cells)
    patients = int(owner.max()) + 1
    pair = patient * class_direction.cells + cell
    share = np.bincount(pair, minlength=patients * class_direction.cells)[pair] / count[cell]
    each = record_weights(class_direction, count[None])[0]
    scaled = each[cell] / np.sqrt(1 - share)
    rows = len(class_direction.cell)
    return _Sums(
        mean=csr_array((1 / count[cell], (cell, used)), shape=(class_direction.cells, rows)),
        weight=each * count,
        patient=csr_array((scaled, (patient, used)), shape=(patients, rows)),
        cell=csr_array((scaled, (patient, cell)), shape=(patients, class_direction.cells)),
    )
