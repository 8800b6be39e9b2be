"""How much two classes look alike to a backbone that has not been trained on either."""

import math
from typing import Any

import numpy as np
import polars as pl
from jaxtyping import Bool, Float, Int, UInt16

from labelassemble.errors import AssemblyError, MetricError, unknown_name
from labelassemble.experiments.class_direction import (
    FEWEST_CELLS,
    ClassDirection,
    DirectionKind,
    Products,
    cosine,
    direction_products,
    draw_directions,
    make_class_direction,
)
from labelassemble.experiments.whiten import centre_by_source, whiten
from labelassemble.images.batch import LabelArrays
from labelassemble.metrics.bootstrap import draw_multiplicities
from labelassemble.metrics.interval import percentile_interval

SIMILARITY_COLUMNS: dict[str, type[pl.DataType]] = {
    "interest": pl.String,
    "class": pl.String,
    "similarity": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "plain": pl.Float64,
    "reliability": pl.Float64,
    "interest_reliability": pl.Float64,
    "n_positive": pl.Int64,
    "n_negative": pl.Int64,
    "n_interest_positive": pl.Int64,
    "n_interest_negative": pl.Int64,
    "n_both": pl.Int64,
    "note": pl.String,
}
"""Columns of a similarity table; a number that could not be made is nan, and ``note`` says why."""

_NUMBERS = ("similarity", "low", "high", "plain", "reliability", "interest_reliability")
MOSTLY_KNOWN = 0.5
"""Share of a class's images in a source from which on only those are kept whose other class is
known."""
MOSTLY_NOISE = 0.5
"""Reliability below which a note warns."""

_Cells = tuple[Bool[np.ndarray, " rows"], Bool[np.ndarray, " rows"]]


def class_similarity(
    feature: Float[np.ndarray, "images features"],
    labels: LabelArrays,
    rows: Int[np.ndarray, " rows"],
    *,
    group: Int[np.ndarray, " groups"],
    interest: str,
    generator: np.random.Generator,
    kind: DirectionKind = "direction",
    exclude_both: bool = True,
    replicates: int = 200,
    confidence: float = 0.95,
    min_patients: int = FEWEST_CELLS,
) -> pl.DataFrame:
    """Similarity of a class of interest to each other class, on features before training.

    ``direction``: a class's direction is the mean feature of its known positives minus that of its
    known negatives, within each source, so that the look of a source cancels; features are whitened
    by the covariance within sources and classes; similarity is the cosine of two directions.
    ``mean``: the plain cosine of the mean features of positives, nothing removed; the look that all
    radiographs share brings it close to 1.

    Means of few images are noisy: noise lengthens directions and pulls cosines to 0, and classes
    that share images share noise. ``similarity`` has both taken out (see ``direction_products``),
    ``plain`` has not.

    Args:
        feature: one row an image, from a backbone that was not trained on these labels.
        labels: the table's labels; soft ones, and cells that nobody judged, count for nothing.
        rows: rows of ``labels`` that the features belong to; training images only.
        group: whose image each row is; images of one patient are drawn together.
        interest: the class of interest.
        generator: of the bootstrap over patients.
        kind: see above.
        exclude_both: for each pair, leave out of each class's images, positives and negatives,
            those that are positive for the other; in sources that judged the other class on half of
            them or more, those where it is unknown too, since they may hide positives. Otherwise
            classes that often occur together are similar because they share images, and classes
            that exclude each other are dissimilar because one's positives are the other's
            negatives; neither says anything about looks.
        replicates: of the bootstrap; 0: no intervals.
        confidence: of the intervals, in (0, 1).
        min_patients: with positives, and with negatives, of both classes, below which there is no
            interval.

    Returns:
        ``SIMILARITY_COLUMNS``, a row every other class in the labels' order. Similarity in [-1, 1],
        nan where a class has fewer than two patients with known positives, or with known negatives,
        in every source, or where nothing of its direction stands out from noise. ``reliability`` is
        the share of a direction's squared length that is not noise. The whitening is not drawn
        anew in the bootstrap; where reliability is low the intervals are wide rather than narrow.

    Raises:
        AssemblyError: no such class, or rows of another split than train.
        MetricError: features, rows and groups do not fit, or features are not finite.

    Source: our own; Kang 2023 does not say how it measures similarity. Spearman 1904, noise taken
        out of a correlation.
    """
    _check(feature, labels, rows, group, interest)
    source = labels.source[rows]
    if kind == "direction" and len(rows):
        label, centred = labels.label[rows], centre_by_source(feature, source)
        hard = labels.known[rows] & ((label == 0) | (label == 1))
        feature = whiten(centred, label, hard, source)
    names, owner = np.unique(group, return_inverse=True)
    drawn = draw_multiplicities(generator, max(names.size, 1), replicates).astype(np.uint16)
    place = labels.classes.index(interest)
    found = []
    for other, name in enumerate(labels.classes):
        if other == place:
            continue
        cells, both = _cells(labels, rows, (place, other), exclude_both)
        class_directions = tuple(make_class_direction(*own, source, owner, kind) for own in cells)
        row = _describe(feature, owner, class_directions, drawn, confidence)
        fewest = min(int(np.unique(owner[one]).size) for own in cells for one in own)
        if fewest < min_patients and not np.isnan(row["similarity"]):
            said = [f"no interval: too few patients on a side ({fewest})", row["note"]]
            row |= {"low": math.nan, "high": math.nan, "note": "; ".join(filter(None, said))}
        counts = [int(np.count_nonzero(one)) for own in cells for one in own]
        keys = ("n_interest_positive", "n_interest_negative", "n_positive", "n_negative")
        found.append(
            {"interest": interest, "class": name, "n_both": both}
            | dict(zip(keys, counts, strict=True))
            | row
        )
    return pl.DataFrame(found, schema=SIMILARITY_COLUMNS)


def _cells(
    labels: LabelArrays,
    rows: Int[np.ndarray, " rows"],
    places: tuple[int, int],
    exclude_both: bool,
) -> tuple[list[_Cells], int]:
    """Positives and negatives of both classes, and how many images are positive for both."""
    label, known = labels.label[rows], labels.known[rows]
    positive = [known[:, place] & (label[:, place] == 1) for place in places]
    negative = [known[:, place] & (label[:, place] == 0) for place in places]
    both = int(np.count_nonzero(positive[0] & positive[1]))
    cells = []
    for own, other in ((0, 1), (1, 0)):
        kept = np.full(len(rows), True)
        if exclude_both:
            kept = _without(
                positive[own] | negative[own], positive[other], negative[other], labels.source[rows]
            )
        cells.append((positive[own] & kept, negative[own] & kept))
    return cells, both


def _without(
    judged: Bool[np.ndarray, " rows"],
    positive: Bool[np.ndarray, " rows"],
    negative: Bool[np.ndarray, " rows"],
    source: Int[np.ndarray, " rows"],
) -> Bool[np.ndarray, " rows"]:
    """Images that the other class is not on, as far as its source looked for it.

    Where a source judged the other class on most of a class's images, those alone are kept: among
    the rest, positives would hide. Where it did not, what is not known to be positive is kept.
    """
    kept = ~positive
    for own in np.unique(source):
        here = source == own
        looked = (positive | negative)[judged & here]
        if looked.size and looked.mean() >= MOSTLY_KNOWN:
            kept &= ~here | negative
    return kept


def _describe(
    feature: Float[np.ndarray, "rows features"],
    owner: Int[np.ndarray, " rows"],
    class_directions: tuple[ClassDirection, ...],
    drawn: UInt16[np.ndarray, "replicates groups"],
    confidence: float,
) -> dict[str, Any]:
    """Similarity of one pair, its interval, and how far each direction can be reported."""
    if not all(class_direction.cells for class_direction in class_directions):
        lacking = [
            name
            for name, class_direction in zip(
                ("the class of interest", "it"), class_directions, strict=True
            )
            if not class_direction.cells
        ]
        return dict.fromkeys(_NUMBERS, math.nan) | {
            "note": f"too few patients with known positives or negatives of {lacking[0]}"
        }
    # Only images that take part are looked at.
    used = np.flatnonzero((class_directions[0].cell >= 0) | (class_directions[1].cell >= 0))
    first, second = (one._replace(cell=one.cell[used]) for one in class_directions)
    feature, owner = feature[used], owner[used]
    products = direction_products(feature, (first, second), owner)
    told = products.plain - products.noise
    reliability = np.maximum(np.diag(told), 0) / np.diag(products.plain)
    interval = percentile_interval(
        _replicates(feature, owner, (first, second), products, drawn), confidence
    )
    similarity = float(cosine(told))
    return {
        "similarity": similarity,
        "low": math.nan if math.isnan(similarity) else interval.low,
        "high": math.nan if math.isnan(similarity) else interval.high,
        "plain": float(cosine(products.plain)),
        "interest_reliability": float(reliability[0]),
        "reliability": float(reliability[1]),
        "note": _note(reliability),
    }


def _replicates(
    feature: Float[np.ndarray, "rows features"],
    owner: Int[np.ndarray, " rows"],
    class_directions: tuple[ClassDirection, ClassDirection],
    products: Products,
    drawn: UInt16[np.ndarray, "replicates groups"],
) -> Float[np.ndarray, " replicates"]:
    """Similarity of every bootstrap replicate."""
    direction = np.stack(
        [draw_directions(feature, one, owner, drawn) for one in class_directions], axis=1
    )
    # Noise twice: that of the sample, and as much again of drawing from it.
    return cosine(direction @ direction.transpose(0, 2, 1) - 2 * products.noise)


def _note(reliability: Float[np.ndarray, " 2"]) -> str:
    names = ("the class of interest", "it")
    if (reliability <= 0).any():
        lost = names[int(np.argmin(reliability))]
        return f"nothing of the direction of {lost} stands out from noise"
    if (reliability < MOSTLY_NOISE).any():
        lost = names[int(np.argmin(reliability))]
        return f"the direction of {lost} is mostly noise: {reliability.min():.0%} of it is not"
    return ""


def _check(
    feature: Float[np.ndarray, "images features"],
    labels: LabelArrays,
    rows: Int[np.ndarray, " rows"],
    group: Int[np.ndarray, " groups"],
    interest: str,
) -> None:
    if interest not in labels.classes:
        raise AssemblyError(
            "a class of the assembled table",
            unknown_name("class", interest, labels.classes),
            "Name one of these",
        )
    strange = [labels.split[row] for row in rows if labels.split[row] != "train"]
    if strange:
        raise AssemblyError(
            "training images alone",
            f"{len(strange):,} of {len(rows):,} are of the split {strange[0]}",
            "Pass rows of training_rows: similarity must not see what scores are made of",
        )
    if not len(feature) == len(rows) == len(group):
        raise MetricError(
            "one row of features and one group for every row",
            f"{len(feature):,} rows of features, {len(group):,} groups, {len(rows):,} rows",
            "Compute the features of these images, in this order",
        )
    if not np.isfinite(feature).all():
        bad = int(np.count_nonzero(~np.isfinite(feature).all(axis=1)))
        raise MetricError(
            "finite features",
            f"nan or infinity on {bad:,} of {len(feature):,} images",
            "Give a backbone with other weights",
        )
