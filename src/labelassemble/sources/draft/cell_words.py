"""How words stand in the cells of a column: separated, as a path, as a list written out."""

import ast
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

SEPARATORS = ("|", ";", ",", "/", "+", "&", " and ", "\\", ">")
"""What may stand between words of one cell, the likeliest first."""


LONG = 60


def find_separator(cells: Mapping[str, int]) -> str | None:
    """Find what stands between the words of cells: the same words must come again in other cells.

    >>> find_separator({"Mass|Edema": 2, "Edema": 5, "Mass": 1})
    '|'
    """
    best: tuple[float, str] | None = None
    for sign in SEPARATORS:
        several = [cell for cell in cells if sum(map(bool, map(str.strip, cell.split(sign)))) > 1]
        if not several:
            continue
        words = Counter(
            part.strip()
            for cell in cells
            for part in dict.fromkeys(cell.split(sign))
            if part.strip()
        )
        inside = {part.strip() for cell in several for part in cell.split(sign) if part.strip()}
        again = sum(words[word] > 1 for word in inside) / max(len(inside), 1)
        long = max((len(word) for word in words), default=0)
        fewer = len(words) < len(cells) or len(cells) <= 3
        # A lone word that is a part elsewhere tells a list from a comma in a sentence.
        if again >= 0.5 and fewer and long <= LONG:
            score = again * (len(several) / len(cells)) ** 0.2
            if best is None or score > best[0] + 0.1:
                best = score, sign
    return best[1] if best else None


def find_sure_sign(cells: Iterable[str]) -> str | None:
    """A sign between short words that stands in no sentence; none: no cell holds one."""
    for sign in ("|", ";"):
        parts = [part.strip() for cell in cells if sign in cell for part in cell.split(sign)]
        if parts and all(0 < len(part) <= LONG for part in parts):
            return sign
    return None


def find_path(cells: Sequence[str]) -> str | None:
    """Find what stands between the steps of paths: each step always has the same way to it.

    >>> find_path(["Pneumonia/Viral/COVID-19", "Pneumonia/Viral", "Pneumonia", "Normal"])
    '/'
    """
    for sign in ("/", ">", "\\", ":"):
        paths = [[step.strip() for step in cell.split(sign)] for cell in cells]
        deep = [path for path in paths if len(path) > 1]
        if not deep or not all(all(path) for path in deep):
            continue
        parents: dict[str, set[str]] = {}
        firsts = {path[0] for path in paths}
        for path in paths:
            for before, step in pairwise(path):
                parents.setdefault(step, set()).add(before)
        one_way = all(len(those) == 1 for those in parents.values())
        apart = firsts.isdisjoint(parents)
        # In a path, a step is shared by several deeper ones, or stands alone too.
        shared = Counter(path[0] for path in paths)
        if one_way and apart and any(shared[path[0]] > 1 for path in deep):
            return sign
    return None


def read_list(cell: str) -> list[str]:
    """Words of a list that is written out; none where a cell is no list of words."""
    try:
        found = ast.literal_eval(cell)
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        return []
    if isinstance(found, list | tuple) and all(isinstance(one, str) for one in found):
        return list(found)
    return []
