"""Patterns over paths below a folder, and the folders in which a path lies."""

import re
from collections.abc import Callable, Collection, Sequence
from functools import lru_cache
from pathlib import PureWindowsPath

from labelassemble.errors import SourceError
from labelassemble.sources.compile_pattern import Expression, compile_pattern


def is_within(name: str, places: Collection[str]) -> bool:
    """Whether a path, or a folder that it lies in, is one of several.

    >>> is_within("a/b/1.png", {"a/b"}), is_within("a/bc/1.png", {"a/b"})
    (True, False)
    """
    parts = name.split("/")
    return bool(places) and any(
        "/".join(parts[:depth]) in places for depth in range(1, len(parts) + 1)
    )


def lies_in(folders: Sequence[str]) -> Callable[[str], bool]:
    """Give the question whether a path lies in one of these folders, or is one of these files.

    Args:
        folders: as ``images.copies``; ``**/masks``: at any depth.

    >>> [lies_in(["**/masks", "b"])(one) for one in ("a/masks/1.png", "b/1.png", "a/b/1.png")]
    [True, True, False]
    """
    anywhere = [f"/{one[3:].strip('/')}/" for one in folders if one.startswith("**/")]
    here = {one.strip("/") for one in folders if not one.startswith("**/")}
    return lambda name: is_within(name, here) or any(one in f"/{name}" for one in anywhere)


def check_glob(glob: str) -> str:
    """Give a pattern back if it is one over paths below a folder.

    Raises:
        SourceError: an absolute path, or ``**`` that is no whole part of the path.
    """
    if glob.startswith("/") or PureWindowsPath(glob).drive:
        raise SourceError(
            "a pattern over paths below the folder",
            f"the absolute path {glob!r}",
            'Write it as it goes on from the folder, such as "**/*.png"',
        )
    if any("**" in part and part != "**" for part in glob.split("/")):
        raise SourceError(
            "a pattern in which ** stands alone between two /",
            repr(glob),
            'Write "**/*.png" for any depth, "*.png" for the folder itself',
        )
    return glob


def match_glob(name: str, glob: str) -> bool:
    """Whether a path, plain or packed (``.gz``, ``.zip``), is what a pattern asks for.

    >>> match_glob("labels/a.csv.gz", "labels/*.csv")
    True
    """
    return _packed_expression(glob).fullmatch(name) is not None


@lru_cache(maxsize=1024)
def _packed_expression(glob: str) -> Expression:
    return compile_pattern(f"{read_glob(glob).pattern}(\\.gz|\\.zip)?")


def read_glob(glob: str) -> Expression:
    """Give a glob as a regular expression: `*` stays within a folder, `**/` is any depth."""
    signs = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    before, _, ending = glob.rpartition(".")
    ends = bool(before) and ending.isalnum()
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", before if ends else glob)
    written = "".join(signs.get(part, re.escape(part)) for part in parts)
    # Extensions are the same in any case of letters.
    return compile_pattern(written + (rf"(?i:\.{ending})" if ends else ""))
