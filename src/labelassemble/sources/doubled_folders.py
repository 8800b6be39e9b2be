"""Folders inside a source that hold a copy of images beside them."""

import os
import re
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from labelassemble.errors import ImageError
from labelassemble.files.open_file import open_file

_DEEP = 4
_FEWEST = 2
_OPENED = 20
"""So many files are compared by their content."""
_COMPARED = 6
"""With so many files of the same name each is compared."""
_START = 1 << 16
_SMALL = re.compile(r"(?i)(thumb(nail)?s?|previews?|icons?)")


def find_doubled(names: Sequence[str]) -> tuple[str, ...]:
    """Find folders all of whose files are there a second time, in the folder above or beside.

    A folder is a copy of the one above it, as archives that were packed twice leave it, or of one
    beside it whose name differs by case only. Copies within copies are not named.

    Args:
        names: paths of images, with ``/``.

    >>> find_doubled(["a/1.png", "a/2.png", "x/a/1.png", "x/a/2.png"])
    ('x',)
    >>> find_doubled(["train/1.png", "test/1.png"])
    ()
    """
    below = dict[str, set[str]]()
    for name in names:
        parts = name.split("/")
        for depth in range(1, min(len(parts), _DEEP + 1)):
            below.setdefault("/".join(parts[:depth]), set()).add("/".join(parts[depth:]))
    every = set(names)
    copies = list[str]()
    for folder, inside in sorted(below.items(), key=lambda one: (one[0].count("/"), one[0])):
        if folder.startswith(tuple(f"{one}/" for one in copies)):
            continue
        twins = [
            one
            for one in below
            if one < folder and one.casefold() == folder.casefold() and one not in copies
        ]
        if any(inside <= below[one] for one in twins):
            copies.append(folder)
            continue
        if len(inside) < _FEWEST:
            continue
        above, _, last = folder.rpartition("/")
        if _SMALL.fullmatch(last):
            outside = {_stem(one) for one in names if not one.startswith(f"{folder}/")}
            if {_stem(one) for one in inside} <= outside:
                copies.append(folder)
                continue
        start = f"{above}/" if above else ""
        if all("/" in one and start + one in every for one in inside):
            copies.append(folder)
    return tuple(copies)


def find_twins(names: Sequence[str]) -> list[tuple[str, str]]:
    """Find folders whose files are all called as files in another folder are.

    Args:
        names: paths of images, with ``/``.

    Returns:
        The other folder, ``""`` for the one above all, and the one that may be its copy: only the
        content can tell.

    >>> find_twins(["a/t/1.png", "a/t/2.png", "b/t/1.png", "b/t/2.png", "c/3.png"])
    [('a', 'b')]
    """
    found = _find_pairs(names, 2)
    inside = tuple(f"{other}/" for _, other in found)
    return found + _find_pairs([one for one in names if not one.startswith(inside)], 1)


def _find_pairs(names: Sequence[str], parts: int) -> list[tuple[str, str]]:
    """Pairs of folders, found by files whose paths end in the same parts."""
    alike = dict[str, list[str]]()
    for name in names:
        alike.setdefault("/".join(name.split("/")[-parts:]), []).append(name)
    if len(alike) == len(names):
        return []
    pairs = Counter[tuple[str, str]]()
    for group in alike.values():
        nearest = sorted(group, key=lambda one: (one.count("/"), one))
        for place, other in enumerate(nearest):
            pairs.update({_part(first, other) for first in nearest[: min(place, _COMPARED)]})
    found = list[tuple[str, str]]()
    for pair, count in sorted(pairs.items()):
        inside = sum(name.startswith(f"{pair[1]}/") for name in names)
        if pair[1] and count == inside and count >= (_FEWEST if parts == 1 else 1):
            found.append(pair)
    return found


def _part(one: str, other: str) -> tuple[str, str]:
    """Two paths without the parts in which both end."""
    first, second = one.split("/"), other.split("/")
    same = 0
    while same < min(len(first), len(second)) and first[-1 - same] == second[-1 - same]:
        same += 1
    return "/".join(first[: len(first) - same]), "/".join(second[: len(second) - same])


def same_files(find: Callable[[str], Path], one: str, other: str, names: Sequence[str]) -> bool:
    """Whether files in one folder are those in another, as far as some of them tell.

    Args:
        find: gives the path by which a file below the folder above both is read.
        one: a folder below that, ending in ``/``, or blank.
        other: the other one.
        names: files in the other one, as `find` takes them.
    """
    step = max(1, len(names) // _OPENED)
    return bool(names) and all(
        _begin(find(name)) == _begin(find(f"{one}{name.removeprefix(other)}"))
        for name in names[::step]
    )


def _begin(path: Path) -> tuple[int, bytes]:
    """A file's size and first bytes; of a missing one nothing else has the size."""
    try:
        with open_file(path) as file:
            start = file.read(_START)
            return file.seek(0, os.SEEK_END), start
    except (OSError, ImageError):
        return -1, str(path).encode()


def _stem(name: str) -> str:
    return name.rpartition("/")[2].rpartition(".")[0].casefold()
