"""Names of an archive's members: which are safe below a folder, on any system."""

import os
import re
import unicodedata

from labelassemble.files.inside_path import ARCHIVES

_RESERVED = re.compile(r"(?i)^(con|prn|aux|nul|com\d|lpt\d)(\..*)?$")
_LONGEST = 255


def split_name(name: str) -> tuple[str, ...]:
    """Take a member's name apart: its folders and itself, without ``.`` and empty steps.

    >>> split_name("./images//a.png")
    ('images', 'a.png')
    """
    return tuple(part for part in name.split("/") if part not in ("", "."))


def refuse_name(name: str) -> str | None:
    """Say why a member of this name must not be written; none: it may.

    What Windows would understand otherwise is refused everywhere, so that an archive gives the same
    files on every system.

    >>> refuse_name("../a.png"), refuse_name("images/a.png")
    ('its name leaves the folder', None)
    """
    parts = split_name(name)
    if name.startswith("/"):
        return "its name is an absolute path"
    if "\\" in name or re.match(r"[A-Za-z]:", name):
        return "its name is a path of Windows"
    if ".." in parts:
        return "its name leaves the folder"
    if not parts:
        return "it has no name"
    if any(unicodedata.category(sign) in ("Cc", "Cs") for sign in name):
        return "its name holds characters that are no text"
    if any(_RESERVED.match(part) for part in parts):
        return "its name is one of Windows' devices"
    if any(len(os.fsencode(part)) > _LONGEST for part in parts):
        return f"a part of its name is longer than {_LONGEST} bytes"
    return None


class NamesTaken:
    """The names given so far.

    Systems that take ``A`` and ``a``, or ``a`` and ``a.``, for the same must not lose one of two
    files.
    """

    def __init__(self) -> None:
        self._files: dict[tuple[str, ...], str] = {}
        self._folders: dict[tuple[str, ...], str] = {}

    def take(self, name: str, folder: bool = False) -> str | None:
        """Take a name; say why it cannot be had, or none.

        Args:
            name: one that ``refuse_name`` has nothing against.
            folder: whether it is a folder; the same folder may come again.

        >>> names = NamesTaken()
        >>> names.take("a.png"), names.take("A.png")
        (None, 'its name differs from a.png in case alone')
        """
        parts = split_name(name)
        keys = tuple(_same_name(part) for part in parts)
        written = "/".join(parts)
        for depth in range(1, len(keys)):
            if other := self._files.get(keys[:depth]):
                return f"{other} is a file, so nothing can lie in it"
        if other := self._files.get(keys):
            same = other == written
            return (
                f"{other} comes twice" if same else f"its name differs from {other} in case alone"
            )
        if not folder and (other := self._folders.get(keys)):
            return f"{other} is a folder"
        for depth in range(1, len(keys) + folder):
            self._folders.setdefault(keys[:depth], "/".join(parts[:depth]))
        if not folder:
            self._files[keys] = written
        return None


def _same_name(part: str) -> str:
    """One form for what some file system takes for the same name."""
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", part).casefold())
    return folded.rstrip(". ") or folded


def archive_stem(name: str) -> str:
    """Take the extension of an archive off its name.

    >>> archive_stem("images_001.tar.gz"), archive_stem("v1.0.ZIP")
    ('images_001', 'v1.0')
    """
    lower = name.lower()
    ending = max((one for one in ARCHIVES if lower.endswith(one)), key=len, default="")
    return name[: len(name) - len(ending)]
