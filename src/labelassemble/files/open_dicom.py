"""A DICOM file's elements, read; what it was packed with does not fill the memory."""

import io
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO, cast

import pydicom
from pydicom.filereader import read_dataset

from labelassemble.errors import SourceError, raise_machine_fault
from labelassemble.files.growth import Growth

DEFLATED = b"1.2.840.10008.1.2.1.99"
_HEAD, _STEP = 4096, 2**20


def open_dicom(
    place: Path | io.BytesIO | io.BufferedReader,
    *,
    pixels: bool = False,
    tags: Sequence[str] | None = None,
) -> pydicom.Dataset:
    """Read the elements of a DICOM file, with or without preamble and file meta information.

    Args:
        place: the file, or its bytes.
        pixels: whether to read on to what it shows.
        tags: keywords of those that are wanted; None: all.

    Raises:
        ValueError: deflated elements that grow beyond the bounds.
        Exception: whatever pydicom raises on a damaged file.
    """
    if isinstance(place, Path):
        from labelassemble.storage.fetch_object import bring  # Bytes need none.

        with bring(place).open("rb") as opened:
            return open_dicom(opened, pixels=pixels, tags=tags)
    head = place.read(_HEAD)
    place.seek(0)
    if DEFLATED in head:
        data = place.read()
        place.seek(0)
        growth = Growth(len(data))
        try:
            count_deflated(data, growth.add)
        except SourceError as error:
            raise _GrownError(error) from error
    return pydicom.dcmread(
        cast(BinaryIO, place if isinstance(place, io.BytesIO) else _Clipped(place)),
        force=True,
        stop_before_pixels=not pixels,
        specific_tags=None if tags is None else list(tags),
    )


def count_deflated(data: bytes, add: Callable[[int], None]) -> None:
    """Count what the elements of a deflated DICOM file come to, piece by piece; of others nothing.

    Args:
        data: the file's bytes.
        add: is called with the size of each piece; raises where they are too many.

    Raises:
        zlib.error: damaged ones.
    """
    if data[128:132] != b"DICM" or DEFLATED not in data[:_HEAD]:
        return
    file = io.BytesIO(data)
    file.seek(132)
    try:
        meta = read_dataset(file, False, True, stop_when=lambda tag, _vr, _length: tag.group != 2)
        syntax = str(meta.get("TransferSyntaxUID", ""))
    except Exception as error:  # Damaged: reading it says how.
        raise_machine_fault(error)
        return
    if syntax != DEFLATED.decode():
        return
    unpack, rest = zlib.decompressobj(-zlib.MAX_WBITS), data[file.tell() :]
    while rest and not unpack.eof:
        add(len(unpack.decompress(rest, _STEP)))
        rest = unpack.unconsumed_tail


class _Clipped:
    """A file of which no more is asked for than it has: an element can claim any length, and a file
    makes room for all that it is asked for."""

    def __init__(self, file: io.BufferedReader) -> None:
        self._file = file
        self.seek, self.tell = file.seek, file.tell
        if (name := getattr(file, "name", None)) is not None:  # An object of a store has none.
            self.name = name
        place = file.tell()
        self._end = file.seek(0, io.SEEK_END)
        file.seek(place)

    def read(self, size: int = -1) -> bytes:
        if size > _STEP:
            size = min(size, max(self._end - self.tell(), 0))
        return self._file.read(size)


class _GrownError(ValueError):
    def __init__(self, error: SourceError) -> None:
        super().__init__(error.got)
        self.advice = error.do
