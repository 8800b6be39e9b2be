"""The second table of Kang 2023: published lists, the mean AUROC as the literature has it."""

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import SettingsError, unknown_name
from labelassemble.experiments.arms import Comparison, Plan, make_arm, same_budget
from labelassemble.experiments.choices import judge
from labelassemble.experiments.experiment import Conclusion, Experiment, Finished
from labelassemble.experiments.table_changes import keep_classes
from labelassemble.experiments.variants import choose_variants
from labelassemble.experiments.wording import difference_row, mean_score, say_difference, say_score
from labelassemble.settings import Recipe

_DEFAULT = ("masked", "masked-both-views", "label-assemble")


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
    comparisons = [Comparison(name, judged, tested.classes) for name in variants if name != judged]
    caution = (
        f"{published.height:,} published test images of {source} are in the table, and "
        f"{len(tested.classes)} classes. The literature's mean is over the 14 classes of all "
        "25,596 test images of ChestX-ray14, an image without a class counting as its negative."
    )
    return Plan(tuple(arms), tuple(comparisons), tested, (caution,))


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
    return Conclusion(tuple(answer))


OFFICIAL_SPLIT = Experiment(
    title="The published split",
    question="What is the mean AUROC over a source's classes on its published test images?",
    plan=plan_official_split,
    conclude=conclude_official_split,
    papers=(
        (
            "ChestX-ray14, 14 classes: Ma 2019, cross-attention of two DenseNets",
            ".817",
            "Kang 2023",
        ),
        ("Hermoza 2020, region proposals and saliency", ".821", "Kang 2023"),
        ("Kim 2021, XProtoNet", ".822", "Kang 2023"),
        ("Taslimi 2022, SwinCheX", ".810", "Kang 2023"),
        ("Xiao 2022, ViT-S pre-trained as a masked autoencoder", ".823", "Kang 2023"),
        ("label-assemble, DenseNet-121", ".832", "Kang 2023"),
    ),
)
