"""The second table of Kang 2023 as it grows: a row a variant, as soon as a network is there.

While networks are trained it tells their validation alone; test images are scored once, at the end.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from labelassemble.errors import plural
from labelassemble.experiments.arms import Plan
from labelassemble.report.experiment.content import TextTable
from labelassemble.training.run_folder import DONE, is_done, read_json

ROWS = "rows.md"
"""File of the table."""


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
    "rpsal-regions-recipe": _HERMOZA,
    "xprotonet": _KIM,
    "ma-reconstructed": _MA,
    "masked-recipe": _XIAO._replace(score=".822"),
    "label-assemble": PrintedScore(".832", "not known", "not known", "not known"),
}
"""By variant; what has ``-recipe`` behind it has the same number. Swin-T has none: Kang 2023 prints
it for a network that was Swin-L."""
_COLUMNS = (
    *("variant", "what it is", "pixels", "seeds", "validation", "test"),
    *("published", "its train / validation", "its pixels", "chosen by"),
)
NOTE = (
    "Validation and test are ours: mean AUROC over the classes, mean of the seeds. An epoch is "
    "chosen by its validation score; of test are the published test images that are in the table, "
    "which are scored once, when every network is there. Published numbers, with what is "
    "known of their training images, size and choice of the epoch: two systems' scripts score the "
    "test list while they train, so a few thousandths less are to be expected here. "
    "ma-reconstructed is a reconstruction: no formula of Ma 2019 was to be had."
)


def list_official_rows(
    plan: Plan,
    seeds: Sequence[int],
    folder: Path,
    tested: Mapping[str, float] = MappingProxyType({}),
) -> TextTable:
    """Put what networks reached beside what was published.

    Args:
        plan: of the experiment.
        seeds: of every arm.
        folder: where the run folders lie.
        tested: mean AUROC of test images by the arm's name; none while networks are trained.
    """
    rows = []
    for arm in plan.arms:
        places = [folder / arm.folder_name(arm.runs[0], seed) for seed in seeds]
        done = [place for place in places if is_done(place)]
        chosen = [read_json(place / DONE)["validation_auroc_score"] for place in done]
        scored = [score for score in chosen if score is not None]
        validation = float(np.mean(scored)) if scored else float("nan")
        test = tested.get(arm.name, float("nan"))
        own = PRINTED.get(arm.name) or PRINTED.get(arm.name.removesuffix("-recipe"))
        told = tuple(own) if own else ("–",) * len(PrintedScore._fields)
        count = f"{len(done)} of {len(seeds)}"
        side = str(arm.recipe.model.input.side or arm.recipe.images.size)
        scores = _say(validation), _say(test)
        rows.append((arm.name, arm.title, side, count, *scores, *told))
    return TextTable("The second table", _COLUMNS, tuple(rows), NOTE)


def write_rows(table: TextTable) -> str:
    """Write a table as Markdown."""
    lines = [table.columns, ("---",) * len(table.columns), *table.rows]
    text = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    return f"# {table.title}\n\n{text}\n\n{table.note}\n"


def say_rows(table: TextTable) -> str:
    """Say in a line how far the table is."""
    done = sum(row[4] != "–" for row in table.rows)
    return f"{done} of {plural(len(table.rows), 'row')} of the table"


def _say(score: float) -> str:
    """Write a score without its zero.

    >>> _say(0.8234), _say(float("nan"))
    ('.823', '–')
    """
    return f"{score:.3f}".removeprefix("0") if np.isfinite(score) else "–"
