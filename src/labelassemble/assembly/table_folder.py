"""Writing an assembled table to a folder, and reading it back."""

import errno
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from labelassemble.assembly.assembled_table import (
    FRAMES,
    AssembledTable,
    fits_columns,
    hold_cells,
)
from labelassemble.assembly.long_frame import PART, LongFrame, hold_frame, write_parquet
from labelassemble.errors import AssemblyError, some
from labelassemble.recipe import write_recipe
from labelassemble.settings import Recipe
from labelassemble.sources.mask_legend import MaskLegend
from labelassemble.storage.located_frame import find_places, tell_locations
from labelassemble.storage.read_unmixed import await_folder, read_unmixed
from labelassemble.storage.sums import SUMS, write_sums
from labelassemble.storage.write_aside import write_folder_aside

TABLE, DESCRIPTION = "assembled", "assembled.json"
SETTINGS, CONTENTS = "settings.json", "contents.parquet"
FORMAT = 4
FRAME_FILES = tuple(f"{name}.parquet" for name in FRAMES)


class SavedTable(NamedTuple):
    """What a folder holds.

    Attributes:
        table: the table.
        settings: the recipe that it was assembled with, as ``write_recipe`` saved it; of a table
            that an earlier version assembled, what that left beside the folder; empty: none.
        contents: record to the SHA-256 (hexadecimal) of its image file as it was assembled;
            empty: nobody noted it.
    """

    table: AssembledTable
    settings: dict[str, Any]
    contents: dict[str, str]


def write_table(
    table: AssembledTable,
    folder: Path,
    recipe: Recipe | None = None,
    contents: Mapping[str, str] | None = None,
) -> None:
    """Write a Parquet file a frame and ``assembled.json``; the same table, the same bytes.

    Everything is written to a folder aside, which then takes the place of ``folder`` as a whole,
    with its settings and its checksums: nobody sees the table of one recipe and the settings of
    another.

    Args:
        table: what is written.
        folder: where to; a former table is replaced.
        recipe: the settings that it was assembled with; None: no file tells them.
        contents: as in ``SavedTable``.

    Raises:
        AssemblyError: ``folder`` is a file, or holds something that is not an assembled table.
    """
    _refuse_foreign(folder)
    with write_folder_aside(folder, replace=True, locked=True) as aside:
        for name in FRAMES:
            write_parquet(_tell_frame(table.in_parts(name)), aside / f"{name}.parquet")
        description = {
            "format": FORMAT,
            "classes": list(table.classes),
            "scopes": {source: list(scope) for source, scope in table.scopes.items()},
            "legends": {name: one.model_dump(mode="json") for name, one in table.legends.items()},
            "manifest": table.manifest,
        }
        text = json.dumps(description, indent=2, ensure_ascii=False, allow_nan=False)
        (aside / DESCRIPTION).write_text(text + "\n", encoding="utf-8")
        if recipe is not None:
            write_recipe(recipe, aside / SETTINGS)
        if contents is not None:
            frame = pl.DataFrame({"record": list(contents), "sha256": list(contents.values())})
            frame.write_parquet(aside / CONTENTS, compression="zstd")
        write_sums(aside)


def find_table(folder: Path) -> Path:
    """Give the table's folder: this one, or ``assembled`` in it (a recipe's output).

    Raises:
        AssemblyError: neither holds a table.
    """
    for place in (folder / TABLE, folder):
        if await_folder(place) and (place / DESCRIPTION).is_file():
            return place
    raise AssemblyError(
        "the folder of an assembled table, or a recipe's output that holds one",
        f"{folder}: {'no ' + DESCRIPTION + ' in it' if folder.is_dir() else 'no such folder'}",
        "Name another folder, or run labelassemble assemble first",
    )


def is_assembled(output: Path) -> bool:
    """Tell whether a recipe's output holds a table."""
    return await_folder(output / TABLE) and (output / TABLE / DESCRIPTION).is_file()


def read_assembled(folder: Path) -> AssembledTable:
    """Read what ``write_table`` wrote.

    Raises:
        AssemblyError: no such folder, a file is missing or damaged, or columns are not as written.
    """
    return read_saved(folder).table


def read_saved(folder: Path) -> SavedTable:
    """Read a table and what was saved with it, all of one writing.

    Raises:
        AssemblyError: as ``read_assembled``.
    """
    place = folder / DESCRIPTION
    try:
        files = read_unmixed(folder, (DESCRIPTION, SETTINGS, CONTENTS, *FRAME_FILES))
        description = json.loads(_of(files, place))
        if description["format"] != FORMAT:
            raise _damaged(place, f"format {description['format']}, of another version")
        frames = {
            name: _read_frame(files, folder / f"{name}.parquet")
            for name in FRAMES
            if name != "cells"
        }
        cells = _read_parts(files, folder / "cells.parquet")
        table = AssembledTable(
            classes=tuple(description["classes"]),
            scopes={source: tuple(scope) for source, scope in description["scopes"].items()},
            legends={
                name: MaskLegend.model_validate(one) for name, one in description["legends"].items()
            },
            manifest=description["manifest"],
            cells=cells.make(0, 0),
            **frames,
        )
        table = hold_cells(table, cells)
        before = folder.with_name(SETTINGS)
        told = files[SETTINGS] if SETTINGS in files else _read_if_there(before)
        place = folder / SETTINGS if SETTINGS in files else before
        return SavedTable(table, dict(json.loads(told)), _read_contents(files))
    except OSError as error:
        raise _damaged(Path(error.filename or place), error.strerror or str(error)) from error
    except (ValueError, KeyError, TypeError, AttributeError, pl.exceptions.PolarsError) as error:
        raise _damaged(place, f"{type(error).__name__}: {str(error).splitlines()[0]}") from error


def _read_contents(files: Mapping[str, bytes]) -> dict[str, str]:
    if CONTENTS not in files:
        return {}
    data = files[CONTENTS]
    return dict(pl.read_parquet(data).select("record", "sha256").iter_rows())


def _read_if_there(place: Path) -> bytes:
    return place.read_bytes() if place.is_file() else b"{}"


def _of(files: Mapping[str, bytes], place: Path) -> bytes:
    if place.name not in files:
        raise _damaged(place, os.strerror(errno.ENOENT))
    return files[place.name]


def _read_frame(files: Mapping[str, bytes], place: Path) -> pl.DataFrame:
    return _parse(_of(files, place), place, pl.read_parquet)


def _read_parts(files: Mapping[str, bytes], place: Path) -> LongFrame:
    """A file's rows; of a long one what it holds packed is held, and read as it is asked for."""
    data = _of(files, place)

    def make(start: int, length: int) -> pl.DataFrame:
        return _parse(
            data, place, lambda data: pl.scan_parquet(data).slice(start, length).collect()
        )

    counted = _parse_any(data, place, lambda data: pl.scan_parquet(data).select(pl.len()).collect())
    height = int(counted.item())
    return LongFrame(height, make) if height > PART else hold_frame(make(0, height))


def _tell_frame(frame: LongFrame) -> LongFrame:
    """A frame whose paths are written as locations, where they stand for these."""
    return LongFrame(frame.height, lambda start, length: tell_locations(frame.make(start, length)))


def _parse(data: bytes, place: Path, parse: Callable[[bytes], pl.DataFrame]) -> pl.DataFrame:
    frame = _parse_any(data, place, parse)
    if not fits_columns(frame, place.stem):
        raise _damaged(place, f"columns {some(frame.columns)}")
    return find_places(frame)


def _parse_any(data: bytes, place: Path, parse: Callable[[bytes], pl.DataFrame]) -> pl.DataFrame:
    try:
        return parse(data)
    except pl.exceptions.PolarsError as error:
        raise _damaged(place, f"not a Parquet file: {str(error).splitlines()[0]}") from error


def _damaged(place: Path, got: str) -> AssemblyError:
    return AssemblyError(
        f"an assembled table's file at {place} (format {FORMAT})",
        got,
        "Assemble again: labelassemble assemble",
    )


def _refuse_foreign(folder: Path) -> None:
    """A folder that is replaced as a whole must hold nothing else."""
    ours = {DESCRIPTION, SETTINGS, CONTENTS, SUMS, *FRAME_FILES}
    if folder.exists() and not folder.is_dir():
        got = f"a file at {folder}"
    elif folder.is_dir() and (foreign := {entry.name for entry in folder.iterdir()} - ours):
        got = f"{folder} also holds {some(sorted(foreign))}"
    else:
        return
    raise AssemblyError(
        "a new folder, or one that holds an assembled table and nothing else",
        got,
        "Choose another folder, or move those files away",
    )
