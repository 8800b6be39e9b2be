"""Names in a list, and which image of a table each of them is."""

from typing import NamedTuple

import polars as pl

from labelassemble.sources.strip_suffix import strip_suffix


class NamesMatched(NamedTuple):
    """Which images a list names.

    Attributes:
        images: those that a name is, each once.
        lost: names that are no image.
        several: names that fit several images, with these.
    """

    images: pl.Series
    lost: pl.Series
    several: dict[str, list[str]]


def match_names(names: pl.Series, images: pl.Series) -> NamesMatched:
    """Find the image that each name of a list is.

    A name counts as written; or else without its extension, in any case of letters, however their
    accents are composed, and without the first folders that only one of the two has.

    Args:
        names: as listed.
        images: names of the images, each once.

    >>> match_names(pl.Series(["x/A.jpg", "b", "d"]), pl.Series(["a.png", "b.png"]))[0].to_list()
    ['a.png', 'b.png']
    """
    names = names.unique().alias("name")
    written = names.is_in(images.implode())
    exact, rest = names.filter(written), names.filter(~written).sort().to_frame()
    if rest.is_empty():
        return NamesMatched(exact, rest["name"], {})
    held = pl.DataFrame({"image": images}, schema={"image": pl.String})
    found = (
        _take_apart(rest, "name")
        .join(_take_apart(held, "image"), on="last", how="left", suffix=" held")
        .with_columns(
            rank=pl.when(pl.col("stem") == pl.col("stem held"))
            .then(0)
            .when(pl.col("folded") == pl.col("folded held"))
            .then(1)
            .when(_ends_with("folded", "folded held") | _ends_with("folded held", "folded"))
            .then(2)
        )
        .filter(pl.col("rank").is_not_null())
        .filter(pl.col("rank") == pl.col("rank").min().over("name"))
        .sort("name", "image")
    )
    several = found.filter(pl.col("name").is_duplicated())
    single = found.filter(~pl.col("name").is_duplicated())
    return NamesMatched(
        images=pl.concat([exact.alias("image"), single["image"]]).unique().sort(),
        lost=rest.filter(~pl.col("name").is_in(found["name"].implode()))["name"],
        several={
            name: several.filter(pl.col("name") == name)["image"].to_list()
            for name in several["name"].unique(maintain_order=True).head(100)
        },
    )


def _take_apart(frame: pl.DataFrame, column: str) -> pl.DataFrame:
    """Columns stem, folded (in small letters) and last (without folders) beside a path."""
    path = pl.col(column).str.replace_all("\\", "/", literal=True).str.normalize("NFC")
    frame = frame.with_columns(stem=path.str.strip_prefix("./"))
    frame = frame.with_columns(strip_suffix("stem"))
    frame = frame.with_columns(folded=pl.col("stem").str.to_lowercase())
    return frame.with_columns(last=pl.col("folded").str.split("/").list.last())


def _ends_with(whole: str, end: str) -> pl.Expr:
    return pl.col(whole).str.ends_with(pl.lit("/") + pl.col(end))
