"""The boxes of all sources on the images of one table."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from labelassemble.assembly.assembled_table import BOX_COLUMNS
from labelassemble.assembly.overlap import NAMES_IT
from labelassemble.vocabulary.class_table import ClassTable


def place_boxes(
    tables: Sequence[ClassTable],
    images: pl.DataFrame,
    classes: Sequence[str],
    contents: pl.DataFrame | None,
) -> pl.DataFrame:
    """Give the boxes of a table's classes on the images that its images hold.

    Boxes in the pixels of their own image get its size as their frame where the image is read
    from another image, which may be a copy of another size.

    Args:
        tables: the sources.
        images: columns source, image, image, evidence; one row an image that an image holds.
        classes: of the table.
        contents: what is known of image files, columns source, image, frame; None: nothing.

    Returns:
        ``BOX_COLUMNS``, sorted.
    """
    own = images.select("source", "image", "record", other=pl.col("evidence") != NAMES_IT)
    boxes = [
        table.boxes.filter(pl.col("class").is_in(list(classes))).with_columns(
            source=pl.lit(table.source)
        )
        for table in tables
    ]
    placed = pl.concat(boxes).join(own, on=["source", "image"], how="inner")
    if contents is not None and "frame" in contents.columns:
        bare = pl.col("other") & pl.col("frame_width").is_null()
        sizes = contents.join(
            placed.filter(bare).select("source", "image").unique(), on=["source", "image"]
        ).drop_nulls("frame")
        frames = np.frombuffer(b"".join(sizes["frame"]), dtype="<u4").reshape(-1, 6)
        sides = sizes.select(
            "source",
            "image",
            height=pl.Series(frames[:, 0].astype(np.int64)),
            width=pl.Series(frames[:, 1].astype(np.int64)),
        )
        placed = placed.join(
            sides, on=["source", "image"], how="left", maintain_order="left"
        ).with_columns(
            frame_width=pl.when(bare).then("width").otherwise("frame_width"),
            frame_height=pl.when(bare).then("height").otherwise("frame_height"),
        )
    return placed.select(list(BOX_COLUMNS)).sort(
        "record", "class", "source", "x_min", "y_min", "x_max", "y_max", "reader"
    )
