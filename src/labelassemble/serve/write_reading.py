"""A reading as a source of its own: a manifest, a table, and links to the images."""

import hashlib
import json
from contextlib import suppress
from pathlib import Path

import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.assembly.read_corrections import ANSWERS
from labelassemble.errors import ImageError
from labelassemble.export.csv_manifest import describe_permits
from labelassemble.files.open_file import read_file
from labelassemble.serve.reading_room import ReadingRoom
from labelassemble.sources.assessments import STATES
from labelassemble.storage.write_aside import write_aside, write_text

SOURCE_TABLE, SOURCE_MANIFEST, SOURCE_IMAGES = "readings.csv", "manifest.toml", "images"
"""In the folder of a reading."""


def write_reading(room: ReadingRoom, table: AssembledTable) -> None:
    """Write what readers answered as a source that `assemble` reads as any other.

    A row an image and reader, a column a class; a cell that nobody answered is blank. Images are
    links to the table's own files, which tell that they are the same records; what lies in an
    archive is copied.

    Args:
        room: the answers, and the folder.
        table: that the cells are of.

    Raises:
        OSError: it cannot be written.
    """
    known = {(one.source, one.image): one for one in room.cells}
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for (source, image, of_class, reader), said in room.answered().items():
        cell = known.get((source, image))
        if cell is None or cell.path is None:
            continue
        name = _link(cell.path, room.folder / SOURCE_IMAGES)
        if name is None:
            continue
        row = rows.setdefault((name, reader), {"image": name, "reader": reader})
        row |= {"patient": str(cell.person), "record": cell.record, of_class: said}
    classes = [name for name in table.classes if any(name in row for row in rows.values())]
    columns = ["image", "record", "patient", "reader", *classes]
    frame = pl.DataFrame(
        [{name: row.get(name, "") for name in columns} for row in rows.values()],
        schema=dict.fromkeys(columns, pl.String),
    )
    write_text(frame.write_csv(line_terminator="\n"), room.folder / SOURCE_TABLE)
    write_text(_render_manifest(classes, table), room.folder / SOURCE_MANIFEST)


def _link(path: Path, folder: Path) -> str | None:
    """Put an image into a folder under a name that any file system takes; None: it is gone."""
    name = hashlib.sha256(str(path).encode("utf-8", "surrogateescape")).hexdigest()[:16]
    name += "".join(path.suffixes[-1:]).lower()
    folder.mkdir(mode=0o700, exist_ok=True)
    place = folder / name
    if place.exists():
        return name
    if path.is_file():
        with suppress(FileExistsError):
            place.symlink_to(path.absolute())
        return name
    try:
        data = read_file(path)
    except ImageError:
        return None
    with write_aside(place) as aside:
        aside.write_bytes(data)
    return name


def _render_manifest(classes: list[str], table: AssembledTable) -> str:
    columns = ", ".join(json.dumps(name) for name in classes)
    values = ", ".join(f"{json.dumps(one)} = {json.dumps(STATES[s])}" for one, s in ANSWERS.items())
    return "\n".join(
        [
            "# What readers answered at the page of `labelassemble serve --review`.",
            'name = "readings"',
            'title = "Readings at the page of labelassemble"',
            'evidence = "radiologist"',
            *describe_permits(table),
            "",
            "[table]",
            f'file = "{SOURCE_TABLE}"',
            'image = "image"',
            'patient = "patient"',
            'reader = "reader"',
            "",
            "[images]",
            f'folder = "{SOURCE_IMAGES}"',
            "",
            "[labels]",
            'encoding = "finding_columns"',
            f"columns = [{columns}]",
            f"values = {{ {values} }}",
            "",
        ]
    )
