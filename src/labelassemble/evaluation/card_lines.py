"""What a model card says of thresholds and of test images, as Markdown."""

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from labelassemble.evaluation.scored_sample import ALL
from labelassemble.inference.operating_file import EVERY_SOURCE, Operation, ShareInterval

THRESHOLDS, TEST_SCORES, TEST_CALLS = "Thresholds", "Test scores", "Calls on test images"
"""Titles of the sections."""


def describe_operation(operation: Operation) -> list[str]:
    """Calibration and thresholds of all sources together, a row a class."""
    lines = [
        f"Chosen on {operation.chosen_on} by the rule {operation.rule}"
        f"{_asked(operation)}; {operation.confidence:.0%} intervals over patients. Sensitivity and "
        "specificity are those reached on the same images. A class with fewer than "
        f"{operation.min_patients} patients on a side has neither threshold nor calibration.",
        "",
        "| class | threshold | sensitivity | specificity | Platt slope, intercept | note |",
        "|---|---|---|---|---|---|",
    ]
    for name, one in operation.sources[EVERY_SOURCE].items():
        point = one.points.get(operation.rule)
        cells = ["", "", ""]
        if point is not None:
            ends = (point.threshold, point.threshold_low, point.threshold_high)
            cells = [_interval(*ends), _share(point.sensitivity), _share(point.specificity)]
        platt = "" if one.slope is None else f"{one.slope:.3f}, {one.intercept:.3f}"
        lines.append(_row(name, *cells, platt, one.note))
    return lines


def describe_scores(scores: pl.DataFrame, confidence: float) -> list[str]:
    """Scores of one network on test images: all together, then each source's mean.

    Args:
        scores: ``RESULT_COLUMNS``.
        confidence: level of the intervals.
    """
    pooled = scores.filter(pl.col("source") == ALL)
    lines = [
        f"{confidence:.0%} intervals over patients, on test images, which took no part in training "
        "or choice.",
        "",
        "| class | positive | negative | patients | AUROC | average precision | note |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [_row(row["class"], *_scored(row)) for row in pooled.to_dicts()]
    means = scores.filter((pl.col("source") != ALL) & (pl.col("class") == "mean")).to_dicts()
    if len(means) > 1:
        lines += ["", "Mean of the classes on each source's own test images:", ""]
        lines += [
            "| source | positive | negative | patients | AUROC | average precision | note |",
            "|---|---|---|---|---|---|---|",
            *(_row(row["source"], *_scored(row)) for row in means),
        ]
    return lines


def describe_calls(points: pl.DataFrame) -> list[str]:
    """Sensitivity and specificity on test images at the thresholds: all, and each subgroup.

    Args:
        points: ``OPERATING_COLUMNS`` of one network.
    """
    chosen = points.filter(pl.col("threshold").is_finite())
    if chosen.is_empty():
        return ["No class has a threshold."]
    lines = [
        f"At thresholds chosen on validation images by the rule {chosen['rule'][0]}, applied "
        "unchanged; sources, ages, sexes and views as far as the table knows them.",
        "",
        "| class | images | sensitivity | of positive | specificity | of negative | note |",
        "|---|---|---|---|---|---|---|",
    ]
    for name in chosen["class"].unique(maintain_order=True):
        lines += [
            _row(
                row["class"],
                row["group"],
                _interval(*_ends(row, "sensitivity")),
                f"{row['n_positive']:,}",
                _interval(*_ends(row, "specificity")),
                f"{row['n_negative']:,}",
                row["note"],
            )
            for row in chosen.filter(pl.col("class") == name).to_dicts()
        ]
    return lines


def _scored(row: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"{row[name]:,}" for name in ("n_positive", "n_negative", "n_patients"))
    yield from (_interval(*_ends(row, name)) for name in ("auroc", "average_precision"))
    yield row["note"]


def _ends(row: Mapping[str, Any], name: str) -> tuple[float | None, ...]:
    return row[f"{name}_score"], row[f"{name}_low"], row[f"{name}_high"]


def _share(share: ShareInterval) -> str:
    return _interval(share.score, share.low, share.high)


def _interval(score: float | None, low: float | None, high: float | None) -> str:
    if score is None or score != score:
        return ""
    if low is None or high is None or low != low or high != high:
        return f"{score:.3f}"
    return f"{score:.3f} [{low:.3f}, {high:.3f}]"


def _asked(operation: Operation) -> str:
    asked = operation.asked.get(operation.rule)
    return "" if asked is None else f" ({asked:g})"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"
