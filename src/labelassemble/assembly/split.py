"""One joint split of all sources: no image and no patient on two sides of it."""

from collections.abc import Collection, Sequence

import numpy as np
import polars as pl
from jaxtyping import Bool, Float

from labelassemble.assembly.keep_split import join_seen, keep_split
from labelassemble.assembly.roles import BARRED, WISHES, ask_sources, place_records
from labelassemble.assembly.strata import StratumCells, find_strata
from labelassemble.assembly.stratify import NO_FOLD, PARTS, SplitSizes, split_groups
from labelassemble.settings import AssemblySettings, SourceSettings

TEST, VALIDATE, TRAIN = (WISHES.index(name) for name in ("test", "validate", "train"))


def split_records(
    images: pl.DataFrame,
    cells: StratumCells,
    settings: AssemblySettings,
    sources: Sequence[SourceSettings],
    unlabelled: Collection[str],
    generator: np.random.Generator,
    *,
    kept_from: str = "",
) -> pl.DataFrame:
    """Say which part every image belongs to.

    What sources ask for wins (``split`` and ``test_list`` of their settings, their official split):
    test before validation before training. The rest is drawn over groups, stratified by class and
    source, so that it depends on the seed and on nothing else.

    Args:
        images: columns record_row, record_number, group (row of its first image), source,
            official_split, listed (Boolean: in its source's test list), and, with ``kept_from``,
            seen (``seen_by_run.find_seen``); one row an image that an image holds.
        cells: the table's cells.
        settings: fractions and folds.
        sources: the recipe's sources.
        unlabelled: sources that annotated none of the classes; they train only.
        generator: draws one number a group.
        kept_from: the run whose split is kept; blank: none.

    Returns:
        Columns record_row, group (0, 1, ... in the order of images), split, fold (Int64),
        split_reason, prevented (Boolean: an image of it was kept from where it would have leaked),
        sorted.

    Raises:
        AssemblyError: a source without labels is to be the test part.
    """
    records = _gather_wishes(images, sources, unlabelled)
    if kept_from:
        records = keep_split(join_seen(records, images), kept_from).drop("seen")
    groups = records.group_by("group").agg(pl.col("wish", "record_row").min())
    groups = groups.sort("record_row").select(
        "group", "wish", number=pl.int_range(pl.len(), dtype=pl.Int64)
    )
    records = records.join(
        groups.select("group", "number", strongest="wish"),
        on="group",
        how="left",
        maintain_order="left",
    )
    strata = find_strata(cells, records["number"].to_numpy(), _find_usable(records), groups.height)
    part, fold = split_groups(
        groups["wish"].to_numpy(),
        strata,
        draw_priorities(generator, groups.height),
        SplitSizes(
            settings.test_fraction, settings.validation_fraction, settings.folds, settings.fold
        ),
    )
    number = records["number"].to_numpy()
    records = records.with_columns(
        forced=pl.col("strongest").is_in([TEST, VALIDATE]),
        part=pl.Series(PARTS).gather(part[number]),
    )
    placed = place_records(records)
    in_fold = placed["split"].is_in(["train", "validate"]) & pl.Series(fold[number] != NO_FOLD)
    return pl.concat(
        [
            records.select("record_row", group="number"),
            placed.with_columns(fold=pl.when(in_fold).then(pl.Series(fold[number]))),
        ],
        how="horizontal",
    )


def draw_priorities(generator: np.random.Generator, groups: int) -> Float[np.ndarray, " groups"]:
    """Draw one number in [0, 1) per group: the order in which the split takes them."""
    return generator.random(groups)


def _gather_wishes(
    images: pl.DataFrame, sources: Sequence[SourceSettings], unlabelled: Collection[str]
) -> pl.DataFrame:
    """One row an image: what its images ask for together; sorted by record_row."""
    asked = pl.concat(
        [
            images.select("record_row", "group", "source"),
            ask_sources(images, sources, unlabelled),
        ],
        how="horizontal",
    )
    first = asked.sort("record_row", "wish", "wish_reason").group_by(
        "record_row", maintain_order=True
    )
    return first.agg(
        pl.col("group", "wish", "wish_reason").first(),
        never_test=pl.col("wish").is_between(VALIDATE, WISHES.index("rest")).any(),
        train_only=(pl.col("wish") == TRAIN).any(),
        labelled=~pl.col("source").is_in(sorted(unlabelled)).all(),
    )


def _find_usable(records: pl.DataFrame) -> Bool[np.ndarray, " images"]:
    """Images that a forced group does not leave unused."""
    strongest, wish = pl.col("strongest"), pl.col("wish")
    lost = ((strongest == TEST) & wish.is_between(VALIDATE, WISHES.index("rest"))) | (
        (strongest == VALIDATE) & (wish == TRAIN)
    )
    return records.select(~lost & (wish != BARRED)).to_series().to_numpy()
