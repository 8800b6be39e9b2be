"""One network, the mean of several seeds, several views: what that brings, without training."""

from collections.abc import Mapping, Sequence

import polars as pl

from labelassemble.errors import plural
from labelassemble.evaluation.compare import compare_predictions
from labelassemble.evaluation.scored_sample import ALL, MEAN
from labelassemble.experiments.arms import Plan
from labelassemble.experiments.table_changes import keep_classes
from labelassemble.report.experiment.content import TextTable
from labelassemble.report.number_format import format_interval, format_p, format_score
from labelassemble.settings import EvaluationSettings

Members = Mapping[str, Sequence[pl.DataFrame]]
"""Arm to the predictions of its networks, one frame a seed."""


def compare_together(
    plan: Plan, plain: Members, viewed: Members, views: int, settings: EvaluationSettings
) -> TextTable | None:
    """Compare each arm's mean over its seeds, and its views, with its single networks.

    Mean AUROC on all test images of the reference; differences to single networks (the mean of
    their AUROCs) are paired over patients. The networks are taken as they are: training anew would
    move both.

    Args:
        plan: arms, and the table with the test labels.
        plain: predictions, calibrated as far as there is calibration.
        viewed: the same, averaged over views; arms may be missing.
        views: how many.
        settings: of intervals.

    Returns:
        None: one seed and one view.
    """
    rows = list[tuple[str, ...]]()
    for arm in plan.arms:
        table = keep_classes(plan.reference, arm.classes)
        seeds = _of(plain[arm.name], arm.classes)
        moved = _of(viewed.get(arm.name, ()), arm.classes)
        several = len(seeds) > 1
        ways = {
            f"mean of {len(seeds)} networks": [average_probabilities(seeds)] if several else [],
            f"one network, {views} views": moved,
            f"mean of {len(seeds)} networks, {views} views": (
                [average_probabilities(moved)] if several and moved else []
            ),
        }
        name = arm.name
        for way, frames in ways.items():
            if not frames:
                continue
            found = compare_predictions(seeds, frames, table, settings)
            row = found.filter(pl.col("source") == ALL, pl.col("class") == MEAN).to_dicts()[0]
            if name:
                rows.append((name, "one network", format_score(row["first_score"]), "", ""))
                name = ""
            told = format_interval(row["difference"], row["low"], row["high"], signed=True)
            score = format_score(row["second_score"])
            rows.append(("", way, score, told, format_p(row["p"])))
    if not rows:
        return None
    count = max(len(frames) for frames in plain.values())
    return TextTable(
        "Several networks and views together",
        ("arm", "way", "mean AUROC", "against one network", "p"),
        tuple(rows),
        f"{plural(count, 'seed')} an arm. Means of probabilities that each network's validation "
        "images calibrated, where there were enough. One network: the mean AUROC over seeds. "
        f"Differences with {settings.confidence:.0%} intervals and p over patients, of these "
        "networks: nothing was trained for this table.",
    )


def average_probabilities(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Give the mean probability of several networks.

    Args:
        frames: ``PREDICTION_COLUMNS``, of the same images and classes in any order.

    >>> one = pl.DataFrame({"record": ["a"], "class": ["mass"], "probability": [0.5]})
    >>> other = one.with_columns(probability=pl.lit(0.9))
    >>> average_probabilities([one, other])["probability"].round(3).to_list()
    [0.7]
    """
    keys = ["record", "class"]
    grouped = pl.concat(frames).group_by(keys, maintain_order=True)
    return grouped.agg(pl.col("probability").mean())


def _of(frames: Sequence[pl.DataFrame], classes: Sequence[str]) -> list[pl.DataFrame]:
    return [frame.filter(pl.col("class").is_in(list(classes))) for frame in frames]
