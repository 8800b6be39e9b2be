"""COCO files, read: images, categories, and annotations with boxes."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from labelassemble.errors import SourceError, some
from labelassemble.sources.box_columns import BoxColumns, read_boxes
from labelassemble.sources.box_formats import BoxFormat, to_numbers
from labelassemble.sources.encodings.coco_json import CocoJson
from labelassemble.sources.input_file import InputFile
from labelassemble.sources.label_files.annotation_files import parse_json, read_annotation_files
from labelassemble.sources.problems import AT_ONCE, Problems
from labelassemble.sources.rows import Rows, make_rows
from labelassemble.sources.table_bytes import decode_text

_BOX = ("x", "y", "width", "height")


def read_coco(
    folder: Path, labels: CocoJson, problems: Problems = AT_ONCE
) -> tuple[Rows, tuple[InputFile, ...]]:
    """Read COCO files: a row an annotation, and one for each image without any.

    Args:
        folder: the source's folder.
        labels: which files, and where they name patients.
        problems: takes files that are no COCO file, annotations on an image or of a category that
            is not there, boxes without an area.

    Raises:
        SourceError: a file that is missing.
        NothingLeftError: no file could be read.
    """

    def read_one(content: bytes, path: Path) -> Rows:
        place = path.relative_to(folder).as_posix()
        return _read_one(_parse(content, str(path)), str(path), place, labels, problems)

    patients = labels.patient_pattern, "image"
    return read_annotation_files(folder, labels.file, read_one, patients, problems)


def _parse(content: bytes, place: str) -> dict[str, Any]:
    found = parse_json(decode_text(content, place), place)
    keys = ("images", "annotations", "categories")
    if not isinstance(found, dict) or not all(isinstance(found.get(key), list) for key in keys):
        named = some(found, 5) if isinstance(found, dict) else type(found).__name__
        raise SourceError(
            f"a COCO file with {', '.join(keys)} at {place}",
            named or "an empty object",
            "Name the annotation file in labels.file",
        )
    return found


def _read_one(
    content: dict[str, Any], path: str, place: str, labels: CocoJson, problems: Problems
) -> Rows:
    """A row for each annotation, and one for each image without any."""
    name = _names(content["images"], "file_name", path)
    category = _names(content["categories"], "name", path)
    try:
        said = [
            (one["image_id"], one["category_id"], _find_box(one, labels.format))
            for one in content["annotations"]
        ]
        annotated = {image for image, _, _ in said}
        used = {one for _, one, _ in said}
    except (KeyError, TypeError, AttributeError) as error:
        raise _bad_entry(path, error) from error
    for kind, known, ids in (("images", name, annotated), ("categories", category, used)):
        if strange := sorted(map(str, ids - set(known))):
            problems.note(
                f"annotations of {kind} that {path} lists",
                f"{place} has annotations of {kind} that it does not list: ids {some(strange, 5)}",
                "Fix them",
                count=len(strange),
            )
    rows = [
        (name[image], category[one], box)
        for image, one, box in said
        if image in name and one in category
    ]
    rows += [(name[image], "", None) for image in name if image not in annotated]
    made = make_rows([image for image, _, _ in rows], words=[word for _, word, _ in rows])
    corners = [box or [""] * 4 for _, _, box in rows]
    numbers = {
        column: [str(corner[axis]) for corner in corners] for axis, column in enumerate(_BOX)
    }
    # Two annotations that say the same of the same place are one.
    cells = made.cells.with_columns(pl.Series(name, of, pl.String) for name, of in numbers.items())
    facts = made.facts.with_columns(file=pl.lit(place))
    where = BoxColumns(_BOX, labels.format, labels.frame)
    filled, boxes, aside = read_boxes(facts, cells, where, problems)
    boxes = boxes.with_columns(term=cells["words"].filter(filled))
    if labels.frame is None:
        boxes = boxes.with_columns(
            boxes["image"].replace_strict(one, default=None, return_dtype=pl.Int64).alias(side)
            for side, one in _sizes(content["images"]).items()
        )
    return replace(made, facts=facts, cells=cells, boxes=boxes).exclude(aside)


def _find_box(annotation: dict[str, Any], form: BoxFormat) -> list[Any] | None:
    """The box of an annotation, or around its polygons; none: it has neither."""
    box, parts = annotation.get("bbox"), annotation.get("segmentation")
    if isinstance(box, list) and len(box) == 4:
        return box
    points = [one for part in parts for one in part] if isinstance(parts, list) else []
    if (
        len(points) < 6
        or len(points) % 2
        or not all(isinstance(one, int | float) for one in points)
    ):
        return None
    x, y = points[::2], points[1::2]
    around = np.array([[min(x), min(y), max(x), max(y)]], dtype=np.float64)
    found: list[Any] = to_numbers(around, form)[0].tolist()
    return found


def _sizes(images: list[Any]) -> dict[str, dict[str, int]]:
    """Width and height of the images that the file lists, where it says them."""
    sides: dict[str, dict[str, int]] = {"frame_width": {}, "frame_height": {}}
    for one in images:
        size = [one.get(name) for name in ("width", "height")]
        if all(isinstance(side, int | float) and side >= 1 for side in size):
            for of, side in zip(sides.values(), size, strict=True):
                of[str(one["file_name"])] = round(side)
    return sides


def _names(entries: list[Any], key: str, path: str) -> dict[Any, str]:
    """Id to name of a file's images or categories."""
    try:
        pairs = [(one["id"], str(one[key])) for one in entries]
        found = dict(pairs)
    except (KeyError, TypeError) as error:
        raise _bad_entry(path, error) from error
    if len(found) < len(pairs):
        twice = next(one for one in found if sum(one == other for other, _ in pairs) > 1)
        raise SourceError(
            f"a different id for every {key} in the COCO file {path}",
            f"{twice!r} of two entries",
            "Fix these entries",
        )
    return found


def _bad_entry(path: str, error: Exception) -> SourceError:
    return SourceError(
        f"ids and names in the COCO file {path}", f"an entry without {error}", "Fix that entry"
    )
