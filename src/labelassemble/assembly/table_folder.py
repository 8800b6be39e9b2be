"""Writing an assembled table to a folder, and reading it back."""

import json
import os
import shutil
from pathlib import Path

import polars as pl

from labelassemble.assembly.assembled_table import FRAMES, AssembledTable, fits_columns
from labelassemble.errors import AssemblyError, some
from labelassemble.sources.mask_legend import MaskLegend

DESCRIPTION = "assembled.json"
FORMAT = 4


def write_table(table: AssembledTable, folder: Path) -> None:
    """Write a Parquet file a frame and ``assembled.json``; the same table, the same bytes.

    Everything is written to a folder aside, which then takes the place of ``folder`` as a whole.

    Raises:
        AssemblyError: ``folder`` is a file, or holds something that is not an assembled table.
    """
    _refuse_foreign(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = folder.with_name(f".{folder.name}.{os.getpid()}")
    former = folder.with_name(f".{folder.name}.{os.getpid()}.former")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir()
    try:
        for name in FRAMES:
            frame: pl.DataFrame = getattr(table, name)
            frame.write_parquet(
                aside / f"{name}.parquet",
                compression="zstd",
                compression_level=3,
                statistics=True,
                row_group_size=250_000,
            )
        description = {
            "format": FORMAT,
            "classes": list(table.classes),
            "scopes": {source: list(scope) for source, scope in table.scopes.items()},
            "legends": {name: one.model_dump(mode="json") for name, one in table.legends.items()},
            "manifest": table.manifest,
        }
        text = json.dumps(description, indent=2, ensure_ascii=False, allow_nan=False)
        (aside / DESCRIPTION).write_text(text + "\n", encoding="utf-8")
        if folder.exists():
            folder.rename(former)
        aside.rename(folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
        shutil.rmtree(former, ignore_errors=True)


def find_table(folder: Path) -> Path:
    """Give the table's folder: this one, or ``assembled`` in it (a recipe's output).

    Raises:
        AssemblyError: neither holds a table.
    """
    for place in (folder / "assembled", folder):
        if (place / DESCRIPTION).is_file():
            return place
    raise AssemblyError(
        "the folder of an assembled table, or a recipe's output that holds one",
        f"{folder}: {'no ' + DESCRIPTION + ' in it' if folder.is_dir() else 'no such folder'}",
        "Name another folder, or run labelassemble assemble first",
    )


def read_assembled(folder: Path) -> AssembledTable:
    """Read what ``write_table`` wrote.

    Raises:
        AssemblyError: no such folder, a file is missing or damaged, or columns are not as written.
    """
    place = folder / DESCRIPTION
    try:
        description = json.loads(place.read_text(encoding="utf-8"))
        if description["format"] != FORMAT:
            raise _damaged(place, f"format {description['format']}, of another version")
        frames = {name: _read_frame(folder, name) for name in FRAMES}
        return AssembledTable(
            classes=tuple(description["classes"]),
            scopes={source: tuple(scope) for source, scope in description["scopes"].items()},
            legends={
                name: MaskLegend.model_validate(one) for name, one in description["legends"].items()
            },
            manifest=description["manifest"],
            **frames,
        )
    except OSError as error:
        raise _damaged(place, error.strerror or str(error)) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _damaged(place, f"{type(error).__name__}: {str(error).splitlines()[0]}") from error


def _read_frame(folder: Path, name: str) -> pl.DataFrame:
    place = folder / f"{name}.parquet"
    try:
        with place.open("rb") as file:
            frame = pl.read_parquet(file)
    except OSError as error:
        raise _damaged(place, error.strerror or str(error)) from error
    except pl.exceptions.PolarsError as error:
        raise _damaged(place, f"not a Parquet file: {str(error).splitlines()[0]}") from error
    if not fits_columns(frame, name):
        raise _damaged(place, f"columns {some(frame.columns)}")
    return frame


def _damaged(place: Path, got: str) -> AssemblyError:
    return AssemblyError(
        f"an assembled table's file at {place} (format {FORMAT})",
        got,
        "Assemble again: labelassemble assemble",
    )


def _refuse_foreign(folder: Path) -> None:
    """A folder that is replaced as a whole must hold nothing else."""
    ours = {DESCRIPTION, *(f"{name}.parquet" for name in FRAMES)}
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
