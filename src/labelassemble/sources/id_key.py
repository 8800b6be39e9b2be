"""A secret key, by which ids become hashes that nobody without it can make or test."""

import hmac
import os
import re
import secrets
import stat
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from labelassemble.errors import SettingsError

KEY_BYTES = 32
"""Of a key: as long as the hash (RFC 2104, 3)."""

NAME, INPUT, CONTENT = "image", "input", "content"
"""Kinds of ids beside those that are elements of DICOM."""

_DIGITS = 32
"""Hexadecimal digits that are kept of a hash: 128 bits, half of it (RFC 2104, 5)."""


@dataclass(frozen=True)
class IdKey:
    """A key and where it lies.

    Attributes:
        place: the key's file.
        secret: its bytes, which no message, file or representation shows.
        made: whether it was made just now.
    """

    place: Path
    secret: bytes = field(repr=False)
    made: bool = False

    @property
    def files(self) -> Path:
        """The folder beside the key for what must not leave: headers, links to image files."""
        return self.place.with_name(f"{self.place.name}.files")

    @property
    def fingerprint(self) -> str:
        """Tells whether two tables have ids of one key; nothing of the key itself."""
        return self.hide("key", "")[:16]

    def hide(self, kind: str, text: str) -> str:
        """Hash an id: HMAC-SHA256, of which ``_DIGITS`` hexadecimal digits are kept.

        Args:
            kind: of the id, such as ``PatientID``; the same text as another kind of id has another
                hash.
            text: the id.

        Source: RFC 2104, HMAC.

        >>> key = IdKey(Path("k"), bytes(32))
        >>> key.hide("PatientID", "7") == key.hide("AccessionNumber", "7")
        False
        """
        message = f"{kind}\0{text}".encode("utf-8", "surrogateescape")
        return hmac.digest(self.secret, message, "sha256").hex()[:_DIGITS]

    def hide_all(self, kind: str, ids: pl.Series) -> pl.Series:
        """Hash a column of ids; null stays null."""
        different = ids.drop_nulls().unique().to_list()
        hidden = [self.hide(kind, text) for text in different]
        return ids.replace_strict(different, hidden, default=None, return_dtype=pl.String)


def open_id_key(place: Path, output: Path) -> IdKey:
    """Read a key, or make one where there is none.

    Args:
        place: the key's file; a new one is readable for this user alone.
        output: the folder that may leave; the key must not lie in it.

    Raises:
        SettingsError: the key lies in ``output``, others can read it, it is no key, or none can be
            written there.
    """
    if Path(os.path.realpath(place)).is_relative_to(os.path.realpath(output)):
        raise SettingsError(
            "a key outside the output folder, which may be given away (assembly.ids_key)",
            f"{place}, in {output}",
            "Name a file elsewhere, which stays in the hospital",
        )
    try:
        if not place.exists():
            return _make(place)
        mode = place.stat().st_mode
        text = place.read_text(encoding="ascii", errors="replace").strip()
    except OSError as error:
        raise SettingsError(
            f"a key at {place}, or a folder in which one can be made (assembly.ids_key)",
            error.strerror or str(error),
            "Check the path and its permissions",
        ) from error
    if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise SettingsError(
            f"a key that this user alone can read at {place}",
            f"permissions {stat.S_IMODE(mode):03o}",
            f"Take them away: chmod 600 {place}. If others may have read it, take a new key",
        )
    if not re.fullmatch(rf"[0-9a-f]{{{2 * KEY_BYTES}}}", text):
        raise SettingsError(
            f"{2 * KEY_BYTES} hexadecimal digits in the key {place}",
            f"{len(text)} characters" if text else "an empty file",
            "Name another file (a key is made where there is none), or restore it from its copy",
        )
    return IdKey(place, bytes.fromhex(text))


def _make(place: Path) -> IdKey:
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    secret = secrets.token_bytes(KEY_BYTES)
    with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secret.hex() + "\n")
        file.flush()
        os.fsync(file.fileno())
    return IdKey(place, secret, made=True)
