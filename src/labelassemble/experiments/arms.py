"""What an experiment trains and compares: arms, and which of them against which."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.experiments.table_changes import count_labels
from labelassemble.experiments.variants import Variant
from labelassemble.report.experiment.content import ArmFacts
from labelassemble.settings import Recipe, RunSettings


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
    """

    name: str
    title: str
    recipe: Recipe
    runs: tuple[RunSettings, ...]
    tables: Mapping[int, AssembledTable]
    classes: tuple[str, ...]

    def folder_name(self, run: RunSettings, seed: int) -> str:
        """Name of a run folder, such as ``masked-seed0``."""
        parts = [self.name, *([run.source] if run.source else []), f"seed{seed}"]
        return "-".join(parts)

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
    """

    arms: tuple[Arm, ...]
    comparisons: tuple[Comparison, ...]
    reference: AssembledTable
    cautions: tuple[str, ...] = ()

    def arm(self, name: str) -> Arm:
        """Give an arm by its name."""
        return next(arm for arm in self.arms if arm.name == name)


def make_arm(
    name: str,
    variant: Variant,
    recipe: Recipe,
    tables: Mapping[int, AssembledTable],
    sources: Sequence[str] = (),
    title: str | None = None,
) -> Arm:
    """Make an arm of a variant.

    Args:
        name: of the arm.
        variant: what is trained.
        recipe: the experiment's settings, before the variant changes them.
        tables: seed to what it learns from.
        sources: those that a ``single`` network is trained for.
        title: what it is; None: the variant's title.
    """
    runs = [RunSettings(method=variant.method)]
    if variant.method == "single":
        runs = [RunSettings(method="single", source=source) for source in sources]
    classes = next(iter(tables.values())).classes
    return Arm(name, title or variant.title, variant.change(recipe), tuple(runs), tables, classes)


def same_budget(recipe: Recipe, tables: Sequence[AssembledTable]) -> Recipe:
    """Let every arm see equally many pictures an epoch.

    ``training.images_per_epoch`` stands where the recipe names it; else it becomes the number of
    training pictures of the largest table.
    """
    if recipe.training.images_per_epoch:
        return recipe
    most = max(count_labels(table).pictures for table in tables)
    training = recipe.training.model_copy(update={"images_per_epoch": most})
    return recipe.model_copy(update={"training": training})
