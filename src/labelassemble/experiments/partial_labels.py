"""The first table of Kang 2023: sources that keep different classes, against full labels."""

from collections.abc import Mapping, Sequence

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import SettingsError, some, unknown_name
from labelassemble.experiments.arms import Comparison, Plan, make_arm, same_budget
from labelassemble.experiments.experiment import Conclusion, Experiment, Finished
from labelassemble.experiments.table_changes import count_labels, deal_out, hide_cells
from labelassemble.experiments.variants import choose_variants
from labelassemble.experiments.wording import difference_row, mean_score, say_difference, say_score
from labelassemble.settings import Recipe

DEFAULT = (
    "single",
    "unknown-as-negative",
    "med3d",
    "dodnet",
    "masked",
    "masked-both-views",
    "label-assemble",
    "full",
    "full-both-views",
)
UNHIDDEN = "full"
"""Variants with this method see the labels that are hidden from the others."""


def plan_partial_labels(recipe: Recipe, table: AssembledTable, seeds: Sequence[int]) -> Plan:
    """Hide labels, and let every variant learn from what is left.

    Raises:
        SettingsError: no such variant, only variants with all labels, or parts that are partly
            sources.
    """
    variants = choose_variants(recipe.experiment.variants, DEFAULT)
    sees_all = [one.method == UNHIDDEN for one in variants.values()]
    judged = judge(tuple(variants), sees_all, recipe.experiment.judged)
    complete, partial, parts = hide_parts(recipe, table)
    budget = same_budget(recipe, [complete])
    arms = [
        make_arm(
            name,
            variant,
            budget,
            dict.fromkeys(seeds, complete if variant.method == UNHIDDEN else partial),
            parts,
        )
        for name, variant in variants.items()
    ]
    comparisons = [Comparison(name, judged, table.classes) for name in variants if name != judged]
    counts = count_labels(complete)
    cautions = []
    if counts.unknown:
        share = counts.unknown / (counts.pictures * len(table.classes))
        cautions.append(
            f"The full labels are not full: {100 * share:.1f} % of the training cells are unknown "
            "to them too."
        )
    if "single" in variants:
        cautions.append(
            "single is one network a part, each shown as many pictures an epoch as every other "
            "network; for each class the network with the most positives of it answers."
        )
    return Plan(tuple(arms), tuple(comparisons), complete, tuple(cautions))


def hide_parts(
    recipe: Recipe, table: AssembledTable
) -> tuple[AssembledTable, AssembledTable, tuple[str, ...]]:
    """Let every source, or part of the patients, keep the labels of some classes.

    Returns:
        The table with all labels, in parts where ``experiment.parts`` names no sources; the same
        with labels hidden; the names of the parts.

    Raises:
        SettingsError: parts that are partly sources.
    """
    parts = recipe.experiment.parts or part_classes(table, recipe.experiment.part_count)
    sources = [name for name in parts if name in table.scopes]
    if sources and len(sources) < len(parts):
        raise SettingsError(
            "experiment.parts that all name sources of the table, or none",
            f"{some(sources)}, which are sources, among {some(list(parts))}",
            "Name sources alone, or parts alone",
        )
    complete = table if sources else deal_out(table, tuple(parts), recipe.assembly.seed)
    return complete, hide_cells(complete, parts), tuple(parts)


def judge(names: Sequence[str], sees_all: Sequence[bool], asked: str | None = None) -> str:
    """Give the variant that the others are compared with.

    Args:
        names: of the variants.
        sees_all: which of them labels are hidden from nothing.
        asked: the one that the settings name; None: label-assemble where it is among them, else
            the last one that labels are hidden from.

    Raises:
        SettingsError: labels are hidden from none, nothing to compare with, or the one asked for is
            not among them.
    """
    if len(names) < 2:
        raise SettingsError(
            "two variants or more in experiment.variants", some(names), "Add one to compare with"
        )
    asked = asked or ("label-assemble" if "label-assemble" in names else None)
    if asked is not None:
        if asked not in names:
            raise SettingsError(
                "one of experiment.variants in experiment.judged",
                unknown_name("variant", asked, names),
                "Add it to the variants, or name another",
            )
        return asked
    hidden = [name for name, all_labels in zip(names, sees_all, strict=True) if not all_labels]
    if not hidden:
        raise SettingsError(
            "a variant that labels are hidden from, in experiment.variants",
            some(names),
            "Add label-assemble or masked",
        )
    return hidden[-1]


def part_classes(table: AssembledTable, count: int) -> dict[str, tuple[str, ...]]:
    """Deal the table's classes out to ``part_1``, ``part_2``, ... in turn.

    Raises:
        SettingsError: fewer classes than parts.
    """
    if len(table.classes) < count:
        raise SettingsError(
            f"{count} classes or more, one a part",
            f"{len(table.classes)}",
            "Lower experiment.part_count",
        )
    return {f"part_{place + 1}": table.classes[place::count] for place in range(count)}


def conclude_partial_labels(finished: Finished) -> Conclusion:
    """Say where the judged variant stands between the others and full labels."""
    plan, (scores, differences) = finished.plan, finished.found
    judged = plan.comparisons[0].second
    own = mean_score(scores, judged)
    answer = [f"{judged}: mean AUROC {say_score(own)} over {len(finished.seeds)} seeds."]
    for pair in plan.comparisons:
        row = difference_row(differences, pair.first, judged)
        other = mean_score(scores, pair.first)
        text = f"Against {pair.first} ({say_score(other)}): {say_difference(row)}{with_seeds(row)}."
        if plan.arm(pair.first).runs[0].method == UNHIDDEN:
            text += f" That is {100 * own / other:.1f} % of it."
        answer.append(text)
    return Conclusion(tuple(answer))


def with_seeds(row: Mapping[str, object]) -> str:
    """Say the p-value with seeds as a random effect, where there is one.

    >>> with_seeds({"p_seeds": 0.04}), with_seeds({})
    ('; with seeds as a random effect p = .040', '')
    """
    p = row.get("p_seeds")
    if not isinstance(p, float) or p != p:
        return ""
    said = "p < .001" if p < 0.001 else f"p = {say_score(p)}"
    return f"; with seeds as a random effect {said}"


PARTIAL_LABELS = Experiment(
    title="Partial labels against full labels",
    question="Each source keeps the labels of a part of the classes. How far does every method "
    "come with what is left, and how far is that from the labels of all classes on all pictures?",
    plan=plan_partial_labels,
    conclude=conclude_partial_labels,
    papers=(
        ("single, CheXpert, 5 classes", ".626 (37,655 labels)", "Kang 2023"),
        ("med3d, CheXpert, 5 classes", ".744 (75,310 labels)", "Kang 2023"),
        ("dodnet, CheXpert, 5 classes", ".745 (75,310 labels)", "Kang 2023"),
        ("label-assemble, CheXpert, 5 classes", ".792 (75,310 labels)", "Kang 2023"),
        ("full, CheXpert, 5 classes", ".793 (105,434 labels)", "Kang 2023"),
        ("single, ChestX-ray14, 5 classes", ".708", "Kang 2023"),
        ("med3d, ChestX-ray14, 5 classes", ".739", "Kang 2023"),
        ("dodnet, ChestX-ray14, 5 classes", ".740", "Kang 2023"),
        ("label-assemble, ChestX-ray14, 5 classes", ".770", "Kang 2023"),
        ("full, ChestX-ray14, 5 classes", ".778", "Kang 2023"),
    ),
)
