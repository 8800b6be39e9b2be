"""What each source asks of the split: held out, never held out, or free to be drawn."""

from collections.abc import Collection, Sequence

import polars as pl

from labelassemble.errors import AssemblyError, some
from labelassemble.settings import SourceSettings

WISHES = ("test", "validate", "train", "rest", "free", "follow", "barred")
"""What an image's source asks for, the strongest first.

test: held out for the scores. validate: held out for model choice. train: for training only, as
its source has a validation part of its own. rest: never test; validation may be drawn from it.
free: drawn into any part. follow: nobody labelled it, so it trains where its group trains.
barred: used nowhere, as what holds it out has been seen (``keep_split.py``).
"""

BARRED = WISHES.index("barred")

_DRAWN = "drawn"
"""The reason of an image whose sources left its part to the draw."""


def ask_sources(
    images: pl.DataFrame, sources: Sequence[SourceSettings], unlabelled: Collection[str]
) -> pl.DataFrame:
    """Say what each image's source asks for.

    Args:
        images: columns source, official_split (train, validate, test or null), listed (Boolean:
            in its source's ``test_list``).
        sources: the recipe's sources, with ``split`` and ``test_list``.
        unlabelled: sources that annotated none of the classes.

    Returns:
        Columns wish (Int8, index into ``WISHES``) and wish_reason, a row an image, same order.

    Raises:
        AssemblyError: a source without labels is to be the test part.
    """
    silent = [one.name for one in sources if one.split == "test" and one.name in unlabelled]
    if silent:
        raise AssemblyError(
            "labels in the sources with split = 'test'",
            f"{some(silent)} annotated none of the classes",
            "Give that source split = 'train', or add one of its classes to `classes`",
        )
    own_validation = set(
        images.filter(pl.col("official_split") == "validate")["source"].unique().to_list()
    )
    source, official = pl.col("source"), pl.col("official_split").fill_null("train")

    def those(names: Collection[str]) -> pl.Expr:
        return source.is_in(sorted(names))

    by_role = {
        role: [one.name for one in sources if one.split == role]
        for role in ("official", "train", "test")
    }
    with_list = [one.name for one in sources if one.test_list is not None]
    published = by_role["official"]
    validated = [name for name in published if name in own_validation]

    cases: list[tuple[pl.Expr, str, pl.Expr]] = [
        (those(by_role["test"]), "test", pl.format("{} is the test part", source)),
        (pl.col("listed"), "test", pl.format("test list of {}", source)),
        (
            those(published) & (official == "test"),
            "test",
            pl.format("official test of {}", source),
        ),
        (those(unlabelled), "follow", pl.format("{} has no labels", source)),
        (
            those(validated) & (official == "validate"),
            "validate",
            pl.format("official validate of {}", source),
        ),
        (those(validated), "train", pl.format("official train of {}", source)),
        (those([*published, *with_list, *by_role["train"]]), "rest", pl.lit(_DRAWN)),
    ]
    wish, reason = pl.lit(WISHES.index("free")), pl.lit(_DRAWN)
    for condition, name, why in reversed(cases):
        wish = pl.when(condition).then(pl.lit(WISHES.index(name))).otherwise(wish)
        reason = pl.when(condition).then(why).otherwise(reason)
    return images.select(wish=wish.cast(pl.Int8), wish_reason=reason)


def place_records(records: pl.DataFrame) -> pl.DataFrame:
    """Say where each image goes, given the part of its group.

    An image that its sources keep from the part of its group is ``unused``: using it anywhere
    else would leak.

    Args:
        images: columns part (train, validate or test: of the group), forced (Boolean: an image
            of the group asked for that part), wish (Int8: the strongest of its images),
            wish_reason (of the strongest), never_test and train_only (Boolean: an image of it
            asked for that), labelled (Boolean).

    Returns:
        Columns split, split_reason and prevented (Boolean: an image of it was meant for another
        part, where it would have leaked), a row an image, same order.
    """
    part, wish, labelled = pl.col("part"), pl.col("wish"), pl.col("labelled")
    test, validate = WISHES.index("test"), WISHES.index("validate")
    rest, free = WISHES.index("rest"), WISHES.index("free")
    fits = (
        pl.when(part == "test")
        .then(wish.is_in([test, free]))
        .when(part == "validate")
        .then(wish.is_in([validate, rest, free]))
        .otherwise(True)
    )
    barred = wish == BARRED
    used = fits & (labelled | (part == "train")) & ~barred
    reason = (
        pl.when(barred)
        .then("wish_reason")
        .when(~used & labelled)
        .then(pl.format("its patient is in {}", part))
        .when(~used)
        .then(pl.format("no labels, and its patient is in {}", part))
        .when((pl.col("wish_reason") == _DRAWN) & pl.col("forced"))
        .then(pl.format("its patient is in {}", part))
        .otherwise("wish_reason")
    )
    overruled = ((part == "test") & pl.col("never_test")) | (
        (part == "validate") & pl.col("train_only")
    )
    return records.select(
        split=pl.when(used).then(part).otherwise(pl.lit("unused")),
        split_reason=reason,
        prevented=~used | overruled,
    )
