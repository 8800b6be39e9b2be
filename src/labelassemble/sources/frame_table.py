"""A table of the sizes of images beside boxes that were drawn on them."""

from pathlib import Path

import polars as pl

from labelassemble.errors import plural, some
from labelassemble.sources.box_frame import FrameTable
from labelassemble.sources.input_file import InputFile
from labelassemble.sources.note_columns import note_columns
from labelassemble.sources.open_table import open_tables
from labelassemble.sources.parse_tables import parse_tables
from labelassemble.sources.problems import AT_ONCE, Problems
from labelassemble.sources.strip_suffix import strip_suffix


def read_frame_table(
    folder: Path, layout: FrameTable, boxes: pl.DataFrame, problems: Problems = AT_ONCE
) -> tuple[pl.DataFrame, tuple[InputFile, ...]]:
    """Say of boxes how large the images were that they were drawn on.

    Args:
        folder: the source's folder.
        layout: where that stands.
        boxes: ``BOX_COLUMNS``.
        problems: takes a table or columns that are not there, images that it does not hold, or
            holds with two sizes: boxes on them are left out.

    Returns:
        The boxes with ``frame_width`` and ``frame_height``, and the files read.
    """
    if boxes.is_empty():
        return boxes, ()
    keys = {
        layout.image: "frame_table.image",
        layout.width: "frame_table.width",
        layout.height: "frame_table.height",
    }
    tables = open_tables(
        folder, layout.file, keys, separator=layout.separator, header=(), problems=problems
    )
    if not tables or note_columns(tables, keys, (), problems):
        return boxes.clear(), ()
    read = parse_tables(tables, list(keys), problems)
    sides = [pl.col(one).cast(pl.Float64, strict=False) for one in (layout.width, layout.height)]
    sizes = (
        read.table.select(
            name=_name(layout.image),
            frame_width=sides[0].round().cast(pl.Int64, strict=False),
            frame_height=sides[1].round().cast(pl.Int64, strict=False),
        )
        .filter((pl.col("frame_width") >= 1) & (pl.col("frame_height") >= 1))
        .unique(maintain_order=True)
    )
    named = boxes.with_columns(name=_name("image"))
    sizes = sizes.filter(pl.col("name").is_in(named["name"].implode()))
    twice = sizes.filter(pl.col("name").is_duplicated())["name"].unique(maintain_order=True)
    once = sizes.filter(~pl.col("name").is_in(twice.implode()))
    found = named.drop("frame_width", "frame_height").join(
        once, on="name", how="left", maintain_order="left"
    )
    place = some(layout.file)
    for kind, odd in (
        (f"that {place} holds with several sizes", found["name"].is_in(twice.implode())),
        (f"whose size {place} does not hold", found["frame_width"].is_null()),
    ):
        if odd.any():
            problems.note(
                f"the size of each image that has boxes in {place}",
                f"{plural(int(odd.sum()), 'box', 'boxes')} on images {kind}",
                "Fix that table, or name another in frame_table",
                count=int(odd.sum()),
                example=found["image"].filter(odd)[0],
            )
            break
    whole = found.filter(pl.col("frame_width").is_not_null())
    return whole.select(boxes.columns), read.inputs


def _name(column: str) -> pl.Expr:
    """The name without folders and extension."""
    return strip_suffix(column).str.replace(r"^.*[/\\]", "")
