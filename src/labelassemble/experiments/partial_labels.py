"""The first table of Kang 2023: sources that keep different classes, against full labels."""

from collections.abc import Mapping, Sequence

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import SettingsError, plural, some
from labelassemble.experiments.arms import Arm, Comparison, Plan, make_arm, same_budget
from labelassemble.experiments.choices import UNHIDDEN, hide_parts, judge
from labelassemble.experiments.experiment import Conclusion, Experiment, Finished
from labelassemble.experiments.factors import CONTROL, FACTORS
from labelassemble.experiments.label_shares import (
    draw_patients,
    hide_other_records,
    read_shares,
    refuse_lost_classes,
    with_share,
)
from labelassemble.experiments.protocol_answer import answer_protocol, doubt_choices
from labelassemble.experiments.protocol_tables import list_figures
from labelassemble.experiments.table_changes import count_labels
from labelassemble.experiments.variants import VARIANTS, Variant, choose_variants
from labelassemble.experiments.wording import difference_row, mean_score, say_difference, say_score
from labelassemble.settings import Recipe

QUICK = (
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
PROTOCOL = (
    "single",
    "unknown-as-negative",
    "masked",
    CONTROL,
    "masked-logsumexp-twice",
    "med3d-both-views",
    "dodnet-both-views",
    "label-assemble",
    "both-views",
    "logsumexp-both-views",
    "aligned-consist",
    "generated-attention",
    "cross-attention",
    "student",
    "student-of-three",
    "ensemble-of-three",
    "self-distilled",
    "full-logsumexp",
)
"""All see both views and pool alike but for the papers' own forms."""


def plan_partial_labels(recipe: Recipe, table: AssembledTable, seeds: Sequence[int]) -> Plan:
    """Hide labels, and let every variant learn from what is left.

    Raises:
        SettingsError: no such variant, only variants with all labels, parts that are partly
            sources, nothing hidden, a share of labels that leaves a class without positives.
    """
    searches = not recipe.experiment.quick and recipe.detection.task == "diagnosis"
    variants = choose_variants(recipe.experiment.variants, PROTOCOL if searches else QUICK)
    sees_all = [one.method == UNHIDDEN for one in variants.values()]
    asked = recipe.experiment.judged
    if searches and asked is None and CONTROL in variants:
        asked = CONTROL
    judged = judge(tuple(variants), sees_all, asked)
    complete, partial, parts = hide_parts(recipe, table)
    budget = same_budget(recipe, [complete])
    shares = read_shares(recipe.experiment.labelled)
    arms: list[Arm] = []
    comparisons: list[Comparison] = []
    for share in shares:
        tables = complete, partial
        if share < 1.0:
            kept = draw_patients(complete, share, recipe.assembly.seed)
            tables = hide_other_records(complete, kept), hide_other_records(partial, kept)
            refuse_lost_classes(partial, tables[1], share)
        refuse_nothing_unknown(variants, budget, tables[1], share)
        arms += make_arms(variants, budget, tables, parts, seeds, share)
        comparisons += compare_arms(variants, judged, table.classes, share, searches)
    cautions = _list_cautions(arms, variants, complete, shares)
    return Plan(tuple(arms), tuple(comparisons), complete, tuple(cautions), searches)


def make_arms(
    variants: Mapping[str, Variant],
    recipe: Recipe,
    tables: tuple[AssembledTable, AssembledTable],
    parts: Sequence[str],
    seeds: Sequence[int],
    share: float,
) -> list[Arm]:
    """Make the arms of one share of labels; ``tables``: with all labels, and with some hidden."""

    def make(name: str, control: Arm | None) -> Arm:
        variant = VARIANTS[name]
        learned = tables[0] if variant.method == UNHIDDEN else tables[1]
        return make_arm(
            with_share(name, share),
            variant,
            recipe,
            tables=dict.fromkeys(seeds, learned),
            sources=parts,
            control=control,
            share=share,
        )

    control = make(CONTROL, None)
    return [control if name == CONTROL else make(name, control) for name in variants]


def compare_arms(
    variants: Mapping[str, Variant],
    judged: str,
    classes: tuple[str, ...],
    share: float,
    searches: bool,
) -> list[Comparison]:
    """Compare every arm of a share with the judged one, and the pairs of the factor table.

    After a search the judged arm is what the others are held against, so it comes first.
    """
    pairs = [(judged, name) if searches else (name, judged) for name in variants if name != judged]
    if searches:
        factors = (pair for one in FACTORS for pair in (one.alone, one.last) if pair)
        pairs += [
            (without, more)
            for more, without in factors
            if {more, without} <= set(variants) and (more, without) not in pairs
        ]
    named = dict.fromkeys((with_share(a, share), with_share(b, share)) for a, b in pairs)
    return [Comparison(first, second, classes) for first, second in named]


def refuse_nothing_unknown(
    variants: Mapping[str, Variant], recipe: Recipe, table: AssembledTable, share: float
) -> None:
    """Refuse a table without unknown training cells for variants that learn from these alone.

    Raises:
        SettingsError: names the variants.
    """
    if count_labels(table).unknown:
        return
    idle = []
    for name, one in variants.items():
        changed = one.change(recipe)
        taught = one.teachers and not one.averages and changed.training.teacher_cells == "unknown"
        if taught or (one.method == "label-assemble" and changed.losses.cells == "unknown"):
            idle.append(name)
    if idle:
        raise SettingsError(
            f"unknown training cells for {some(idle)}",
            f"0 unknown cells with the share {share:g} of the labels: nothing is hidden",
            "Let experiment.parts keep fewer classes, or leave these out of experiment.variants",
        )


def _list_cautions(
    arms: Sequence[Arm],
    variants: Mapping[str, Variant],
    complete: AssembledTable,
    shares: Sequence[float],
) -> list[str]:
    """List what a reviewer must know before believing the scores."""
    counts = count_labels(complete)
    cautions = []
    if counts.unknown:
        share = counts.unknown / (counts.records * len(complete.classes))
        cautions.append(
            f"The full labels are not full: {100 * share:.1f} % of the training cells are unknown "
            "to them too."
        )
    if "single" in variants:
        cautions.append(
            "single is one network a part, each shown as many images an epoch as every other "
            "network; for each class, of the networks that saw negatives "
            "too, that with the most positives of it predicts."
        )
    known = [
        arm.name
        for arm in arms
        if arm.runs[0].method != UNHIDDEN and not count_labels(arm.table_of(-1)).unknown
    ]
    if known:
        cautions.append(
            f"0 unknown cells: nothing is hidden from {some(known)}, which learn from what the "
            "full labels say."
        )
    if any(one.teachers > 1 for one in variants.values()):
        cautions.append(
            "Networks of the control teach, or are averaged, in several seeds each: students and "
            "ensembles of different seeds have teachers in common, so that their spread is "
            "smaller than that of independent ones."
        )
    if min(shares) < 1.0:
        cautions.append(
            "Shares of labels are of training patients, one draw for all seeds; validation keeps "
            "all its labels, and images that lost theirs are shown as often as before."
        )
    return cautions


def conclude_partial_labels(finished: Finished) -> Conclusion:
    """Say where the arms stand, what they cost, and what each part of them adds."""
    answer = answer_protocol(finished) if finished.choices else answer_judged(finished)
    return Conclusion(
        tuple(answer), tuple(list_figures(finished)), tuple(doubt_choices(finished.choices))
    )


def answer_judged(finished: Finished) -> list[str]:
    """Say where the judged variant stands between the others and full labels."""
    plan, (scores, differences) = finished.plan, finished.found
    judged = plan.comparisons[0].second
    own = mean_score(scores, judged)
    answer = [f"{judged}: mean AUROC {say_score(own)} over {plural(len(finished.seeds), 'seed')}."]
    for pair in plan.comparisons:
        row = difference_row(differences, pair.first, pair.second)
        other = mean_score(scores, pair.first)
        text = f"Against {pair.first} ({say_score(other)}): {say_difference(row)}."
        if plan.arm(pair.first).runs[0].method == UNHIDDEN:
            text += f" That is {100 * own / other:.1f} % of it."
        answer.append(text)
    return answer


PARTIAL_LABELS = Experiment(
    title="Partial labels against full labels",
    question="Each source keeps the labels of a part of the classes. How far does every method "
    "come with what is left, and how far is that from the labels of all classes on all images?",
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
