"""One text file an image: class number, centre and size as fractions, or the points of a polygon.

Source: Ultralytics, "Object Detection Datasets Overview" and "Instance Segmentation Datasets
Overview" (docs.ultralytics.com/datasets/detect and /segment); darknet writes the same lines.
"""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from labelassemble.errors import some
from labelassemble.sources.box_formats import BoxFormat, to_corners
from labelassemble.sources.label_files.label_file import (
    DrawnShape,
    LabelFile,
    LabelFileError,
    box_around,
)

_BOX: Final = 5
"""Numbers of a line with a box: class, and four of the box."""

LINE = "a class number and four numbers of a box, or the points of a polygon, on each line"


def parse_yolo(text: str, names: Sequence[str], form: BoxFormat, points: bool = False) -> LabelFile:
    """Read the lines of one file; a polygon becomes the box around it.

    Args:
        text: lines such as ``0 0.5 0.4 0.2 0.1``; none: nothing was found.
        names: of the classes, in the order of their numbers.
        form: how a box is written.
        points: whether key points follow each box, which are passed over.

    Raises:
        LabelFileError: a line that is none of these, or a class without a name.

    >>> parse_yolo("1 0.5 0.5 0.2 0.4", ["Mass", "Edema"], "centre_size").objects[0].word
    'Edema'
    """
    objects = []
    for number, line in enumerate(text.splitlines(), start=1):
        cells = line.split()
        if not cells:
            continue
        at = f"line {number}"
        try:
            values = [float(one) for one in cells]
        except ValueError as error:
            raise LabelFileError(
                LINE, "text among the numbers", "Fix those lines, or narrow labels.file", at
            ) from error
        if not all(math.isfinite(one) for one in values):
            raise LabelFileError(LINE, "a number that is not finite", "Fix those lines", at)
        word = _name(values[0], names, at)
        objects.append(DrawnShape(word, _find_box(values[1:], form, points, at)))
    return LabelFile(tuple(objects))


def _name(value: float, names: Sequence[str], at: str) -> str:
    if value != int(value) or value < 0:
        raise LabelFileError(LINE, f"the class number {value:g}", "Fix those lines", at)
    if value >= len(names) or not names[int(value)]:
        raise LabelFileError(
            f"class numbers from 0 to {len(names) - 1}: {some(names, 4)}",
            f"the class number {value:g}",
            "Name all classes in labels.names_file or labels.names, or fix those lines",
            at,
        )
    return names[int(value)]


def _find_box(
    numbers: list[float], form: BoxFormat, points: bool, at: str
) -> tuple[float, float, float, float]:
    if len(numbers) == _BOX:
        raise LabelFileError(
            LINE,
            "five numbers behind a class number, as a model's predictions have (the last one is "
            "its "
            "confidence)",
            "Name the label files in labels.file, not those of predictions",
            at,
        )
    if len(numbers) == 4 or (points and len(numbers) > _BOX):
        left, top, right, bottom = to_corners(np.array([numbers[:4]]), form)[0].tolist()
        if right > left and bottom > top:
            return left, top, right, bottom
        raise LabelFileError(
            f"boxes with an area, read as {form}",
            "a box that has none",
            'Fix those lines, or say how boxes are written: labels.format = "corners"',
            at,
        )
    if len(numbers) < 6 or len(numbers) % 2:
        raise LabelFileError(
            LINE, f"{len(numbers)} behind a class number", "Fix those lines, or the end of a file "
            "that was cut", at,
        )  # fmt: skip
    box = box_around(list(zip(numbers[::2], numbers[1::2], strict=True)))
    if box is None:
        raise LabelFileError("polygons with an area", "one that has none", "Fix those lines", at)
    return box
