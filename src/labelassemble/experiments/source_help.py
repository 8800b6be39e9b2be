"""Which source helps which class? Leave one out at a time."""

from collections.abc import Sequence

import numpy as np

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import SettingsError
from labelassemble.experiments.arms import Comparison, Plan, make_arm, same_budget
from labelassemble.experiments.experiment import Conclusion, Experiment, Finished
from labelassemble.experiments.table_changes import count_labels, without_source
from labelassemble.experiments.variants import choose_variants
from labelassemble.experiments.wording import difference_row, say_difference
from labelassemble.report.experiment.content import CellGrid
from labelassemble.settings import Recipe

WHOLE = "all-sources"


def plan_source_help(recipe: Recipe, table: AssembledTable, seeds: Sequence[int]) -> Plan:
    """Train on all sources, and once without each that brings training images or labels.

    Raises:
        SettingsError: fewer than two such sources, or no such variant.
    """
    variant = list(choose_variants(recipe.experiment.variants, ("label-assemble",)).values())[-1]
    whole = count_labels(table)
    left = {name: without_source(table, name) for name in table.scopes}
    left = {name: rest for name, rest in left.items() if count_labels(rest) != whole}
    if len(left) < 2:
        raise SettingsError(
            "two sources or more that bring training images or labels",
            f"{len(left)}",
            "Add a source to the recipe",
        )
    budget = same_budget(recipe, [table])
    sources = tuple(table.scopes)
    arms = [
        make_arm(
            WHOLE,
            variant,
            budget,
            tables=dict.fromkeys(seeds, table),
            sources=sources,
            title="all sources",
        )
    ]
    for name, rest in left.items():
        counts = count_labels(rest)
        if counts.positives + counts.negatives == 0:
            raise SettingsError(
                "known labels in two sources or more",
                f"none without {name}",
                "Add another labelled source to the recipe",
            )
        arms.append(
            make_arm(
                f"without-{name}",
                variant,
                budget,
                tables=dict.fromkeys(seeds, rest),
                sources=tuple(one for one in sources if one != name),
                title=f"all sources but {name}",
            )
        )
    comparisons = [Comparison(arm.name, WHOLE, table.classes) for arm in arms[1:]]
    return Plan(tuple(arms), tuple(comparisons), table)


def conclude_source_help(finished: Finished) -> Conclusion:
    """Make the table of sources and classes."""
    pairs = finished.plan.comparisons
    columns = (*finished.table.classes, "mean")
    rows = [
        [
            difference_row(finished.found.differences, pair.first, pair.second, name)
            for name in columns
        ]
        for pair in pairs
    ]
    names = tuple(pair.first.removeprefix("without-") for pair in pairs)

    def matrix(key: str) -> np.ndarray:
        return np.array([[cell[key] for cell in row] for row in rows], dtype=np.float64)

    figure = CellGrid(
        title="What each source brings to each class",
        rows=names,
        columns=columns,
        value=matrix("difference"),
        low=matrix("low"),
        high=matrix("high"),
        note="AUROC with all sources minus AUROC without the source; 95 % intervals over patients.",
    )
    answer = tuple(
        f"{name} brings {say_difference(row[-1])} to the mean AUROC."
        for name, row in zip(names, rows, strict=True)
    )
    return Conclusion(answer, (figure,))


SOURCE_HELP = Experiment(
    title="Which source helped which class",
    question="What is lost, class by class, when one source is left out of training?",
    plan=plan_source_help,
    conclude=conclude_source_help,
)
