"""What an experiment trains and compares: arms, and which of them against which."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import SettingsError
from labelassemble.experiments.table_changes import count_labels
from labelassemble.experiments.variants import Variant, change_settings
from labelassemble.report.experiment.content import ArmFacts
from labelassemble.settings import Recipe, RunSettings

TEACHING_BLOCK = 5
"""Networks of so many seeds teach each other's students: 0 to 4, 5 to 9, and so on."""


def teacher_seeds(seed: int, count: int) -> tuple[int, ...]:
    """Give the seeds of the networks that teach the student of a seed, never its own.

    They depend on nothing else, so that more seeds leave the students that there are as they are.

    >>> teacher_seeds(0, 1), teacher_seeds(3, 3), teacher_seeds(7, 2)
    ((1,), (4, 0, 1), (8, 9))
    """
    start = seed - seed % TEACHING_BLOCK
    return tuple(start + (seed + step) % TEACHING_BLOCK for step in range(1, count + 1))


@dataclass(frozen=True)
class Arm:
    """One thing that is trained with every seed.

    Attributes:
        name: short; names its run folders.
        title: what it is, in a line.
        recipe: all settings of its trainings.
        runs: the networks of one seed (seed 0 stands for all): one, or one a source for ``single``.
        tables: seed to what it learns from; the test split is the experiment's.
        classes: that it is scored on.
        tag: where rate or length differ from the recipe's, how; names its run folders too.
        teachers: networks that each of its networks learns from.
        control: the arm whose networks teach, or that this one repeats for longer.
        length: times as many epochs as the others.
        share: of the labelled training images that keep their labels.
        averages: it has no networks of its own and predicts the mean of its teachers.
    """

    name: str
    title: str
    recipe: Recipe
    runs: tuple[RunSettings, ...]
    tables: Mapping[int, AssembledTable]
    classes: tuple[str, ...]
    tag: str = ""
    teachers: int = 0
    control: "Arm | None" = None
    length: int = 1
    share: float = 1.0
    averages: bool = False

    def folder_name(self, run: RunSettings, seed: int) -> str:
        """Name of a run folder, such as ``masked-seed0``."""
        parts = [self.name, run.source or "", self.tag, f"seed{seed}"]
        return "-".join(part for part in parts if part)

    def table_of(self, seed: int) -> AssembledTable:
        """What it learns from; seeds that teach alone learn from what the first one does."""
        return self.tables[seed if seed in self.tables else next(iter(self.tables))]

    def recipe_of(self, seed: int, folder: Path) -> Recipe:
        """Settings of a seed's networks, whose teachers lie in ``folder`` too."""
        if self.control is None or not self.teachers:
            return self.recipe
        return change_settings(
            self.recipe, {"training.teachers": self.teacher_folders(seed, folder)}
        )

    def teacher_folders(self, seed: int, folder: Path) -> tuple[Path, ...]:
        """Run folders of the networks that teach a seed's network, below ``folder``."""
        if self.control is None:
            return ()
        run = self.control.runs[0]
        seeds = teacher_seeds(seed, self.teachers)
        return tuple(folder / self.control.folder_name(run, one) for one in seeds)

    def facts(self) -> ArmFacts:
        """Give what a report says of it; counts are those of the first seed."""
        counts = count_labels(next(iter(self.tables.values())))
        return ArmFacts(self.name, self.title, self.runs[0].method, *counts)


@dataclass(frozen=True)
class Comparison:
    """Two arms to compare, second minus first, on some classes."""

    first: str
    second: str
    classes: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """All that an experiment trains and compares.

    Attributes:
        arms: in the order of the report.
        comparisons: of the report.
        reference: the table whose test labels score everything.
        cautions: what a reviewer must know.
        searches: whether rate and length of the arms are searched on validation first.
    """

    arms: tuple[Arm, ...]
    comparisons: tuple[Comparison, ...]
    reference: AssembledTable
    cautions: tuple[str, ...] = ()
    searches: bool = False

    def arm(self, name: str) -> Arm:
        """Give an arm by its name."""
        return next(arm for arm in self.arms if arm.name == name)


def make_arm(
    name: str,
    variant: Variant,
    recipe: Recipe,
    *,
    tables: Mapping[int, AssembledTable],
    sources: Sequence[str] = (),
    title: str | None = None,
    control: Arm | None = None,
    share: float = 1.0,
) -> Arm:
    """Make an arm of a variant.

    Args:
        name: of the arm.
        variant: what is trained.
        recipe: the experiment's settings, before the variant changes them.
        tables: seed to what it learns from.
        sources: those that a ``single`` network is trained for.
        title: what it is; None: the variant's title.
        control: whose networks teach, or that is repeated for longer, where the variant does so.
        share: of the labelled training images that keep their labels.

    Raises:
        SettingsError: a variant that needs a control, in an experiment that has none.
    """
    if (variant.teachers or variant.length > 1) and control is None:
        raise SettingsError(
            "variants of experiment.variants that this experiment can make",
            f"{name}, which needs networks of the control first",
            "Leave it out; partial-labels makes it",
        )
    runs = [RunSettings(method=variant.method)]
    if variant.method == "single":
        runs = [RunSettings(method="single", source=source) for source in sources]
    classes = next(iter(tables.values())).classes
    changed = variant.change(recipe)
    if variant.length > 1:
        epochs = variant.length * recipe.training.epochs
        changed = change_settings(changed, {"training.epochs": epochs})
    return Arm(
        name,
        title or variant.title,
        changed,
        tuple(runs),
        tables,
        classes,
        teachers=variant.teachers,
        control=control if variant.teachers or variant.length > 1 else None,
        length=variant.length,
        share=share,
        averages=variant.averages,
    )


def same_budget(recipe: Recipe, tables: Sequence[AssembledTable]) -> Recipe:
    """Let every arm see equally many images an epoch.

    ``training.images_per_epoch`` stands where the recipe names it; else it becomes the number of
    training images of the largest table.
    """
    if recipe.training.images_per_epoch:
        return recipe
    most = max(count_labels(table).records for table in tables)
    training = recipe.training.model_copy(update={"images_per_epoch": most})
    return recipe.model_copy(update={"training": training})
