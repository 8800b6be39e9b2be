"""The second table of Kang 2023: published lists, the mean AUROC as the literature has it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import SettingsError, unknown_name
from labelassemble.experiments.arms import Arm, Comparison, Plan, make_arm, same_budget
from labelassemble.experiments.box_column import judge_boxes
from labelassemble.experiments.choices import judge
from labelassemble.experiments.experiment import Conclusion, Experiment, Finished
from labelassemble.experiments.official_rows import ROWS, list_official_rows, write_rows
from labelassemble.experiments.system_variants import SYSTEM_ARMS
from labelassemble.experiments.table_changes import keep_classes
from labelassemble.experiments.variants import change_settings, choose_variants
from labelassemble.experiments.wording import difference_row, mean_score, say_difference, say_score
from labelassemble.settings import Recipe

_DEFAULT = ("masked", *SYSTEM_ARMS, "label-assemble")


def plan_official_split(recipe: Recipe, table: AssembledTable, seeds: Sequence[int]) -> Plan:
    """Train on everything, and score a source's published test images on its own classes.

    Raises:
        SettingsError: no such source, no published test images of it in the table, or no such
            variant.
    """
    source = recipe.experiment.source or recipe.sources[0].name
    if source not in table.scopes:
        raise SettingsError(
            "a source of the table in experiment.source",
            unknown_name("source", source, table.scopes),
            "Name one of these",
        )
    published = table.records.filter(pl.col("split_reason") == f"official test of {source}")
    if published.is_empty():
        raise SettingsError(
            f"published test images of {source}",
            "none in the table",
            f'Give the source {source} split = "official" in the recipe and assemble again',
        )
    # Other test images are predicted too, and not scored.
    other = (pl.col("split") == "test") & ~pl.col("record").is_in(published["record"].implode())
    split = pl.when(other).then(pl.lit("unused")).otherwise("split").alias("split")
    tested = keep_classes(
        replace(table, records=table.records.with_columns(split)),
        [name for name in table.classes if name in table.scopes[source]],
    )
    variants = choose_variants(recipe.experiment.variants, _DEFAULT)
    judged = judge(tuple(variants), [False] * len(variants), recipe.experiment.judged)
    budget = same_budget(recipe, [table])
    arms = [
        replace(
            make_arm(
                name,
                variant,
                budget,
                tables=dict.fromkeys(seeds, table),
                sources=tuple(table.scopes),
            ),
            classes=tested.classes,
        )
        for name, variant in variants.items()
    ]
    arms = [fit_backbone(arm, recipe) for arm in arms]
    comparisons = [Comparison(name, judged, tested.classes) for name in variants if name != judged]
    caution = (
        f"{published.height:,} published test images of {source} are in the table, and "
        f"{len(tested.classes)} classes. The literature's mean is over the 14 classes of all "
        "25,596 test images of ChestX-ray14, an image without a class counting as its negative."
    )
    return Plan(tuple(arms), tuple(comparisons), tested, (caution,))


def fit_backbone(arm: Arm, recipe: Recipe) -> Arm:
    """Give an arm the backbone in the place of its own, and the weights that it starts from.

    Args:
        arm: as its variant makes it.
        recipe: says both (``experiment.backbones``, ``experiment.weights``); the recipe's own
            weights are those of its own backbone.
    """
    own = arm.recipe.model.backbone
    backbone = recipe.experiment.backbones.get(own, own)
    weights = recipe.experiment.weights.get(backbone)
    changes: dict[str, Any] = {"model.backbone": backbone}
    if weights is not None or backbone != recipe.model.backbone:
        changes |= {"model.pretrained": weights, "model.sha256": None}
    title = arm.title if backbone == own else f"{arm.title}; {backbone} in the place of {own}"
    return replace(arm, recipe=change_settings(arm.recipe, changes), title=title)


def conclude_official_split(finished: Finished) -> Conclusion:
    """Say every variant's mean AUROC, and the judged one's differences."""
    scores, differences = finished.found
    answer = [
        f"{arm.name}: mean AUROC {say_score(mean_score(scores, arm.name))}."
        for arm in finished.plan.arms
    ]
    for pair in finished.plan.comparisons:
        row = difference_row(differences, pair.first, pair.second)
        answer.append(f"{pair.second} against {pair.first}: {say_difference(row)}.")
    tested = {arm.name: mean_score(scores, arm.name) for arm in finished.plan.arms}
    rows = list_official_rows(finished.plan, finished.seeds, finished.runs, tested)
    boxes, cautions = judge_boxes(finished)
    text = "\n".join(write_rows(one) for one in (rows, *boxes))
    return Conclusion(
        tuple(answer), figures=(rows, *boxes), cautions=cautions, files={ROWS: text.rstrip("\n")}
    )


OFFICIAL_SPLIT = Experiment(
    title="The published split",
    question="What is the mean AUROC over a source's classes on its published test images?",
    plan=plan_official_split,
    conclude=conclude_official_split,
    papers=(
        ("Ma 2019, of which ma-reconstructed is a reconstruction", ".817", "Kang 2023"),
        ("Hermoza 2020, of whose stages rpsal is the one that it scores", ".821", "Kang 2023"),
        ("Hermoza 2020, both stages: rpsal-regions-recipe", ".821", "Kang 2023"),
        ("Kim 2021, XProtoNet", ".822", "Kang 2023"),
        ("Taslimi 2022, swinchex-l (Swin-T in Kang 2023)", ".810", "Kang 2023"),
        ("Xiao 2023, medical-mae", ".823", "Kang 2023"),
        ("masked-recipe: DenseNet-121 from ImageNet, plain head", ".822", "Xiao 2023"),
        ("label-assemble, DenseNet-121", ".832", "Kang 2023"),
    ),
    rows=list_official_rows,
)
