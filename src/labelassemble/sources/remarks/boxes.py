"""Boxes that leave their frame."""

import polars as pl

from labelassemble.sources.problems import Problem, plural, remark


def remark_on_boxes(boxes: pl.DataFrame) -> list[Problem]:
    """Remark on boxes outside their frame, where it is known, or left of or above 0.

    Args:
        boxes: ``BOX_COLUMNS``.
    """
    outside = boxes.filter(
        (pl.col("x_min") < 0)
        | (pl.col("y_min") < 0)
        | (pl.col("x_max") > pl.col("frame_width"))
        | (pl.col("y_max") > pl.col("frame_height"))
    ).sort("image")
    if outside.is_empty():
        return []
    first = outside.row(0, named=True)
    corners = ", ".join(f"{first[name]:g}" for name in ("x_min", "y_min", "x_max", "y_max"))
    size = f"{first['frame_width']} x {first['frame_height']}" if first["frame_width"] else ""
    return [
        remark(
            f"{plural(outside.height, 'box leaves', 'boxes leave')} the frame"
            + (f" of {size} pixels" if size else ""),
            "Check the format and the frame of the boxes, or fix those boxes",
            count=outside.height,
            example=f"{first['image']}: {corners}",
        )
    ]
