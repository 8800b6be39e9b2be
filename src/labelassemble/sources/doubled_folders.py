"""Folders inside a source that hold a copy of images beside them."""

from collections.abc import Sequence

_DEEP = 4
_FEWEST = 2


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
        if len(inside) < _FEWEST or folder.startswith(tuple(f"{one}/" for one in copies)):
            continue
        above = folder.rpartition("/")[0]
        start = f"{above}/" if above else ""
        if all("/" in one and start + one in every for one in inside):
            copies.append(folder)
            continue
        twins = [
            one
            for one in below
            if one < folder and one.casefold() == folder.casefold() and one not in copies
        ]
        if any(inside <= below[one] for one in twins):
            copies.append(folder)
    return tuple(copies)
