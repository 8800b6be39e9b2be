"""Paths in a table: those of this machine in memory, and locations in what is written."""

import re

import polars as pl

from labelassemble.storage.object_place import IN, objects_root

_PATH = "path"


def tell_locations(frame: pl.DataFrame) -> pl.DataFrame:
    """Write places of an object store as locations: what is written means the same elsewhere.

    >>> from labelassemble.storage.object_place import find_place
    >>> frame = pl.DataFrame({"path": [str(find_place("s3://chest/a.png")), "/data/b.png", None]})
    >>> tell_locations(frame)["path"].to_list()
    ['s3://chest/a.png', '/data/b.png', None]
    >>> find_places(tell_locations(frame)).equals(frame)
    True
    """
    start = f"^{re.escape(str(objects_root() / IN))}/([^/]+)/"
    return _replace(frame, start, "${1}://")


def find_places(frame: pl.DataFrame) -> pl.DataFrame:
    """Write locations as the places by which this machine knows them."""
    root = str(objects_root() / IN).replace("$", "$$")
    return _replace(frame, "^([a-z][a-z0-9+.-]+)://", f"{root}/${{1}}/")


def _replace(frame: pl.DataFrame, pattern: str, by: str) -> pl.DataFrame:
    if _PATH not in frame.columns:
        return frame
    return frame.with_columns(pl.col(_PATH).str.replace(pattern, by))
