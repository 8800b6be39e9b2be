"""What an experiment is: a question, a plan made of a table, a conclusion from the scores."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.experiments.arm_scores import ArmScores
from labelassemble.experiments.arms import Plan
from labelassemble.experiments.choice import Choice
from labelassemble.images.store import ImageStore
from labelassemble.report.experiment.content import Figure, ScoreTable, TextTable
from labelassemble.settings import Recipe


class Finished(NamedTuple):
    """Everything that a conclusion may be drawn from.

    Attributes:
        recipe: resolved settings.
        table: the assembled table, as it was before the experiment hid anything.
        store: its images.
        seeds: of every arm.
        plan: what was trained.
        found: scores and differences.
        runs: the folder of all run folders.
        choices: what a search chose, an arm a row; none where there was no search.
    """

    recipe: Recipe
    table: AssembledTable
    store: ImageStore
    seeds: tuple[int, ...]
    plan: Plan
    found: ArmScores
    runs: Path
    choices: tuple[Choice, ...] = ()


class Conclusion(NamedTuple):
    """What an experiment says in the end.

    Attributes:
        answer: sentences, each with its interval.
        figures: for the page.
        cautions: what was noticed after training.
        files: name to text of further files that are kept beside the tables.
        said: further lines for the terminal.
        score_tables: scores of the arms by other measures than AUROC.
        reached: what arms reached in the measure that the papers tell; None: their mean AUROC.
    """

    answer: tuple[str, ...]
    figures: tuple[Figure, ...] = ()
    cautions: tuple[str, ...] = ()
    files: Mapping[str, str] = MappingProxyType({})
    said: str = ""
    score_tables: tuple[ScoreTable, ...] = ()
    reached: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Experiment:
    """One experiment.

    Attributes:
        title: of its page.
        question: that it answers.
        plan: makes arms of a recipe, its table and the seeds.
        conclude: draws the conclusion.
        papers: what a paper reports: what, number, source.
        rows: makes a table of the networks that are finished, of the plan, the seeds and the
            folder of all run folders: it is written after each network. None: there is none.
    """

    title: str
    question: str
    plan: Callable[[Recipe, AssembledTable, Sequence[int]], Plan]
    conclude: Callable[[Finished], Conclusion]
    papers: tuple[tuple[str, str, str], ...] = ()
    rows: Callable[[Plan, Sequence[int], Path], TextTable] | None = None
