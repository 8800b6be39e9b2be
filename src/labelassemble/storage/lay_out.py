"""The objects below a location, laid out as files whose bytes are not here yet."""

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from labelassemble.errors import SourceError, some
from labelassemble.storage.object_place import find_location, is_outgoing
from labelassemble.storage.object_stamp import ObjectStamp, stamp_object
from labelassemble.storage.object_store import AwayError, ask_store, open_store

ABSENT = 0o200
"""Mode of a file whose bytes are not here: nobody but the superuser can read it by mistake."""

_SEEN: set[str] = set()
"""Locations that this process has asked for."""


def lay_out_objects(folder: Path) -> Path:
    """Let a folder hold what the location holds that it stands for, and give it.

    A file for each object, with its size and time, but without its bytes: names and sizes are
    known, and ``fetch_object`` fetches. What is fetched already stays, unless the object changed.
    Each process asks once. Any other path comes back as it is.

    Raises:
        SourceError: no such location, nothing in it, or names that no folder can have.
        StoreError: the store does not answer, or not to us.
    """
    location = find_location(folder)
    if location is None or is_outgoing(folder):
        return folder
    if any(location == one or location.startswith(f"{one}/") for one in _SEEN):
        return folder
    from labelassemble.storage.hold_folder import hold_place  # Readers of this machine need none.

    objects = _list(location)
    with hold_place(folder, work="listing of a location", when_busy="wait"):
        _lay_out(folder, objects)
    _SEEN.add(location)
    return folder


def lay_out_again(folder: Path) -> None:
    """As ``lay_out_objects``; of a store that is away what it held before stands, which is said."""
    try:
        lay_out_objects(folder)
    except AwayError as error:
        location = find_location(folder)
        if location is None or not folder.exists():
            raise
        _SEEN.add(location)
        sys.stderr.write(
            f"Warning: {location} does not answer ({error.got}): taken as it was seen last\n"
        )


def forget_seen() -> None:
    """Ask every location again."""
    _SEEN.clear()


def _list(location: str) -> dict[str, ObjectStamp]:
    """Ask for the objects below a location, by their names below it; ``""``: the location itself.

    Raises:
        SourceError: as ``lay_out_objects``.
    """
    store = open_store(location)
    inside = location.partition("://")[2]
    root = str(store._strip_protocol(location)).strip("/")

    def ask() -> dict[str, dict[str, object]]:
        found = store.find(location, detail=True)
        # Of a bucket that is not there, and of an empty folder, some stores say the same.
        info = {} if found else store.info(location)
        return {root: info} if info.get("type") == "file" else found

    try:
        found = ask_store(ask, location)
    except (FileNotFoundError, NotADirectoryError) as error:
        bucket = inside.partition("/")[0]
        no_bucket = "bucket" in str(error).lower() or inside == bucket
        raise SourceError(
            f"objects at {location}",
            f"no bucket {bucket}" if no_bucket else "no such object, nor any below it",
            "Check the location: a bucket's name, then the way down to the folder",
        ) from error
    named = {}
    for name, info in found.items():
        below = str(name).strip("/").removeprefix(root).lstrip("/")
        if str(name).endswith("/") or info.get("type", "file") != "file":
            continue  # A folder that some programs write as an object of no bytes.
        if info.get("size") is None:
            info = {**info, **ask_store(partial(store.info, name), location)}
        named[below] = stamp_object(info)
    if not named:
        raise SourceError(
            f"objects at {location}",
            "a location with none",
            "Check the location: a bucket's name, then the way down to the folder",
        )
    if strange := sorted(_find_strange(named)):
        raise SourceError(
            f"objects at {location} whose names can be those of files in folders",
            f"others: {some(strange, 3)}",
            "Rename them, or name a folder further down",
        )
    return named


def _find_strange(names: Mapping[str, ObjectStamp]) -> Iterator[str]:
    folders = {name[:place] for name in names for place, one in enumerate(name) if one == "/"}
    for name in names:
        steps = name.split("/") if name else []
        long = any(len(step.encode("utf-8", "surrogateescape")) > 230 for step in steps)
        if long or "\0" in name or name in folders or {"", ".", ".."} & set(steps):
            yield name


def _lay_out(folder: Path, objects: Mapping[str, ObjectStamp]) -> None:
    """Make files and folders as the listing has them."""
    if "" in objects:  # The location is an object.
        if folder.is_dir():
            shutil.rmtree(folder)
        put_absent(folder, objects[""])
        return
    if folder.is_file():
        folder.unlink()
    folder.mkdir(parents=True, exist_ok=True)
    there = dict(_walk(folder, ""))
    made = {""}
    for name in there.keys() - objects.keys():
        _remove(folder / name)
    for name, stamp in objects.items():
        if there.get(name) == stamp:
            continue
        path, above = folder / name, name.rpartition("/")[0]
        if above not in made:
            for parent in reversed([path.parent, *path.parent.parents]):
                if (
                    parent.is_relative_to(folder)
                    and os.path.lexists(parent)
                    and not parent.is_dir()
                ):
                    parent.unlink()
            path.parent.mkdir(parents=True, exist_ok=True)
            made.add(above)
        if path.is_dir():
            shutil.rmtree(path)
        put_absent(path, stamp)


def _walk(folder: Path, below: str) -> Iterator[tuple[str, ObjectStamp]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            name = below + entry.name
            if entry.is_dir(follow_symlinks=False):
                yield from _walk(Path(entry.path), f"{name}/")
            elif not is_own(entry.name):
                status = entry.stat()
                yield name, ObjectStamp(status.st_size, status.st_mtime_ns)


def is_own(name: str) -> bool:
    """Whether a file of this name is ours, beside the objects: a lock, or a part of one."""
    return name.startswith(".") and name.endswith((".lock", ".fetched"))


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)


def put_absent(path: Path, stamp: ObjectStamp) -> None:
    """Put a file without bytes in place: of an object's size and time."""
    aside = path.with_name(f".{os.getpid()}.absent.fetched")
    aside.unlink(missing_ok=True)
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, ABSENT)
    try:
        os.truncate(handle, stamp.size)
    finally:
        os.close(handle)
    aside.chmod(ABSENT)
    os.utime(aside, ns=(stamp.modified_ns, stamp.modified_ns))
    aside.replace(path)
