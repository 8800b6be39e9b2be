"""The files of an archive as if it had been unpacked where it lies."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from labelassemble.errors import ImageError
from labelassemble.files.archive_file import Archive, open_archive
from labelassemble.files.inside_path import INSIDE, find_inside, is_archive
from labelassemble.sources.archives.archive_names import (
    NamesTaken,
    archive_stem,
    refuse_name,
    split_name,
)
from labelassemble.storage.lay_out import lay_out_objects

NESTED = "an archive within an archive: unpack the outer one"


class TreeFile(NamedTuple):
    """A file of an archive.

    Attributes:
        path: by which it is read: ``/data/images.zip#a.png``.
        size: bytes of it.
        member: its name in the archive, without ``./``.
    """

    path: str
    size: int
    member: str


@dataclass(frozen=True, eq=False)
class ArchiveTree:
    """The files of an archive.

    Attributes:
        archive: the archive.
        files: by their names below the folder that the archive lies in, with ``/``.
        refused: names of members that are not taken, and why.
    """

    archive: Path
    files: Mapping[str, TreeFile]
    refused: tuple[tuple[str, str], ...]

    @property
    def stem(self) -> str:
        """The archive's name without its extension."""
        return archive_stem(self.archive.name)


def see_archive(path: Path) -> ArchiveTree:
    """List what an archive holds; it is opened once a process.

    Names are those that its files have once it is unpacked where it lies: one folder that holds all
    of them comes out as it is; several, or files beside it, in a folder of the archive's name.

    Args:
        path: the archive.

    Raises:
        ImageError: it cannot be read.
    """
    return _see(open_archive(path))


@lru_cache(maxsize=64)
def _see(archive: Archive) -> ArchiveTree:
    refused = [(name, reason) for name, reason in archive.refused.items()]
    taken, kept = NamesTaken(), dict[str, str]()
    for name in archive.slots:
        reason = refuse_name(name) or taken.take(name)
        if reason is None and is_archive(name):
            reason = NESTED
        if reason is None:
            kept["/".join(split_name(name))] = name
        else:
            refused.append((name, reason))
    start = f"{archive_stem(archive.file.name)}/"
    # What a Mac leaves in archives lies beside the one folder that it packed.
    first = {name.split("/", 1)[0] for name in kept} - {"__MACOSX", ".DS_Store"}
    alone = len(first) == 1 and not first & kept.keys()
    files = {
        (member if alone else start + member): TreeFile(
            f"{archive.file}{INSIDE}{name}", archive.slots[name].size, member
        )
        for member, name in kept.items()
    }
    return ArchiveTree(archive.file, files, tuple(refused))


def see_archives_in(folder: Path) -> Iterator[ArchiveTree]:
    """List the archives that lie in a folder itself, or the folder if it is one; broken ones not.

    Args:
        folder: a folder, or an archive in place of one.
    """
    try:
        here = [folder] if folder.is_file() else sorted(folder.iterdir())
    except OSError:
        return
    for path in here:
        if is_archive(path.name) and path.is_file():
            try:
                yield see_archive(path)
            except ImageError:
                continue  # Told where the folder is walked through.


def find_in_archives(folder: Path, name: str) -> Path | None:
    """Find a file by its name below a folder in the archives on its way; None: in none, or two.

    Args:
        folder: the source's folder, or an archive in place of one.
        name: below it, as ``ArchiveTree.files`` calls it, or as the archive itself does.
    """
    rest = list(split_name(name))
    place = folder
    while rest:
        below = "/".join(rest)
        found = set[str]()
        for tree in see_archives_in(place):
            for one in (tree.files.get(below), tree.files.get(f"{tree.stem}/{below}")):
                if one is not None:
                    found.add(one.path)
        if found:
            return Path(found.pop()) if len(found) == 1 else None
        place /= rest.pop(0)
    return None


def list_below(folder: Path) -> Iterator[tuple[str, TreeFile]]:
    """Give the files, by name below it, of a folder that is not on disk, but in archives beside it.

    Args:
        folder: absolute; the archives lie in the nearest folder above it that is there.
    """
    above = next((one for one in folder.parents if one.is_dir()), None)
    if above is None:
        return
    start = folder.relative_to(above).as_posix() + "/"
    for tree in see_archives_in(above):
        for name, one in tree.files.items():
            below = name if name.startswith(start) else one.member
            if below.startswith(start):
                yield below.removeprefix(start), one


def name_below(path: Path, folder: Path) -> str:
    """Name a file below a folder, with ``/``; one in an archive as if that had been unpacked.

    >>> name_below(Path("/data/nih/a/b.csv"), Path("/data/nih"))
    'a/b.csv'
    """
    place = find_inside(str(path))
    if place is None:
        return path.relative_to(folder).as_posix()
    if place.file == folder:
        return place.name
    above = place.file.parent.relative_to(folder).as_posix()
    files = see_archive(place.file).files
    name = next((name for name, one in files.items() if one.path == str(path)), place.name)
    return name if above == "." else f"{above}/{name}"


def is_folder_or_archive(path: Path) -> bool:
    """Whether files can be looked for below a path: a folder, or an archive in place of one."""
    lay_out_objects(path)
    return path.is_dir() or (is_archive(path.name) and path.is_file())
