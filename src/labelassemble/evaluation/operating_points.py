"""Sensitivity and specificity on test images, at thresholds chosen on validation images."""

from collections.abc import Mapping

import numpy as np
import polars as pl
from jaxtyping import Bool

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.evaluation.enough_patients import count_sides
from labelassemble.evaluation.evaluate import describe_class
from labelassemble.evaluation.scored_sample import ALL, ScoredSample, take_images, take_samples
from labelassemble.evaluation.subgroups import list_groups
from labelassemble.evaluation.thresholds import choose_thresholds
from labelassemble.metrics.clustered_share import count_by_person, measure_shares
from labelassemble.settings import EvaluationSettings

OPERATING_COLUMNS: dict[str, type[pl.DataType]] = {
    "method": pl.String,
    "seed": pl.Int64,
    "group": pl.String,
    "class": pl.String,
    "rule": pl.String,
    "threshold": pl.Float64,
    **dict.fromkeys(("n_true_positive", "n_positive", "n_positive_patients"), pl.Int64),
    **{f"sensitivity_{end}": pl.Float64 for end in ("score", "low", "high")},
    **dict.fromkeys(("n_true_negative", "n_negative", "n_negative_patients"), pl.Int64),
    **{f"specificity_{end}": pl.Float64 for end in ("score", "low", "high")},
    "note": pl.String,
}
"""Columns; probabilities at or above ``threshold`` are called positive. Counts are of test: images
called rightly, images, and patients behind them. What could not be made is null or nan, and
``note`` says why."""


def score_operating_points(
    predictions: Mapping[str, pl.DataFrame],
    table: AssembledTable,
    settings: EvaluationSettings,
    seed: int = 0,
) -> pl.DataFrame:
    """Choose a threshold a class on all validation images, and apply it to all test images.

    Args:
        predictions: method to image, class, prediction of one of its networks, for the images of
            both splits.
        table: the assembled table.
        settings: the rule, what it has to reach, the level of the intervals, and how many patients
            are needed: ``call_patients`` on either side of validation for a threshold;
            ``min_patients`` on a side of test for the interval of that side's share.
        seed: the network's, goes into the result's column of that name.

    Returns:
        One row a method, group and class, columns ``OPERATING_COLUMNS``: group ``all``, then the
        others of ``list_groups``, of which those without a known label of the class are left out.
        Intervals are Wilson's, of as many independent images as those of patients with several are
        worth.

    Raises:
        MetricError: predictions and table do not fit; see ``take_samples``.

    Source: Youden 1950; Wilson 1927; ``measure_shares`` for patients with several images.
    """
    rows = []
    groups = list_groups(table, "test")
    for method, own in predictions.items():
        sample = take_samples([own], table, "test")[0]
        chosen = _choose(own, table, settings)
        for group, inside in groups.items():
            part = sample if group == ALL else take_images(sample, group, inside)
            for place, name in enumerate(table.classes):
                threshold, note = chosen.get(name, (float("nan"), "no validation images"))
                if group != ALL and (np.isnan(threshold) or not part.scored[:, place].any()):
                    continue
                point = {"method": method, "seed": seed, "group": group, "class": name}
                point |= {"rule": settings.threshold_rule, "threshold": threshold, "note": note}
                if not np.isnan(threshold):
                    point |= _apply(part, place, threshold, settings)
                rows.append(point)
    return pl.DataFrame(rows, schema=OPERATING_COLUMNS)


def _choose(
    predictions: pl.DataFrame, table: AssembledTable, settings: EvaluationSettings
) -> dict[str, tuple[float, str]]:
    """Class to its threshold, and why it has none; empty where nothing is there to choose on."""
    if not (table.records["split"] == "validate").any():
        return {}
    chosen = choose_thresholds(predictions, table, settings, intervals=False)
    own = chosen.filter(source="all", rule=settings.threshold_rule)
    return {
        name: (threshold, _of_validation(note) if np.isnan(threshold) else "")
        for name, threshold, note in own.select("class", "threshold", "note").iter_rows()
    }


def _apply(
    sample: ScoredSample, place: int, threshold: float, settings: EvaluationSettings
) -> dict[str, object]:
    called = sample.probability[0, :, place] >= threshold
    known, positive = sample.scored[:, place], sample.label[:, place] == 1
    sides = count_sides(sample)
    return {
        **_share(
            "positive", sample, known & positive, called, int(sides.positive[place]), settings
        ),
        **_share(
            "negative", sample, known & ~positive, ~called, int(sides.negative[place]), settings
        ),
        "note": "; ".join(describe_class(sample, place, settings.min_patients)),
    }


def _share(
    side: str,
    sample: ScoredSample,
    cells: Bool[np.ndarray, " images"],
    right: Bool[np.ndarray, " images"],
    patients: int,
    settings: EvaluationSettings,
) -> dict[str, object]:
    """How many images of one side are called rightly, as a share with its interval."""
    measure = {"positive": "sensitivity", "negative": "specificity"}[side]
    counts = count_by_person((cells & right)[:, None], cells[:, None], sample.patient)
    shares = measure_shares(counts, settings.confidence)
    enough = patients >= settings.min_patients
    ends = (float(end[0]) if enough else float("nan") for end in (shares.low, shares.high))
    return {
        f"n_true_{side}": int(shares.positive[0]),
        f"n_{side}": int(shares.known[0]),
        f"n_{side}_patients": patients,
        f"{measure}_score": float(shares.share[0]),
        **dict(zip((f"{measure}_low", f"{measure}_high"), ends, strict=True)),
    }


def _of_validation(note: str) -> str:
    """Say of which split a note on too few patients speaks.

    >>> _of_validation("too few (4 positive patients)")
    'too few (4 positive validation patients)'
    >>> _of_validation("no known negative")
    'no known negative in validation'
    """
    first = note.split("; ")[0]
    if first.startswith("too few"):
        return first.replace(" patient", " validation patient")
    return f"{first} in validation" if first else "no threshold"
