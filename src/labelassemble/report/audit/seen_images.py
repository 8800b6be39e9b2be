"""How many held-out images training has seen already: as the same image, or the same person."""

from typing import NamedTuple

import polars as pl

EARLIER = {"validate": ["train"], "test": ["train", "validate"]}
"""Held-out parts, and the parts that must not hold what they hold."""


class SeenImages(NamedTuple):
    """Images of one held-out part.

    Attributes:
        part: ``validate`` or ``test``.
        images: how many it holds.
        image: of these, images whose very image stands in an earlier part: train, and for test
            validate too.
        person: likewise, images of whose person an image stands there.
    """

    part: str
    images: int
    record: int
    person: int


def count_seen(images: pl.DataFrame) -> list[SeenImages]:
    """Count what a split shows twice.

    Args:
        images: columns row (of the image), group (of the person) and split; one row an image.

    Returns:
        One row for validate, one for test; all 0 in a split without a leak.
    """
    found = []
    for part, earlier in EARLIER.items():
        before = images.filter(pl.col("split").is_in(earlier))
        own = images.filter(pl.col("split") == part)
        record = own["row"].is_in(before["row"].unique().implode())
        person = own["group"].is_in(before["group"].unique().implode())
        found.append(SeenImages(part, own.height, int(record.sum()), int(person.sum())))
    return found


def place_split(placed: pl.DataFrame, split: pl.DataFrame) -> pl.DataFrame:
    """Find the images of a split that somebody else made.

    Args:
        placed: what ``place_members`` gave.
        split: columns image and split, and source where the names alone would not tell; an image
            may also be written ``source/image``. What the table does not hold is passed over.

    Returns:
        Columns row, group and split; one row an image.
    """
    full = pl.format("{}/{}", "source", "image")
    if "source" in split.columns:
        split = split.select("split", image=full)
    whole = placed.select("row", "group", name=full, image="image")
    named = pl.concat(
        [
            whole.select("row", "group", image="name"),
            whole.filter(pl.col("image") != pl.col("name")).select("row", "group", "image"),
        ]
    )
    return split.select("image", "split").join(named, on="image").select("row", "group", "split")
