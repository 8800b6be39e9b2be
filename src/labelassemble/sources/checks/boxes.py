"""Boxes that cannot be read, or that leave their frame."""

from pathlib import Path

import polars as pl

from labelassemble.errors import SourceError, some
from labelassemble.sources.box_table import read_box_table
from labelassemble.sources.checks.tables import read_headers
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.optional_files import any_there
from labelassemble.sources.problems import (
    Problem,
    name_nearest,
    note_error,
    plural,
    problem,
    remark,
)
from labelassemble.sources.rows import NO_BOXES


def check_box_table(
    folder: Path, manifest: Manifest, images: pl.Series
) -> tuple[pl.DataFrame, pl.DataFrame | None, list[Problem]]:
    """Read the table of boxes beside the labels; note what is wrong with it.

    Args:
        folder: where tables lie.
        manifest: says where boxes stand.
        images: names of the images.

    Returns:
        ``BOX_COLUMNS``, none where they cannot be read; ``LEFT_OUT``, boxes on other images, if
        there are any; and the notes.
    """
    layout = manifest.boxes
    if layout is None:
        return NO_BOXES, None, []
    if not any_there(folder, layout.file):
        note = remark(
            f"the table of boxes {some(layout.file)} is not there",
            "Put it there, or go on without boxes",
        )
        return NO_BOXES, None, [note]
    headers, notes = read_headers(folder, layout.file, layout.separator)
    wanted = {"boxes.image": layout.image, "boxes.column": layout.column}
    wanted |= {f"boxes.box {place}": name for place, name in enumerate(layout.box, 1)}
    for header in headers:
        for key, name in wanted.items():
            if name and name not in header.names:
                near = name_nearest(name, header.names)
                what = f"no column {name!r} ({key}) in {header.place}{near}"
                notes.append(problem(what, "Mend the name in the manifest"))
    if notes:
        return NO_BOXES, None, notes
    try:
        boxes, lost, _ = read_box_table(folder, layout, images)
    except SourceError as error:
        return NO_BOXES, None, [note_error(error)]
    if boxes.is_empty():
        boxes = NO_BOXES
    return boxes, lost, notes


def check_boxes(boxes: pl.DataFrame) -> list[Problem]:
    """Remark on boxes outside their frame, where it is known, or left of or above 0.

    Args:
        boxes: ``BOX_COLUMNS``.
    """
    notes = []
    outside = boxes.filter(
        (pl.col("x_min") < 0)
        | (pl.col("y_min") < 0)
        | (pl.col("x_max") > pl.col("frame_width"))
        | (pl.col("y_max") > pl.col("frame_height"))
    ).sort("image")
    if outside.height:
        first = outside.row(0, named=True)
        corners = ", ".join(f"{first[name]:g}" for name in ("x_min", "y_min", "x_max", "y_max"))
        size = f"{first['frame_width']} x {first['frame_height']}" if first["frame_width"] else ""
        notes.append(
            remark(
                f"{plural(outside.height, 'box leaves', 'boxes leave')} the frame"
                + (f" of {size} pixels" if size else ""),
                "Check the format and the frame of the boxes, or mend those boxes",
                count=outside.height,
                example=f"{first['image']}: {corners}",
            )
        )
    return notes
