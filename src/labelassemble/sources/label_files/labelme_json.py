"""One JSON file an image: the shapes that were drawn on it, as LabelMe writes them.

Source: LabelMe (github.com/wkentaro/labelme), keys ``shapes``, ``shape_type``, ``points``,
``imagePath``, ``imageWidth``, ``imageHeight`` and ``flags``.
"""

import json
import math
from typing import Any

from labelassemble.sources.label_files.label_file import (
    DrawnShape,
    LabelFile,
    LabelFileError,
    ShapeCorners,
    box_around,
    read_label_size,
)

_FORM = "a LabelMe file: an object with a list of shapes, each with a label and points"


def parse_labelme(text: str) -> LabelFile:
    """Read one file: of each shape the box around it; a flag of the image has no place.

    Args:
        text: JSON.

    Raises:
        LabelFileError: no JSON, no shapes, a shape without a label or without points.

    >>> shape = '{"label": "Mass", "points": [[5, 9], [1, 2]], "shape_type": "rectangle"}'
    >>> parse_labelme('{"shapes": [' + shape + "]}").objects[0].box
    (1.0, 2.0, 5.0, 9.0)
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        got = "an empty file" if not text.strip() else "no whole JSON"
        raise LabelFileError(_FORM, got, "Is the file whole? Write it again", str(error)) from error
    if not isinstance(found, dict) or not isinstance(found.get("shapes"), list):
        raise LabelFileError(_FORM, "JSON without a list of shapes", "Narrow labels.file")
    objects = [_read_shape(one, number) for number, one in enumerate(found["shapes"], start=1)]
    flags = found.get("flags")
    if isinstance(flags, dict):
        objects += [DrawnShape(str(name), None) for name, said in flags.items() if said is True]
    sides = [_side(found.get(name)) for name in ("imageWidth", "imageHeight")]
    image = found.get("imagePath")
    return LabelFile(
        tuple(objects), read_label_size(*sides), image if isinstance(image, str) else ""
    )


def _read_shape(shape: Any, number: int) -> DrawnShape:
    at = f"shape {number}"
    label = shape.get("label") if isinstance(shape, dict) else None
    if not isinstance(label, str) or not label.strip():
        raise LabelFileError(_FORM, "a shape without a label", "Name it, or take it out", at)
    written = shape.get("points")
    try:
        points = [(float(x), float(y)) for x, y in written or ()]
    except (TypeError, ValueError) as error:
        raise LabelFileError(
            _FORM, "points that are not two numbers each", "Fix them", at
        ) from error
    if not points or not all(math.isfinite(one) for point in points for one in point):
        raise LabelFileError(_FORM, "a shape without points", "Draw it again, or take it out", at)
    return DrawnShape(
        label.strip(), _find_box(points, str(shape.get("shape_type") or "polygon"), at)
    )


def _find_box(points: list[tuple[float, float]], kind: str, at: str) -> ShapeCorners | None:
    if kind != "circle":
        return box_around(points)
    if len(points) != 2:
        raise LabelFileError(
            _FORM, "a circle that is not its centre and a point on it", "Fix it", at
        )
    (x, y), rim = points
    radius = math.dist((x, y), rim)
    return box_around([(x - radius, y - radius), (x + radius, y + radius)])


def _side(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None
