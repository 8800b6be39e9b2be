"""A location in an object store as a path on this machine, and back."""

import os
import re
from functools import lru_cache
from pathlib import Path, PurePath

from labelassemble.errors import SettingsError

OBJECTS = "LABELASSEMBLE_OBJECTS"
"""Environment variable with the folder in which object stores are laid out."""

IN, OUT = "in", "out"
"""Folders below it: what is read, and what is on its way to a store."""

_LOCATION = re.compile(r"(?s)([a-z][a-z0-9+.-]+):/+(.*)")
_NO_STORE = frozenset({"file", "local", "hf", "package", "timm"})


def objects_root() -> Path:
    """Give the folder in which object stores are laid out: of the user's cache, if not named."""
    return _find_root(os.environ.get(OBJECTS), os.environ.get("XDG_CACHE_HOME"))


@lru_cache(maxsize=4)
def _find_root(named: str | None, cache: str | None) -> Path:
    root = Path(named) if named else Path(cache or "~/.cache") / "labelassemble" / "objects"
    return Path(os.path.normpath(root.expanduser().absolute()))


def is_location(text: str) -> bool:
    """Whether a text is a location in an object store.

    >>> is_location("s3://chest/nih"), is_location("/data/nih"), is_location("c:/nih")
    (True, False, False)
    """
    found = _LOCATION.fullmatch(text)
    return found is not None and found[1] not in _NO_STORE


def find_place(text: str, below: str = IN) -> Path:
    """Give the path by which everything else knows a location.

    Nothing is asked of the store yet.

    Args:
        text: such as ``s3://bucket/folder``; of the two slashes one may be lost, as in a ``Path``.
        below: ``IN``, or ``OUT`` of what is written there.

    Raises:
        SettingsError: no bucket, a way up (``..``), or a secret in it.
    """
    found = _LOCATION.fullmatch(text)
    assert found is not None, text
    scheme, rest = found[1], found[2].strip("/")
    host = rest.partition("/")[0]
    if "@" in host or re.search(r"(?i)[?&](x-amz-|sig=|signature=|token=|awsaccesskeyid=)", rest):
        raise SettingsError(
            f"a location in an object store without a secret in it, {scheme}://BUCKET/FOLDER",
            "one with a key or a signature (not repeated here)",
            "Take it out, make a new key if others may have seen it, and give keys by the "
            "environment (AWS_PROFILE, AWS_ACCESS_KEY_ID ...): docs/object_stores.md",
        )
    steps = rest.split("/")
    if not host or {".", ".."} & set(steps) or "\0" in rest:
        raise SettingsError(
            f"a location in an object store as {scheme}://BUCKET/FOLDER",
            f"{scheme}://{rest}" if rest else f"{scheme}:// alone",
            "Name the bucket, and the way down to the folder",
        )
    return objects_root().joinpath(below, scheme, *steps)


def find_location(path: str | Path) -> str | None:
    """Give the location that a path stands for; None: it is a path of this machine.

    >>> find_location("/data/a.png") is None, find_location(find_place("s3://chest/a.png"))
    (True, 's3://chest/a.png')
    """
    text = str(path)
    root = str(objects_root())
    if not text.startswith(root):
        return None
    steps = text[len(root) :].split("/", 3)
    if len(steps) < 4 or steps[0] or steps[1] not in (IN, OUT):
        return None
    return f"{steps[2]}://{steps[3]}"


def is_outgoing(path: Path) -> bool:
    """Whether a path stands for a location that is written."""
    return path.is_relative_to(objects_root() / OUT)


def tell_place(path: str | Path) -> str:
    """Write a path as its user knows it: a location as such, and any other path as it is.

    >>> tell_place(find_place("s3://chest/a.png")), tell_place("/data/a.png")
    ('s3://chest/a.png', '/data/a.png')
    """
    return find_location(path) or str(path)


def tell_text(text: str) -> str:
    """Write all places that stand for locations in a text as these.

    >>> tell_text(f"no table in {find_place('s3://chest/nih')}")
    'no table in s3://chest/nih'
    """
    root = str(objects_root())
    if root not in text:
        return text
    return re.sub(rf"{re.escape(root)}/(?:{IN}|{OUT})/([^/]+)/", r"\1://", text)


def take_location(value: object, below: str) -> object:
    """Give what a setting holds of a text or path: the place of a location, all else as it is.

    Raises:
        SettingsError: as ``find_place``.
    """
    if not isinstance(value, str | PurePath) or not is_location(text := os.path.expandvars(value)):
        return value
    if missing := re.findall(r"\$\{(\w+)\}", text):
        raise SettingsError(
            f"the environment variable {missing[0]}, which the location {value} uses",
            "it is not set",
            f"Set it: export {missing[0]}=NAME",
        )
    return find_place(text, below)
