"""What all sources drew on the records of one table."""

from collections.abc import Sequence

import polars as pl

from labelassemble.assembly.assembled_table import MASK_COLUMNS
from labelassemble.vocabulary.class_table import ClassTable


def place_masks(tables: Sequence[ClassTable], images: pl.DataFrame) -> pl.DataFrame:
    """Give what is drawn on the images that the records of a table hold.

    Classes that the table does not have stay: what is drawn of them may say something of those
    that it has.

    Args:
        tables: the sources.
        images: columns source, image, record; one row an image that a record holds.

    Returns:
        ``MASK_COLUMNS``, sorted.
    """
    masks = pl.concat([one.masks.with_columns(source=pl.lit(one.source)) for one in tables])
    own = images.select("source", "image", "record")
    order = ["record", "source", "image", "term", "kind", "path", "number"]
    return (
        masks.join(own, on=["source", "image"], how="inner")
        .select(list(MASK_COLUMNS))
        .sort(*order, "x", "y", "z", "diameter_mm")
    )
