"""From predictions to yes and no: a threshold per class, and per source where there is enough."""

from collections.abc import Collection

import numpy as np
import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import MetricError
from labelassemble.evaluation.enough_patients import count_sides
from labelassemble.evaluation.evaluate import describe_class, positives_and_negatives
from labelassemble.evaluation.scored_sample import ScoredSample, take_samples
from labelassemble.metrics.roc_curve import RocCurve, roc_curve

THRESHOLD_COLUMNS: dict[str, type[pl.DataType]] = {
    "source": pl.String,
    "class": pl.String,
    "rule": pl.String,
    "threshold": pl.Float64,
    "sensitivity": pl.Float64,
    "specificity": pl.Float64,
    "n_positive": pl.Int64,
    "n_negative": pl.Int64,
    "note": pl.String,
}
"""Columns of the thresholds; predictions at or above ``threshold`` are called positive."""


def choose_thresholds(
    predictions: pl.DataFrame,
    table: AssembledTable,
    sensitivity: float = 0.9,
    min_patients: int = 10,
    split: str = "validate",
    without: Collection[str] = (),
) -> pl.DataFrame:
    """Choose thresholds on validation images by two rules, pooled and for every source.

    Rule ``youden``: the largest sensitivity + specificity - 1; of equal ones the highest threshold.
    Rule ``sensitivity``: the highest threshold at which the sensitivity is reached. What a
    threshold reaches here it reaches elsewhere only about: score it on test images.

    Args:
        predictions: image, class, prediction, for the images of ``split``.
        table: the assembled table.
        sensitivity: the one to reach, in (0, 1].
        min_patients: with a positive, and with a negative, that are needed; below that thresholds
            are nan, and of a source the row of ``all`` may be used.
        split: the images to choose on; not those that are reported on.
        without: images to leave out, such as those whose file cannot be read.

    Returns:
        One row a source (``all`` first), class and rule, columns ``THRESHOLD_COLUMNS``.

    Raises:
        MetricError: the sensitivity is out of range, or predictions and table do not fit; see
            ``take_samples``.

    Source: Youden 1950.
    """
    if not 0 < sensitivity <= 1:
        raise MetricError("a sensitivity in (0, 1]", f"{sensitivity}", "Give 0.9 or so")
    rows = []
    for sample in take_samples([predictions], table, split, without):
        for place in range(len(sample.classes)):
            rows += _choose(sample, place, sensitivity, min_patients)
    return pl.DataFrame(rows, schema=THRESHOLD_COLUMNS)


def _choose(
    sample: ScoredSample, place: int, sensitivity: float, min_patients: int
) -> list[dict[str, object]]:
    positive, negative = (int(cells[:, place].sum()) for cells in positives_and_negatives(sample))
    notes = describe_class(sample, place, min_patients)
    points: dict[str, int | None] = {"youden": None, "sensitivity": None}
    curve = roc_curve(
        sample.probability[0, :, place], sample.label[:, place], sample.scored[:, place]
    )
    if count_sides(sample).enough(min_patients)[place]:
        gain = curve.true_positive_rate - curve.false_positive_rate
        # Rates rise along the curve, so the first point is the one with the highest threshold;
        # the point at infinity calls nothing positive and is no threshold.
        points["youden"] = 1 + int(np.argmax(gain[1:]))
        points["sensitivity"] = int(np.argmax(curve.true_positive_rate >= sensitivity))
    return [
        {
            "source": sample.source,
            "class": sample.classes[place],
            "rule": rule,
            **_at(curve, point),
            "n_positive": positive,
            "n_negative": negative,
            "note": "; ".join(notes),
        }
        for rule, point in points.items()
    ]


def _at(curve: RocCurve, point: int | None) -> dict[str, float]:
    if point is None:
        return dict.fromkeys(("threshold", "sensitivity", "specificity"), float("nan"))
    return {
        "threshold": float(curve.threshold[point]),
        "sensitivity": float(curve.true_positive_rate[point]),
        "specificity": float(1 - curve.false_positive_rate[point]),
    }
