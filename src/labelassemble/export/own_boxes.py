"""Boxes of an assembled table in the pixels of each record's own file."""

from collections.abc import Mapping
from typing import NamedTuple

import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.export.monai_list import SAME_GRID
from labelassemble.files.image_size import ImageSize


class OwnBox(NamedTuple):
    """A box.

    Attributes:
        of_class: its name.
        x, y: left and upper edge in pixels of the file, y downwards.
        width, height: in pixels of the file.
        source: who drew it.
        reader: likewise; None: nobody says.
    """

    of_class: str
    x: float
    y: float
    width: float
    height: float
    source: str
    reader: str | None


def find_own_boxes(
    table: AssembledTable, sizes: Mapping[str, ImageSize]
) -> tuple[dict[str, list[OwnBox]], int]:
    """Scale boxes from the frame that they were drawn in to the file that a record names.

    Args:
        table: the assembled table.
        sizes: record to width and height of its file.

    Returns:
        Record to its boxes, and how many boxes lie on another member of the record, whose pixels
        are not the file's.
    """
    members = table.members.select(
        "record", "source", "image", fits=pl.col("evidence").is_in(SAME_GRID)
    )
    placed = table.boxes.join(
        members, on=["record", "source", "image"], how="left", maintain_order="left"
    )
    found: dict[str, list[OwnBox]] = {}
    elsewhere = 0
    for row in placed.iter_rows(named=True):
        size = sizes.get(row["record"])
        if size is None or not row["fits"]:
            elsewhere += 1
            continue
        across = size.width / (row["frame_width"] or size.width)
        down = size.height / (row["frame_height"] or size.height)
        left, top = row["x_min"] * across, row["y_min"] * down
        right, bottom = row["x_max"] * across, row["y_max"] * down
        sides = (left, top, right - left, bottom - top)
        box = OwnBox(row["class"], *sides, row["source"], row["reader"])
        found.setdefault(row["record"], []).append(box)
    return found, elsewhere
