"""The first table of Kang 2023: sources that keep different classes, against full labels."""

from collections.abc import Mapping, Sequence

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import plural
from labelassemble.experiments.arms import Comparison, Plan, make_arm, same_budget
from labelassemble.experiments.choices import UNHIDDEN, hide_parts, judge
from labelassemble.experiments.experiment import Conclusion, Experiment, Finished
from labelassemble.experiments.table_changes import count_labels
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
            "network; for each class, of the networks that saw negatives "
            "too, that with the most positives of it answers."
        )
    return Plan(tuple(arms), tuple(comparisons), complete, tuple(cautions))


def conclude_partial_labels(finished: Finished) -> Conclusion:
    """Say where the judged variant stands between the others and full labels."""
    plan, (scores, differences) = finished.plan, finished.found
    judged = plan.comparisons[0].second
    own = mean_score(scores, judged)
    answer = [f"{judged}: mean AUROC {say_score(own)} over {plural(len(finished.seeds), 'seed')}."]
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
