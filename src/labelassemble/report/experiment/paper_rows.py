"""What the papers report, each number beside the arm of the same name."""

import re
from typing import NamedTuple

from labelassemble.report.experiment.arm_scores import list_arms, seed_score
from labelassemble.report.experiment.content import ExperimentContent
from labelassemble.report.score_summary import ClassScores


class PaperRow(NamedTuple):
    """A number of a paper.

    Attributes:
        what: what it is.
        number: as the paper writes it.
        source: where it stands.
        arm: the arm that ``what`` names; empty: none, or several.
        ours: what that arm reached here; empty where there is none.
    """

    what: str
    number: str
    source: str
    arm: str
    ours: str


def list_papers(content: ExperimentContent, mean: ClassScores | None) -> list[PaperRow]:
    """Put what we reached beside every number whose description names one arm.

    Args:
        content: holds the numbers, and what the arms reached where that is no mean AUROC.
        mean: what ``find_mean`` gave.
    """
    rows = []
    for what, number, source in content.papers:
        arm = find_arm(what, list_arms(content))
        ours = _say_reached(content, mean, arm) if arm else ""
        rows.append(PaperRow(what, number, source, arm if ours else "", ours))
    return rows


def _say_reached(content: ExperimentContent, mean: ClassScores | None, arm: str) -> str:
    if content.reached is not None:
        return content.reached.get(arm, "")
    score = seed_score(mean, arm) if mean else None
    return "" if score is None or score.mean is None else score.text


def find_arm(what: str, arms: list[str]) -> str:
    """The one arm that a description names as a whole word, whatever its capitals; else nothing.

    >>> find_arm("Med3D, CheXpert", ["masked", "med3d"]), find_arm("full-size", ["full"])
    ('med3d', '')
    """
    found = [
        arm
        for arm in arms
        if re.search(rf"(?<![\w-]){re.escape(arm)}(?![\w-])", what, re.IGNORECASE)
    ]
    return found[0] if len(found) == 1 else ""
