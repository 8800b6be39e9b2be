"""A new disease with few labelled images: do labels of other diseases, elsewhere, stand in?"""

from collections.abc import Sequence

import numpy as np
import polars as pl
from jaxtyping import Float

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import SettingsError, plural, some
from labelassemble.evaluation.result_table import combine_seeds
from labelassemble.evaluation.scored_sample import ALL
from labelassemble.experiments.arms import Comparison, Plan, make_arm, same_budget
from labelassemble.experiments.choices import one_class
from labelassemble.experiments.experiment import Conclusion, Experiment, Finished
from labelassemble.experiments.table_changes import (
    LEARNED,
    draw_labelled,
    hide_cells,
    keep_classes,
    keep_records,
    labelled_records,
)
from labelassemble.experiments.variants import choose_variants
from labelassemble.experiments.wording import difference_row, mean_score, say_difference, say_score
from labelassemble.report.experiment.content import Curves
from labelassemble.settings import Recipe

EVERY = "all"


def plan_novel_disease(recipe: Recipe, table: AssembledTable, seeds: Sequence[int]) -> Plan:
    """Learn a class from few labelled images, alone and with everything that others labelled.

    One source meets the disease; the others know nothing of it: what they say of it (an implied
    negative, for example) is hidden. Its images that are labelled but not drawn are not there.

    Raises:
        AssemblyError: a class or source that the table does not have, or too few labelled images.
        SettingsError: not one class of interest, no such variant, or shares for numbers.
    """
    name = one_class(recipe, table)
    source = recipe.experiment.source or find_source(table, name)
    rest = [one for one in table.classes if one != name]
    known = hide_cells(table, {other: rest for other in table.scopes if other != source})
    variants = choose_variants(recipe.experiment.variants, ("label-assemble",))
    there = len(labelled_records(known, name))
    counts = read_counts(recipe.experiment.labelled)
    asked = sorted({count for count in counts if count < there})
    large = [count for count in counts if count >= there]
    cautions = []
    if large:
        cautions.append(
            f"Only {there:,} training images of {source} are labelled for {name}: not measured "
            f"with {some(f'{count:,}' for count in large)}."
        )
    others = known.records.filter(pl.col("split").is_in(LEARNED))["record"]
    others = others.filter(~others.is_in(labelled_records(known, name, LEARNED).implode()))
    budget = same_budget(recipe, [table])
    arms, comparisons = [], []
    for count in [*asked, None]:
        size = EVERY if count is None else str(count)
        assembled, alone = {}, {}
        for seed in seeds:
            drawn = draw_labelled(known, name, count, seed)
            assembled[seed] = keep_records(known, pl.concat([drawn, others]))
            alone[seed] = keep_classes(keep_records(known, drawn), [name])
        first = next(iter(variants.values()))
        arms.append(
            make_arm(
                f"alone-{size}",
                first,
                budget,
                tables=alone,
                sources=tuple(table.scopes),
                title=f"{size} images labelled for {name}, and nothing else",
            )
        )
        for variant_name, variant in variants.items():
            arms.append(
                make_arm(
                    f"{variant_name}-{size}",
                    variant,
                    budget,
                    tables=assembled,
                    sources=tuple(table.scopes),
                    title=f"the same and all other labels: {variant.title}",
                )
            )
            comparisons.append(Comparison(f"alone-{size}", f"{variant_name}-{size}", (name,)))
    cautions.append(
        f"Where sources differ in look and only one of them has {name}, a pooled AUROC can be won "
        f"by telling the sources apart. {say_where(table, name, source)}"
    )
    return Plan(tuple(arms), tuple(comparisons), table, tuple(cautions))


def read_counts(labelled: Sequence[int | float]) -> tuple[int, ...]:
    """Give numbers of labelled images from the settings; none: those of Zhu 2022, about.

    Raises:
        SettingsError: shares, which another experiment takes.
    """
    shares = [one for one in labelled if not isinstance(one, int)]
    if shares:
        raise SettingsError(
            "numbers of labelled training images in experiment.labelled, such as 100 300",
            f"{some(f'{one:g}' for one in shares)}, which are shares, as partial-labels takes them",
            "Give whole numbers",
        )
    return tuple(int(one) for one in labelled) or (100, 300, 1000)


def find_source(table: AssembledTable, name: str) -> str:
    """Give the source with the most known positives of a class among its training images.

    One that has negatives too comes before one that has not: from one kind nothing is learned.
    """
    own = table.records.filter(pl.col("split") == "train").join(
        table.cells.filter(pl.col("class") == name, pl.col("label").is_not_null()),
        on="record",
        how="inner",
    )
    positive = own.filter(pl.col("label") >= 0.5)
    counts = dict(positive["source"].value_counts().iter_rows())
    both = set(positive["source"]) & set(own.filter(pl.col("label") < 0.5)["source"])
    return max(table.scopes, key=lambda source: (source in both, counts.get(source, 0)))


def scored_source(table: AssembledTable, name: str, source: str) -> str:
    """Give the source that is scored: this one if its test images hold both kinds, else all."""
    tested = table.records.filter(pl.col("split") == "test", pl.col("source") == source)
    label = table.cells.filter(pl.col("class") == name).join(tested, on="record", how="semi")
    kinds = set((label["label"].drop_nulls() >= 0.5).unique())
    return source if len(kinds) == 2 else ALL


def say_where(table: AssembledTable, name: str, source: str) -> str:
    """Say on which test images the answer rests."""
    if scored_source(table, name, source) == ALL:
        return f"{source} has no test images of both kinds: all test images are scored together."
    return f"The answer and the figure are within {source} alone."


def conclude_novel_disease(finished: Finished) -> Conclusion:
    """Draw the scores over how many images were labelled."""
    name = finished.plan.comparisons[0].classes[0]
    scores, differences = finished.found
    source = finished.recipe.experiment.source or find_source(finished.table, name)
    where = scored_source(finished.table, name, source)
    combined = combine_seeds([scores]).filter(pl.col("class") == name, pl.col("source") == where)
    sizes = list(dict.fromkeys(arm.name.rsplit("-", 1)[1] for arm in finished.plan.arms))
    kinds = list(dict.fromkeys(arm.name.rsplit("-", 1)[0] for arm in finished.plan.arms))
    every = finished.plan.arm(f"alone-{EVERY}").tables[finished.seeds[0]]
    there = len(labelled_records(every, name))
    series = {kind: _series(combined, kind, sizes) for kind in kinds}
    answer = []
    for pair in finished.plan.comparisons:
        row = difference_row(differences, pair.first, pair.second, name, where)
        kind, size = pair.second.rsplit("-", 1)
        alone, helped = (
            say_score(mean_score(scores, arm, name, where)) for arm in (pair.first, pair.second)
        )
        answer.append(
            f"{size} labelled images: {alone} alone, {helped} with {kind} ({say_difference(row)})."
        )
    figure = Curves(
        title=f"AUROC of {name} over the number of labelled images",
        x_title="training images labelled for it",
        y_title="AUROC, all test images" if where == ALL else f"AUROC within {where}",
        x=tuple(float(there if size == EVERY else size) for size in sizes),
        x_names=tuple(f"all ({there:,})" if size == EVERY else f"{int(size):,}" for size in sizes),
        series=series,
        note=f"Means over {plural(len(finished.seeds), 'seed')}, each with its own draw of "
        "images; bands: 95 % intervals over patients.",
    )
    return Conclusion(tuple(answer), (figure,))


def _series(combined: pl.DataFrame, kind: str, sizes: list[str]) -> Float[np.ndarray, "points 3"]:
    columns = ["auroc_score", "auroc_low", "auroc_high"]
    rows = [
        combined.filter(pl.col("method") == f"{kind}-{size}").select(columns).row(0)
        for size in sizes
    ]
    return np.array(rows, dtype=np.float64)


NOVEL_DISEASE = Experiment(
    title="A novel disease with few labels",
    question="How many labelled images of a new disease do the labels of other diseases, from "
    "other sources, stand in for?",
    plan=plan_novel_disease,
    conclude=conclude_novel_disease,
    papers=(
        ("COVIDx, 400 test images, accuracy", "96.3 -> 99.3", "Zhu 2022"),
        ("the same, with pneumonia labels", "93.5 -> 96.75; semi-supervised 97.75", "Zhu 2022"),
        ("1,000 labelled COVID images", "do the work of 15,000", "Zhu 2022"),
    ),
)
