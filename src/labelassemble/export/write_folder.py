"""An exported folder on disk: written aside as a whole, then renamed; nothing else is replaced."""

import hashlib
import os
import shutil
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path

from labelassemble.errors import SettingsError, some
from labelassemble.export.write_files import RECORD, read_record, render_record, replace_file
from labelassemble.storage.write_aside import find_former, forget_asides, write_folder_aside

LEFT_BY_READERS = (
    "__pycache__",
    ".ipynb_checkpoints",
    "*.cache",
    ".DS_Store",
    "Thumbs.db",
    "desktop.ini",
)
"""Names of what Python, Jupyter, YOLO's trainers and desktops leave in a folder that they read:
made again whenever it is missing."""

Content = bytes | Path | Callable[[Path], None]
"""Of a file in an exported folder: its bytes; a file elsewhere, to which it is a link; or what
writes it at a path that it is given."""


def write_folder(
    output: Path, files: Mapping[str, Content], about: Mapping[str, object]
) -> list[Path]:
    """Write the folder of one export, and a record of it beside it.

    A folder that is there already is replaced as a whole, and only if the record says that an
    earlier export wrote all that lies in it, or a reader left it there (``LEFT_BY_READERS``). An
    export that was stopped half-way can be repeated.

    Args:
        output: the folder; its record is called after it, as ``write_files`` does it.
        files: place below the folder, with ``/``, to content.
        about: what to say of them in the record, as JSON.

    Returns:
        The folder, then the record.

    Raises:
        SettingsError: a folder that no export wrote, or in which something was changed; one that
            cannot be written to.

    Source: our own.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     written = write_folder(Path(folder) / "a", {"b/c.csv": b"record"}, {"form": "csv"})
    >>> [path.name for path in written]
    ['a', 'a.export.json']
    """
    record = output.with_name(output.name + RECORD)
    try:
        former = read_record(record)
        find_former(output)
        forget_asides(output.parent, output.name)
        _refuse_foreign(output, former)
        with write_folder_aside(output, replace=True) as aside:
            for name, content in files.items():
                _write(aside / name, content)
            hashes = {name: _digest(aside / name) for name in files}
            # Until the folder is renamed, the record vouches for the old one and for the new.
            replace_file(record, render_record({**about, "files": hashes, "former": former}))
        replace_file(record, render_record({**about, "files": hashes}))
    except OSError as error:
        raise SettingsError(
            f"a folder that can be written to at {output.parent}",
            f"{error.strerror or error}: {error.filename or output}",
            "Choose another output, or fix the folder's permissions",
        ) from error
    return [output, record]


def _write(path: Path, content: Content) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif isinstance(content, Path):
        try:
            path.symlink_to(content)
        except OSError:  # A system without links, or one that does not allow them.
            shutil.copyfile(content, path)
    else:
        content(path)


def _digest(path: Path) -> str:
    """Hash a file, or where a link leads: the images behind links are not ours."""
    if path.is_symlink():
        return hashlib.sha256(b"link " + os.fsencode(path.readlink())).hexdigest()
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _is_left(name: Path) -> bool:
    return any(fnmatchcase(part, kind) for part in name.parts for kind in LEFT_BY_READERS)


def _refuse_foreign(output: Path, former: list[str]) -> None:
    if not os.path.lexists(output):
        return
    known = set(former)
    if output.is_symlink() or not output.is_dir():
        foreign = [output.name]
    else:
        inside = [path for path in sorted(output.rglob("*")) if path.is_symlink() or path.is_file()]
        names = {path: path.relative_to(output) for path in inside}
        foreign = [
            name.as_posix()
            for path, name in names.items()
            if not _is_left(name) and _digest(path) not in known
        ]
        if not inside:
            foreign = [] if not any(output.iterdir()) else [output.name]
    if foreign:
        raise SettingsError(
            f"nothing at {output} but what an earlier export of this name wrote",
            f"{some(foreign)}: written by something else, or changed since",
            "Choose another output, or move these away",
        )
