"""Exported files on disk: written aside, then renamed; nothing that is not ours is overwritten."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from labelassemble.errors import SettingsError, some
from labelassemble.storage.send_object import fetch_former, send_object
from labelassemble.storage.write_aside import write_aside

RECORD = ".export.json"
"""Beside every export ``NAME`` stands ``NAME.export.json``: what was written, and its hashes."""


def write_files(
    output: Path, files: Mapping[str, bytes], about: Mapping[str, object]
) -> list[Path]:
    """Write the files of one export into the folder of ``output``, and a record of them.

    A file that is there already is replaced only if the record says that an earlier export wrote
    it, and it was not changed since. Everything is written aside and then renamed; an export that
    was stopped half-way can be repeated.

    Args:
        output: the export's first file; the record is called after it.
        files: name to content.
        about: what to say of them in the record, as JSON.

    Returns:
        The files in their order, then the record.

    Raises:
        SettingsError: a file that no export wrote, or that somebody changed; a folder that cannot
            be written to.

    Source: our own.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     written = write_files(Path(folder) / "a.csv", {"a.csv": b"record"}, {"form": "csv"})
    >>> [path.name for path in written]
    ['a.csv', 'a.csv.export.json']
    """
    record = output.with_name(output.name + RECORD)
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    try:
        for path in (record, *(output.with_name(name) for name in files)):
            fetch_former(path)
        former = read_record(record)
        _refuse_foreign(output.parent, hashes, former)
        output.parent.mkdir(parents=True, exist_ok=True)
        # Until all are renamed, the record vouches for the old files as well as for the new.
        replace_file(record, render_record({**about, "files": hashes, "former": former}))
        for name, content in files.items():
            replace_file(output.with_name(name), content)
        replace_file(record, render_record({**about, "files": hashes}))
    except OSError as error:
        raise SettingsError(
            f"a folder that can be written to at {output.parent}",
            f"{error.strerror or error}: {error.filename or output}",
            "Choose another output, or fix the folder's permissions",
        ) from error
    return [*(output.with_name(name) for name in files), record]


def read_record(record: Path) -> list[str]:
    """Give hashes of what an earlier export of this name wrote; without a record none.

    Raises:
        SettingsError: a file of the record's name that is none.
    """
    try:
        told: Any = json.loads(record.read_text(encoding="utf-8"))
        return sorted({*told["files"].values(), *told.get("former", [])})
    except FileNotFoundError:
        return []
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SettingsError(
            f"the record of an export at {record}",
            f"something else ({type(error).__name__})",
            "Choose another output, or move that file away",
        ) from error


def _refuse_foreign(folder: Path, hashes: Mapping[str, str], former: list[str]) -> None:
    foreign = []
    for name, own in hashes.items():
        path = folder / name
        if path.is_dir() or (
            path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() not in {own, *former}
        ):
            foreign.append(name)
    if foreign:
        raise SettingsError(
            f"no files in {folder} but those that an earlier export of this name wrote",
            f"{some(foreign)}: written by something else, or changed since",
            "Choose another output, or move these away",
        )


def render_record(record: Mapping[str, object]) -> bytes:
    """Write the record of an export as JSON."""
    text = json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False)
    return f"{text}\n".encode()


def replace_file(path: Path, content: bytes) -> None:
    """Write a file aside, then rename it; one that stands for a location is sent there."""
    with write_aside(path) as aside:
        aside.write_bytes(content)
    send_object(path)
