"""The files below a folder, each real folder once; what cannot be taken is reported with its
reason."""

import errno
import heapq
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePath
from typing import NamedTuple

from labelassemble.errors import ImageError, SourceError
from labelassemble.files.archive_file import WHOLE_UNPACKED
from labelassemble.files.inside_path import is_archive
from labelassemble.files.parquet_cells import list_embedded_images
from labelassemble.files.parquet_names import is_table_of_images
from labelassemble.files.printable import printable
from labelassemble.sources.archives.archive_tree import ArchiveTree, list_below, see_archive
from labelassemble.sources.passed_over import LARGE_TABLE, UNREADABLE, PassedOver
from labelassemble.storage.lay_out import is_own, lay_out_objects
from labelassemble.storage.object_place import find_location

NO_UTF8 = "a name that is no UTF-8: rename it"
HIDDEN = "hidden: the name begins with a dot"
SYSTEM = "left by a system, not by the source"
DANGLING = "a link to a file that is not there"
LOOP = "a link to a folder that is read already, or to one above"
SPECIAL = "neither a file nor a folder"
VANISHED = "gone while the folder was read"
UNPACKED = "an archive whose files lie there unpacked"
TAKEN = "another archive has a file of this name"

_SYSTEM_NAMES = frozenset(
    {
        *("__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini", "@eadir", "$recycle.bin"),
        *("system volume information", "lost+found"),
    }
)


class FoundFile(NamedTuple):
    """A file below a folder.

    Attributes:
        name: its path below the folder, with ``/``; in an archive as if that had been unpacked.
        path: by which it is read.
        inside: bytes of it, where it lies in an archive; none: it lies on disk.
    """

    name: str
    path: str
    inside: int | None = None


def walk_folder(
    folder: Path, passed: list[PassedOver], archives: bool = True
) -> Iterator[FoundFile]:
    """Give the files at any depth, those of archives last; no file but these is opened.

    Links to files and folders are followed. A folder that several names lead to is read once, by
    the name with the fewest links in it. An archive whose files lie there unpacked is not looked
    into.

    Args:
        folder: where to look: on disk, or in the archives that lie where it should be; or an
            archive in place of a folder. Nothing is there: no files.
        passed: what is not taken is added to it.
        archives: whether to look into archives.

    Raises:
        SourceError: the folder itself cannot be read, or its own path is no UTF-8.
    """
    lay_out_objects(folder)
    if archives and is_archive(folder.name) and folder.is_file():
        try:
            tree = see_archive(folder)
        except ImageError as error:
            raise SourceError(error.expected, error.got, error.do) from error
        yield from _look_inside(tree, "", passed, set(), as_it_is=True)
        return
    if not os.path.isdir(folder):  # noqa: PTH112  Path raises where a parent is shut
        for name, one in list_below(folder.absolute()) if archives else ():
            yield from _give(FoundFile(name, one.path, one.size), passed)
        return
    if not _is_utf8(str(folder)):
        raise SourceError(
            f"a folder whose path is UTF-8, at {printable(str(folder))}",
            "bytes that are not",
            "Rename that folder, or name it by a link",
        )
    above = {Path(os.path.realpath(folder)), *Path(os.path.realpath(folder)).parents}
    seen: set[tuple[int, int]] = set()
    waiting = [(0, "", str(folder))]
    found, packed = list[FoundFile](), list[FoundFile]()
    while waiting:
        links, below, place = heapq.heappop(waiting)
        try:
            entries, identity = _list_folder(place)
        except OSError as error:
            if not below:
                raise SourceError(
                    f"a folder that can be read at {folder}",
                    error.strerror or str(error),
                    "Check its permissions",
                ) from error
            passed.append(PassedOver(_unreadable("folder", error), below))
            continue
        if identity in seen:
            passed.append(PassedOver(LOOP, below))
            continue
        seen.add(identity)
        for entry in entries:
            name = below + entry.name
            reason = None
            try:
                if not _is_utf8(entry.name):
                    reason = NO_UTF8
                elif entry.name.lower() in _SYSTEM_NAMES:
                    reason = SYSTEM
                elif entry.name.startswith("."):
                    reason = HIDDEN
                elif entry.is_dir():
                    linked = entry.is_symlink()
                    if linked and Path(os.path.realpath(entry.path)) in above:
                        reason = LOOP
                    else:
                        heapq.heappush(waiting, (links + linked, f"{name}/", entry.path))
                        continue
                elif entry.is_file():
                    file = FoundFile(name, entry.path)
                    if archives and is_archive(entry.name):
                        packed.append(file)
                        continue
                    found.append(file)
                    if archives:
                        yield from _give(file, passed)
                    else:
                        yield file
                    continue
                elif entry.is_symlink() and not Path(entry.path).exists():
                    reason = DANGLING
                else:
                    reason = SPECIAL
                name += "/" if entry.is_dir() else ""
            except OSError as error:
                reason = reason or explain_unreadable(error)
            passed.append(PassedOver(reason, printable(name)))
    if packed:
        yield from _unfold(packed, found, passed)


def _unfold(
    packed: Sequence[FoundFile], found: Sequence[FoundFile], passed: list[PassedOver]
) -> Iterator[FoundFile]:
    """Give the files of archives that are not there unpacked."""
    loose: dict[str, list[str]] = {}
    for one in found:
        loose.setdefault(one.name.rpartition("/")[2], []).append(one.path)
    taken = {one.name for one in found}
    for one in sorted(packed):
        try:
            tree = see_archive(Path(one.path))
        except ImageError as error:
            passed.append(PassedOver(f"{UNREADABLE}{error.got}. {error.do}", one.name))
            continue
        if _is_unpacked(tree, loose):
            passed.append(PassedOver(UNPACKED, one.name))
        else:
            above = one.name[: len(one.name) - len(Path(one.path).name)]
            yield from _look_inside(tree, above, passed, taken)


def _is_unpacked(tree: ArchiveTree, loose: Mapping[str, Sequence[str]]) -> bool:
    """Whether files of the same name and size lie there for some of the archive's, evenly taken."""
    files = list(tree.files.values())
    some = files[:: max(1, len(files) // 20)]
    there = 0
    for one in some:
        paths = loose.get(one.member.rpartition("/")[2], ())
        there += any(_measure(path) == one.size for path in paths)
    return bool(some) and there >= 0.9 * len(some)


def _measure(path: str) -> int:
    try:
        return os.stat(path).st_size  # noqa: PTH116
    except OSError:
        return -1


def _look_inside(
    tree: ArchiveTree,
    above: str,
    passed: list[PassedOver],
    taken: set[str],
    as_it_is: bool = False,
) -> Iterator[FoundFile]:
    """Give the files of an archive; two that would have one name are told from each other by it."""
    here = f"{tree.archive.name}: " if not as_it_is else ""
    for name, reason in tree.refused:
        passed.append(PassedOver(reason, printable(f"{here}{name}")))
    for written, one in tree.files.items():
        name = one.member if as_it_is else above + written
        if name in taken:
            name = f"{above}{tree.stem}/{one.member}"
        steps = one.member.split("/")
        if not _is_utf8(name):
            passed.append(PassedOver(NO_UTF8, printable(name)))
        elif any(step.lower() in _SYSTEM_NAMES for step in steps):
            passed.append(PassedOver(SYSTEM, name))
        elif any(step.startswith(".") for step in steps):
            passed.append(PassedOver(HIDDEN, name))
        elif name in taken:
            passed.append(PassedOver(TAKEN, name))
        else:
            taken.add(name)
            yield from _give(FoundFile(name, one.path, one.size), passed)


def _give(file: FoundFile, passed: list[PassedOver]) -> Iterator[FoundFile]:
    """Give a file, and the images in it if it is a table of images."""
    yield file
    if not is_table_of_images(file.name):
        return
    if file.inside is not None and file.inside > WHOLE_UNPACKED:
        passed.append(PassedOver(LARGE_TABLE, file.name))
        return
    below = file.name[: file.name.rfind("/") + 1]
    for image, path in list_embedded_images(Path(file.path)):
        yield FoundFile(below + image, path, 0)


def measure_file(file: FoundFile) -> int:
    """Give the bytes of a file.

    Raises:
        OSError: it is gone, or cannot be asked.
    """
    return os.stat(file.path).st_size if file.inside is None else file.inside  # noqa: PTH116


def is_passed_over(path: PurePath, asked: str = "") -> bool:
    """Whether a path below a folder is hidden, or left by a system: no source means it.

    Args:
        path: relative.
        asked: a pattern whose parts may ask for what is hidden.

    >>> is_passed_over(PurePath("a/._b.csv")), is_passed_over(PurePath("__MACOSX/b.csv"))
    (True, True)
    >>> is_passed_over(PurePath("a/b.csv")), is_passed_over(PurePath(".a/b.csv"), ".a/*.csv")
    (False, False)
    """
    meant = asked.split("/")
    return any(
        (part.startswith(".") or part.lower() in _SYSTEM_NAMES) and part not in meant
        for part in path.parts
    )


def explain_unreadable(error: OSError) -> str:
    """Say why a file that was listed cannot be used."""
    if error.errno == errno.ELOOP:
        return DANGLING
    return VANISHED if isinstance(error, FileNotFoundError) else _unreadable("file", error)


def _list_folder(place: str) -> tuple[list[os.DirEntry[str]], tuple[int, int]]:
    with os.scandir(place) as entries:
        listed = sorted(entries, key=lambda entry: entry.name)
    if find_location(place) is not None:  # A killed fetch leaves ours beside the objects.
        listed = [entry for entry in listed if not is_own(entry.name)]
    status = Path(place).stat()
    return listed, (status.st_dev, status.st_ino)


def _unreadable(what: str, error: OSError) -> str:
    return f"a {what} that cannot be read: {error.strerror or error}"


def _is_utf8(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
