"""Folders inside a source that hold a copy of images beside them."""

import os
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import combinations
from pathlib import Path

from labelassemble.errors import ImageError
from labelassemble.files.open_file import open_file
from labelassemble.sources.copied_names import original_name

_DEEP = 4
_FEWEST = 2
_OPENED = 20
"""So many files are compared by their content."""
_COMPARED = 6
"""Of more files of the same name nothing is known to be a copy."""
TRIED = 200
"""So many pairs of folders that hold files of the same names are compared in vain."""
_START = 1 << 16
_SMALL = re.compile(r"(?i)(thumb(nail)?s?|previews?|icons?)")


def find_doubled(names: Sequence[str]) -> dict[str, str | None]:
    """Find folders all of whose files are there a second time, in the folder above or beside.

    A folder is a copy of the one above it, as archives that were packed twice leave it, or of one
    beside it whose name differs by case only. Copies within copies are not named.

    Args:
        names: paths of images, with ``/``.

    Returns:
        Copy to the folder that it is called as, ``""`` for the one above all; none: it is called as
        small images are.

    >>> find_doubled(["a/1.png", "a/2.png", "x/a/1.png", "x/a/2.png"])
    {'x': ''}
    >>> find_doubled(["train/1.png", "test/1.png"])
    {}
    """
    below = dict[str, set[str]]()
    for name in names:
        parts = name.split("/")
        for depth in range(1, min(len(parts), _DEEP + 1)):
            below.setdefault("/".join(parts[:depth]), set()).add("/".join(parts[depth:]))
    every = set(names)
    spelled = dict[str, list[str]]()
    for folder in sorted(below):
        spelled.setdefault(folder.casefold(), []).append(folder)
    copies = dict[str, str | None]()
    for folder, inside in sorted(below.items(), key=lambda one: (one[0].count("/"), one[0])):
        if folder.startswith(tuple(f"{one}/" for one in copies)):
            continue
        alike = spelled[folder.casefold()]
        twins = [one for one in alike[: alike.index(folder)] if one not in copies]
        twin = next((one for one in twins if inside <= below[one]), None)
        if twin is not None:
            copies[folder] = twin
            continue
        if len(inside) < _FEWEST:
            continue
        above, _, last = folder.rpartition("/")
        if _SMALL.fullmatch(last):
            outside = {_stem(one) for one in names if not one.startswith(f"{folder}/")}
            if {_stem(one) for one in inside} <= outside:
                copies[folder] = None
                continue
        start = f"{above}/" if above else ""
        nested = last == above.rpartition("/")[2]
        if all((nested or "/" in one) and start + one in every for one in inside):
            copies[folder] = above
    return copies


def find_twins(names: Sequence[str]) -> list[tuple[str, str]]:
    """Find folders whose files are all called as files in another folder are.

    Args:
        names: paths of images, with ``/``.

    Returns:
        The other folder, ``""`` for the one above all, and the one that may be its copy: only the
        content can tell. Those of the most files first, of which it tells soonest.

    >>> find_twins(["a/t/1.png", "a/t/2.png", "b/t/1.png", "b/t/2.png", "c/3.png"])
    [('a', 'b')]
    """
    return [pair for pair, count, deep, every in _find_pairs(names) if count == every and deep]


def find_partial(names: Sequence[str]) -> list[tuple[str, str, list[str]]]:
    """Find folders some of whose files are called as files in another folder are.

    Args:
        names: paths of images, with ``/``; without folders that are copies as a whole.

    Returns:
        The other folder, ``""`` for the one above all; the one that may hold copies, and which of
        its files they may be: only the content can tell. The most files first.

    >>> find_partial(["a/t/1.png", "a/t/2.png", "b/t/2.png", "b/t/3.png"])
    [('a', 'b', ['b/t/2.png'])]
    """
    every, ordered, found = set(names), sorted(names), []
    for (first, other), *_ in _find_pairs(names)[:TRIED]:
        start = f"{first}/" if first else ""
        inside = ordered[bisect_left(ordered, f"{other}/") : bisect_left(ordered, f"{other}0")]
        files = [one for one in inside if start + one[len(other) + 1 :] in every]
        found.append((first, other, files))
    return found


def find_again(names: Sequence[str]) -> dict[str, str]:
    """Find files that are called as computers call a copy beside a file, with what they are of.

    Args:
        names: paths of images.

    >>> find_again(["a/1.png", "a/1 (1).png", "a/benign (2).png"])
    {'a/1 (1).png': 'a/1.png'}
    """
    every = set(names)
    found = ((name, original_name(name)) for name in names)
    return {name: first for name, first in found if first != name and first in every}


def _find_pairs(names: Sequence[str]) -> list[tuple[tuple[str, str], int, bool, int]]:
    """Pairs of folders, found by files whose paths end in the same parts; most files first.

    Each with the number of such files, whether they are several or lie in folders of the same name,
    and how many files the other folder holds. What many folders hold tells nothing.
    """
    found = dict[tuple[str, str], tuple[int, bool]]()
    for parts in range(1, _DEEP + 1):
        alike = dict[str, list[str]]()
        for name in names:
            alike.setdefault("/".join(name.rsplit("/", parts)[-parts:]), []).append(name)
        if len(alike) == len(names):
            break
        pairs = Counter[tuple[str, str]]()
        for group in alike.values():
            if 1 < len(group) <= _COMPARED:
                nearest = sorted(group, key=lambda one: (one.count("/"), one))
                pairs.update({_part(*two) for two in combinations(nearest, 2)})
        for pair, count in pairs.items():
            most = max(count, found.get(pair, (0, False))[0])
            found[pair] = most, parts > 1 or most >= _FEWEST
    inside = Counter[str]()
    for name in names if found else ():
        folders = name.split("/")[:-1]
        inside.update("/".join(folders[: depth + 1]) for depth in range(len(folders)))
    return [
        (pair, count, deep, inside[pair[1]])
        for pair, (count, deep) in sorted(found.items(), key=lambda one: (-one[1][0], one[0]))
        if pair[1]
    ]


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
        same_file(find(name), find(f"{one}{name.removeprefix(other)}")) for name in names[::step]
    )


def same_file(one: Path, other: Path) -> bool:
    """Whether two files are of one size and begin alike."""
    return _begin(one) == _begin(other)


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
