"""Files of a source by their names or patterns, plain, packed or in an archive."""

import os
import unicodedata
from collections import deque
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path, PureWindowsPath

from labelassemble.errors import ImageError, SourceError, some
from labelassemble.files.inside_path import file_on_disk, is_archive
from labelassemble.files.open_file import open_file
from labelassemble.files.printable import printable
from labelassemble.sources.archives.archive_tree import find_in_archives
from labelassemble.sources.glob_pattern import check_glob, match_glob
from labelassemble.sources.passed_over import UNREADABLE, PassedOver
from labelassemble.sources.walk_folder import is_passed_over, walk_folder
from labelassemble.storage.fetch_object import bring
from labelassemble.storage.lay_out import lay_out_objects

_PACKED = ("", ".gz", ".zip")


def has_table(folder: Path, name: str) -> bool:
    """Whether a file of this name is there, plain or packed.

    Raises:
        SourceError: the name is none below the folder.
    """
    return bool(_find_named(lay_out_objects(folder), name))


def find_files(folder: Path, names: Iterable[str]) -> list[Path]:
    """Find files below a folder, plain or packed, in the order of names.

    A file that is called just so, ``labels[1].csv``, comes before what a pattern would find.

    Raises:
        SourceError: no such folder, a name or pattern that no file has, an absolute path.
    """
    lay_out_objects(folder)
    archive = is_archive(folder.name) and _is_file(folder)
    if not archive and not os.path.isdir(folder):  # noqa: PTH112  Path raises where a parent is shut
        raise SourceError(
            f"the source's folder at {folder}",
            "a file" if os.path.exists(folder) else "no such folder",  # noqa: PTH110
            "Check `folder` of this source in the recipe",
        )
    found: dict[Path, None] = {}
    for name in names:
        matches = _find_named(folder, name)
        if not matches and any(sign in name for sign in "*?["):
            check_glob(name)
            every = {path for packed in _PACKED for path in folder.glob(name + packed)}
            # Copies that a system or an editor leaves are none of the source's.
            shown = (path for path in every if not is_passed_over(path.relative_to(folder), name))
            matches = sorted(path for path in shown if _is_file(path))
            matches = matches or [
                Path(file.path)
                for file in walk_folder(folder, [])
                if file.inside is not None and match_glob(file.name, name)
            ]
            if strange := [path for path in matches if printable(str(path)) != str(path)]:
                raise SourceError(
                    f"files whose names are UTF-8 as {name} finds them",
                    printable(strange[0].name),
                    "Rename that file",
                )
        if not matches:
            raise _missing(folder, name)
        found |= dict.fromkeys(matches)
    return list(found)


def _find_named(folder: Path, name: str) -> list[Path]:
    """The file that is called so, however its letters with accents are composed."""
    if name.startswith("/") or PureWindowsPath(name).drive or "\0" in name:
        raise SourceError(
            f"the name of a file below the source's folder {folder}",
            repr(name) if "\0" in name else f"the absolute path {name}",
            "Write the name as it goes on from the folder; `folder` of the source in the recipe "
            "says where that is",
        )
    candidates = [folder / (name + packed) for packed in _PACKED]
    here = [path for path in candidates if _is_file(path)][:1]
    if not here:
        packed = (find_in_archives(folder, name + one) for one in _PACKED)
        here = [path for path in packed if path is not None][:1]
    if here or name.isascii():
        return here
    asked = {compose(path.name): place for place, path in enumerate(candidates)}
    beside = [path for path in _list(candidates[0].parent) if compose(path.name) in asked]
    return sorted(filter(_is_file, beside), key=lambda path: asked[compose(path.name)])[:1]


def compose(name: str) -> str:
    """Give a name with its accents in their letters (NFC)."""
    return unicodedata.normalize("NFC", name)


def _is_file(path: Path) -> bool:
    return os.path.isfile(path)  # noqa: PTH113  Path raises where a parent is shut


def _list(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _missing(folder: Path, name: str) -> SourceError:
    # Where the file's own folder is not there, what is.
    above = [one for one in (folder / name).parents if folder in (one, *one.parents)]
    place = next((one for one in above if one.is_dir()), folder)
    present = [printable(path.name) for path in _list(place)]
    near = get_close_matches(Path(name).name, present, n=1, cutoff=0.5)
    there = some(present, 5) or "nothing"
    nearest = f"; nearest: {near[0]}" if near else ""
    passed: list[PassedOver] = []
    if any(map(is_archive, present)):
        deque(walk_folder(folder, passed), maxlen=0)
    shut = [f"{one.name}: {one.reason}" for one in passed if one.reason.startswith(UNREADABLE)]
    return SourceError(
        f"the file {name} (or {name}.gz, {name}.zip) in {folder}",
        "; ".join([f"{_name_place(place, folder)} holds {there}{nearest}", *shut[:3]]),
        "Put the file there, or fix the name in the manifest",
    )


def _name_place(place: Path, folder: Path) -> str:
    return "the folder" if place == folder else f"the folder {place.relative_to(folder)}"


def read_bytes(path: Path) -> bytes:
    """Read a file.

    Raises:
        SourceError: it cannot be read.
    """
    try:
        bring(Path(file_on_disk(str(path))))
        with open_file(path) as file:
            return file.read()
    except ImageError as error:
        raise SourceError(error.expected, error.got, error.do) from error
    except OSError as error:
        raise SourceError(
            f"a readable file at {path}", error.strerror or str(error), "Check its permissions"
        ) from error
