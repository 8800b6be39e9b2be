"""The second table of Kang 2023 as it grows: a row a variant, as soon as a network is there."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from labelassemble.errors import plural
from labelassemble.evaluation.evaluate import evaluate_predictions
from labelassemble.evaluation.scored_sample import MEAN
from labelassemble.experiments.arms import Arm, Plan
from labelassemble.experiments.run_arms import read_arm_predictions
from labelassemble.experiments.table_changes import keep_classes
from labelassemble.report.experiment.content import TextTable
from labelassemble.settings import EvaluationSettings
from labelassemble.training.run_folder import is_done


class PrintedScore(NamedTuple):
    """A printed number, and how it came about.

    Attributes:
        score: mean AUROC of 14 classes.
        split: which images trained and chose the network; all are tested on the published 25,596.
        size: side of the images in pixels.
        choice: how the epoch was chosen.
    """

    score: str
    split: str
    size: str
    choice: str


_XIAO = PrintedScore(".823", "75,312 / 11,212", "224", "test list scored every 10 epochs")
_TASLIMI = PrintedScore(".810", "69,438 / 17,086", "224", "validation and test scored every epoch")
_HERMOZA = PrintedScore(".821", "75,312 / 11,212", "512", "not known")
_KIM = PrintedScore(".822", "by patient", "512", "validation")
_MA = PrintedScore(".817", "by patient", "not known", "not known")
PRINTED = {
    "medical-mae": _XIAO,
    "swinchex-l": _TASLIMI,
    "rpsal": _HERMOZA,
    "xprotonet": _KIM,
    "ma-reconstructed": _MA,
    "masked-recipe": _XIAO._replace(score=".822"),
    "label-assemble": PrintedScore(".832", "not known", "not known", "not known"),
}
"""By variant; what has ``-recipe`` behind it has the same number. Swin-T has none: Kang 2023 prints
it for a network that was Swin-L."""
_COLUMNS = ("variant", "ours", "seeds", "published", "train / validation", "pixels", "chosen by")
NOTE = (
    "Ours: mean AUROC over the classes of the published test images that are in the table, mean of "
    "the seeds that are finished; epochs are chosen on validation. Published numbers, with what is "
    "known of their training images, size and choice of the epoch: two systems' scripts score the "
    "test list while they train, so a few thousandths less are to be expected here. "
    "ma-reconstructed is a reconstruction: no formula of Ma 2019 was to be had."
)


def list_official_rows(plan: Plan, seeds: Sequence[int], folder: Path) -> TextTable:
    """Score the networks that are finished and put them beside what was published.

    Args:
        plan: of the experiment.
        seeds: of every arm.
        folder: where the run folders lie.
    """
    rows = []
    for arm in plan.arms:
        scores = [
            _score(arm, seed, plan, folder)
            for seed in seeds
            if is_done(folder / arm.folder_name(arm.runs[0], seed))
        ]
        found = [score for score in scores if np.isfinite(score)]
        mean = f"{np.mean(found):.3f}".removeprefix("0") if found else "–"
        own = PRINTED.get(arm.name) or PRINTED.get(arm.name.removesuffix("-recipe"))
        told = tuple(own) if own else ("–",) * len(PrintedScore._fields)
        rows.append((arm.title, mean, f"{len(scores)} of {len(seeds)}", *told))
    return TextTable("The second table", _COLUMNS, tuple(rows), NOTE)


def write_rows(table: TextTable) -> str:
    """Write a table as Markdown."""
    lines = [table.columns, ("---",) * len(table.columns), *table.rows]
    text = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    return f"# {table.title}\n\n{text}\n\n{table.note}\n"


def say_rows(table: TextTable) -> str:
    """Say in a line how far the table is."""
    done = sum(row[1] != "–" for row in table.rows)
    return f"{done} of {plural(len(table.rows), 'row')} of the table"


def _score(arm: Arm, seed: int, plan: Plan, folder: Path) -> float:
    """Mean AUROC of one network on the published test images."""
    (predictions,) = read_arm_predictions(arm, (seed,), folder)
    scored = evaluate_predictions(
        predictions.filter(pl.col("class").is_in(list(arm.classes))),
        keep_classes(plan.reference, arm.classes),
        EvaluationSettings(replicates=0),
        method=arm.name,
        seed=seed,
    )
    mean = scored.filter(pl.col("class") == MEAN, pl.col("source") == "all")["auroc_score"]
    return float("nan") if mean.is_empty() or mean[0] is None else float(mean[0])
