"""From predictions to yes and no: a threshold per class, and per source where there is enough."""

from collections.abc import Collection
from typing import Any

import numpy as np
import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.evaluation.enough_patients import count_sides
from labelassemble.evaluation.evaluate import describe_class, positives_and_negatives
from labelassemble.evaluation.scored_sample import ScoredSample, take_samples
from labelassemble.metrics.chosen_threshold import (
    RULES,
    ChosenThreshold,
    choose_with_interval,
)
from labelassemble.metrics.clustered_share import count_by_person, measure_shares
from labelassemble.settings import EvaluationSettings, ThresholdRule

_SHARES = ("sensitivity", "specificity")
THRESHOLD_COLUMNS: dict[str, type[pl.DataType]] = {
    "source": pl.String,
    "class": pl.String,
    "rule": pl.String,
    **dict.fromkeys(("threshold", "threshold_low", "threshold_high"), pl.Float64),
    **{f"{share}{end}": pl.Float64 for share in _SHARES for end in ("", "_low", "_high")},
    **dict.fromkeys(("n_positive", "n_negative"), pl.Int64),
    **dict.fromkeys(("n_positive_patients", "n_negative_patients"), pl.Int64),
    "note": pl.String,
}
"""Columns of the thresholds; predictions at or above ``threshold`` are called positive."""


def choose_thresholds(
    predictions: pl.DataFrame,
    table: AssembledTable,
    settings: EvaluationSettings,
    split: str = "validate",
    without: Collection[str] = (),
    intervals: bool = True,
) -> pl.DataFrame:
    """Choose thresholds on validation images by every rule, pooled and for every source.

    What a threshold reaches here it reaches elsewhere only about: score it on test images.

    Args:
        predictions: image, class, prediction, for the images of ``split``.
        table: the assembled table.
        settings: the sensitivity and specificity to reach; ``call_patients``: with a positive, and
            with a negative, that are needed, below which thresholds are nan, and of a source the
            row of ``all`` may be used; replicates, level and seed of the intervals.
        split: the images to choose on; not those that are reported on.
        without: images to leave out, such as those whose file cannot be read.
        intervals: whether thresholds have one, which takes the time.

    Returns:
        One row a source (``all`` first), class and rule, columns ``THRESHOLD_COLUMNS``. Intervals:
        of thresholds from drawing patients again, of what they reach Wilson's over patients.

    Raises:
        MetricError: predictions and table do not fit; see ``take_samples``.

    Source: ``choose_with_interval``; ``measure_shares``.
    """
    rows = []
    for sample in take_samples([predictions], table, split, without):
        for place in range(len(sample.classes)):
            rows += choose_class_thresholds(sample, place, settings, intervals)
    return pl.DataFrame(rows, schema=THRESHOLD_COLUMNS)


def choose_class_thresholds(
    sample: ScoredSample, place: int, settings: EvaluationSettings, intervals: bool = True
) -> list[dict[str, Any]]:
    """Choose the thresholds of one class in one sample: a row a rule."""
    positive, negative = (int(cells[:, place].sum()) for cells in positives_and_negatives(sample))
    notes = describe_class(sample, place, settings.call_patients)
    sides = count_sides(sample)
    known = sample.scored[:, place]
    asked: dict[ThresholdRule, float] = {
        "youden": 0.0,
        "sensitivity": settings.sensitivity,
        "specificity": settings.specificity,
    }
    replicates = settings.replicates if intervals else 0
    generator = np.random.default_rng(settings.seed)
    chosen: dict[ThresholdRule, ChosenThreshold] = {}
    if sides.enough(settings.call_patients)[place]:
        chosen = choose_with_interval(
            sample.probability[0, :, place],
            sample.label[:, place],
            known,
            sample.patient,
            asked=asked,
            replicates=replicates,
            confidence=settings.confidence,
            generator=generator,
        )
    return [
        {
            "source": sample.source,
            "class": sample.classes[place],
            "rule": rule,
            **_reach(sample, place, chosen.get(rule), settings),
            "n_positive": positive,
            "n_negative": negative,
            "n_positive_patients": int(sides.positive[place]),
            "n_negative_patients": int(sides.negative[place]),
            "note": "; ".join([*notes, *_say_unreached(rule, chosen.get(rule), settings)]),
        }
        for rule in RULES
    ]


def _reach(
    sample: ScoredSample,
    place: int,
    chosen: ChosenThreshold | None,
    settings: EvaluationSettings,
) -> dict[str, float]:
    """A threshold with what it reaches on the images that it was chosen on."""
    numbers = {name: float("nan") for name in list(THRESHOLD_COLUMNS)[3:12]}
    if chosen is None or np.isnan(chosen.threshold):
        return numbers
    numbers["threshold"], numbers["threshold_low"], numbers["threshold_high"] = chosen
    called = sample.probability[0, :, place] >= chosen.threshold
    known, positive = sample.scored[:, place], sample.label[:, place] == 1
    for name, cells, right in (
        ("sensitivity", known & positive, called),
        ("specificity", known & ~positive, ~called),
    ):
        counts = count_by_person((cells & right)[:, None], cells[:, None], sample.patient)
        shares = measure_shares(counts, settings.confidence)
        for end, value in (("", shares.share), ("_low", shares.low), ("_high", shares.high)):
            numbers[f"{name}{end}"] = float(value[0])
    return numbers


def _say_unreached(
    rule: ThresholdRule, chosen: ChosenThreshold | None, settings: EvaluationSettings
) -> list[str]:
    if chosen is None or not np.isnan(chosen.threshold):
        return []
    return [f"no threshold reaches a {rule} of {getattr(settings, rule):g}"]
