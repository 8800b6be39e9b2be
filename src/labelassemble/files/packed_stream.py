"""A stream that is packed with gzip, bzip2 or xz, as its first bytes say."""

import bz2
import gzip
import io
import lzma
from collections.abc import Callable
from typing import Final, Protocol, runtime_checkable

START_BYTES: Final = 6
"""Enough of a file to tell how it is packed."""


@runtime_checkable
class Readable(Protocol):
    """Something that bytes are read from."""

    def read(self, size: int = -1, /) -> bytes:
        """Read as many bytes, or fewer at the end."""


_PACKED: Final[dict[bytes, Callable[[io.BytesIO | io.BufferedReader], Readable]]] = {
    b"\x1f\x8b": lambda file: gzip.GzipFile(fileobj=file),
    b"BZh": bz2.BZ2File,
    b"\xfd7zXZ\x00": lzma.LZMAFile,
}


def unpack_stream(start: bytes, file: io.BytesIO | io.BufferedReader) -> Readable | None:
    """Give what is packed in a file; None where it is not packed as a whole.

    Args:
        start: its first ``START_BYTES`` bytes.
        file: at its beginning.
    """
    unpack = next((one for sign, one in _PACKED.items() if start.startswith(sign)), None)
    return unpack(file) if unpack else None
