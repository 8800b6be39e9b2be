"""Lists of images in JSON or JSON lines, read."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from labelassemble.errors import SourceError, plural, some
from labelassemble.sources.box_columns import BoxColumns, read_boxes
from labelassemble.sources.encodings.json_list import JsonList
from labelassemble.sources.input_file import InputFile
from labelassemble.sources.label_files.annotation_files import parse_json, read_annotation_files
from labelassemble.sources.problems import AT_ONCE, Problems
from labelassemble.sources.rows import Rows, make_rows
from labelassemble.sources.table_bytes import decode_text

_BOX = ("box 1", "box 2", "box 3", "box 4")


def read_json_list(
    folder: Path, labels: JsonList, problems: Problems = AT_ONCE
) -> tuple[Rows, tuple[InputFile, ...]]:
    """Read JSON lists: a row a finding, and one for each image without any.

    Args:
        folder: the source's folder.
        labels: which files, and their keys.
        problems: takes files that are no such list, objects without the keys, findings and boxes
            that are not as many, boxes without an area.

    Raises:
        SourceError: a file that is missing.
        NothingLeftError: no file could be read.
    """

    def read_one(content: bytes, path: Path) -> Rows:
        place = path.relative_to(folder).as_posix()
        return _read_one(_parse(content, str(path), labels), place, labels, problems)

    patients = labels.patient_pattern, "patient" if labels.patient else "image"
    return read_annotation_files(folder, labels.file, read_one, patients, problems)


def _parse(content: bytes, place: str, labels: JsonList) -> list[dict[str, Any]]:
    found = parse_json(decode_text(content, place), place, lines=True)
    where = "a list of objects, one an image"
    if labels.under is not None:
        if not isinstance(found, dict) or labels.under not in found:
            keys = some(found, 5) if isinstance(found, dict) else type(found).__name__
            raise SourceError(f"a key {labels.under!r} in {place}", keys, "Fix labels.under")
        found, where = found[labels.under], f"{where}, under {labels.under!r}"
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found) or not found:
        keys = some(found, 5) if isinstance(found, dict) else type(found).__name__
        raise SourceError(
            f"{where} in {place}",
            f"{'an empty list' if found == [] else keys}",
            "Name the annotation file in labels.file, and in labels.under the key of the list",
        )
    wanted = [labels.image, labels.findings, *filter(None, (labels.boxes, labels.patient))]
    for number, one in enumerate(found, start=1):
        if lost := [key for key in wanted if key not in one]:
            raise SourceError(
                f"the keys {some(wanted)} in every object of {place}",
                f"object {number} without {some(map(repr, lost))}; it has {some(one, 6)}",
                "Name the right keys in the manifest, or fix that object",
            )
    return found


def _read_one(
    objects: list[dict[str, Any]], place: str, labels: JsonList, problems: Problems
) -> Rows:
    """A row for each finding, and one for each image without any."""
    rows: list[tuple[str, str, str, list[str]]] = []
    uneven: list[str] = []
    for one in objects:
        image, said = _text(one[labels.image]), one[labels.findings]
        patient = _text(one[labels.patient]) if labels.patient else ""
        words = [_text(word) for word in said] if isinstance(said, list) else [_text(said)]
        boxes = one[labels.boxes] if labels.boxes else []
        boxes = boxes if isinstance(boxes, list) else [boxes]
        words = [word for word in words if word] if not boxes else words
        if labels.boxes and len(boxes) != len(words):
            uneven.append(image)
            boxes = []
        if not words:
            rows.append((image, patient, "", [""] * 4))
        for number, word in enumerate(words):
            rows.append((image, patient, word, _corners(boxes[number]) if boxes else [""] * 4))
    if uneven:
        problems.note(
            f"as many {labels.boxes} as {labels.findings} of each image",
            f"{plural(len(uneven), 'image')} of {place} with other numbers of both",
            "Fix those objects, or leave labels.boxes out",
            count=len(uneven),
            example=uneven[0],
        )
    made = make_rows(
        [image for image, *_ in rows],
        {"patient": [patient for _, patient, _, _ in rows]},
        words=[word for _, _, word, _ in rows],
    )
    cells = made.cells.with_columns(
        pl.Series(name, [box[axis] for *_, box in rows], pl.String)
        for axis, name in enumerate(_BOX)
    )
    facts = made.facts.with_columns(file=pl.lit(place))
    where = BoxColumns(_BOX, labels.format, labels.frame)
    filled, boxes_read, aside = read_boxes(facts, cells, where, problems)
    boxes_read = boxes_read.with_columns(term=cells["words"].filter(filled))
    return replace(made, facts=facts, cells=cells, boxes=boxes_read).exclude(aside)


def _corners(box: Any) -> list[str]:
    """Four numbers as text; what is no box of four is left for `read_boxes` to refuse."""
    if isinstance(box, list) and len(box) == 4:
        return [_text(one) for one in box]
    return [json.dumps(box), "", "", ""]


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value.strip() if isinstance(value, str) else json.dumps(value)
