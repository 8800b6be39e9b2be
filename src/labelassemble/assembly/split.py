"""One joint split of all sources: no picture and no patient on two sides of it."""

from collections.abc import Collection, Sequence

import numpy as np
import polars as pl
from jaxtyping import Bool, Float

from labelassemble.assembly.roles import WISHES, ask_sources, place_pictures
from labelassemble.assembly.stratify import PARTS, split_groups
from labelassemble.settings import AssemblySettings, SourceSettings


def split_pictures(
    images: pl.DataFrame,
    cells: pl.DataFrame,
    settings: AssemblySettings,
    sources: Sequence[SourceSettings],
    unlabelled: Collection[str],
    generator: np.random.Generator,
) -> pl.DataFrame:
    """Say which part every picture belongs to.

    What sources ask for wins (``split`` and ``test_list`` of their settings, their official split):
    test before validation before training. The rest is drawn over groups, stratified by class and
    source, so that it depends on the seed and on nothing else.

    Args:
        images: columns picture_row, group (row of its first picture), source, official_split,
            listed (Boolean: in its source's test list); one row an image that a picture holds.
        cells: columns picture (picture_row), class, label, source.
        settings: fractions.
        sources: the recipe's sources.
        unlabelled: sources that annotated none of the classes; they train only.
        generator: draws one number a group.

    Returns:
        Columns picture_row, group (0, 1, ... in the order of pictures), split, split_reason,
        prevented (Boolean: an image of it was kept from where it would have leaked), sorted.

    Raises:
        AssemblyError: a source without labels is to be the test part.
    """
    pictures = _gather_wishes(images, sources, unlabelled)
    groups = pictures.group_by("group").agg(pl.col("wish", "picture_row").min())
    groups = groups.sort("picture_row").drop("picture_row")
    strata, essential = _find_strata(pictures, cells, groups)
    part = split_groups(
        groups["wish"].to_numpy(),
        strata,
        essential,
        draw_priorities(generator, groups.height),
        settings.test_fraction,
        settings.validation_fraction,
    )
    forced = pl.col("wish").is_in([WISHES.index("test"), WISHES.index("validate")])
    placed = groups.select(
        "group",
        forced=forced,
        number=pl.int_range(pl.len(), dtype=pl.Int64),
        part=pl.Series(list(PARTS)).gather(part),
    )
    pictures = pictures.join(placed, on="group", how="left", maintain_order="left")
    return pl.concat(
        [pictures.select("picture_row", group="number"), place_pictures(pictures)],
        how="horizontal",
    )


def draw_priorities(generator: np.random.Generator, groups: int) -> Float[np.ndarray, " groups"]:
    """Draw one number in [0, 1) per group: the order in which the split takes them."""
    return generator.random(groups)


def _gather_wishes(
    images: pl.DataFrame, sources: Sequence[SourceSettings], unlabelled: Collection[str]
) -> pl.DataFrame:
    """One row a picture: what its images ask for together; sorted by picture_row."""
    validate, rest = WISHES.index("validate"), WISHES.index("rest")
    asked = pl.concat(
        [
            images.select("picture_row", "group", "source"),
            ask_sources(images, sources, unlabelled),
        ],
        how="horizontal",
    )
    return (
        asked.sort("picture_row", "wish", "wish_reason")
        .group_by("picture_row", maintain_order=True)
        .agg(
            pl.col("group", "wish", "wish_reason").first(),
            never_test=pl.col("wish").is_between(validate, rest).any(),
            train_only=(pl.col("wish") == WISHES.index("train")).any(),
            labelled=~pl.col("source").is_in(sorted(unlabelled)).all(),
        )
    )


def _find_strata(
    pictures: pl.DataFrame, cells: pl.DataFrame, groups: pl.DataFrame
) -> tuple[Bool[np.ndarray, "groups strata"], Bool[np.ndarray, " strata"]]:
    """What each group holds, and which of that validation needs.

    Strata are the known positives and negatives of each class (needed), and the same by the source
    that said so.
    """
    number = groups.select("group", number=pl.int_range(pl.len(), dtype=pl.Int64))
    sure = cells.filter(pl.col("label").is_in([0.0, 1.0])).select(
        "class", "label", "source", picture_row="picture"
    )
    # Pictures that a forced group leaves unused bring nothing to it.
    forced = pl.col("wish").min().over("group")
    usable = pictures.filter(
        ~((forced == WISHES.index("test")) & pl.col("wish").is_between(1, 3))
        & ~((forced == WISHES.index("validate")) & (pl.col("wish") == WISHES.index("train")))
    )
    held = sure.join(
        usable.join(number, on="group").select("picture_row", "number"), on="picture_row"
    )
    by_class = held.select("number", stratum=pl.struct("class", "label", source=pl.lit("")))
    by_source = held.select("number", stratum=pl.struct("class", "label", "source"))
    both = pl.concat([by_class, by_source]).unique()
    names = both.select(pl.col("stratum").unique()).unnest("stratum")
    names = names.sort("class", "label", "source").with_row_index("column")
    both = both.unnest("stratum").join(names, on=["class", "label", "source"])
    strata = np.zeros((groups.height, names.height), dtype=bool)
    strata[both["number"].to_numpy(), both["column"].to_numpy()] = True
    return strata, (names["source"] == "").to_numpy()
