"""Width and height of an image file as it is seen, without decoding its pixels."""

import io
import struct
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, UnidentifiedImageError

from labelassemble.errors import ImageError, raise_machine_fault
from labelassemble.files.array_file import ARRAY_START
from labelassemble.files.decode_png import PNG_START
from labelassemble.files.decode_tiff import TIFF_STARTS, read_tiff_size
from labelassemble.files.describe_error import ADVICE, describe_error
from labelassemble.files.dicom_header import read_whole
from labelassemble.files.frame_path import split_frame
from labelassemble.files.image_size import ImageSize, refuse_size
from labelassemble.files.is_dicom import HEAD_BYTES, starts_as_dicom
from labelassemble.files.open_dicom import open_dicom
from labelassemble.files.open_file import open_file
from labelassemble.files.orientation import ORIENTATION, valid_orientation

EXIF_CHUNK = b"eXIf"


class StoredSize(NamedTuple):
    """How large an image is, and which way up it lies in its file.

    Attributes:
        upright: as it is seen.
        orientation: 1 (as it is seen) to 8, as EXIF counts.
    """

    upright: ImageSize
    orientation: int

    @property
    def stored(self) -> ImageSize:
        """As it lies in the file."""
        return self.upright.upright(self.orientation)


def read_size(path: Path) -> ImageSize:
    """Read the width and the height that ``read_image`` gives, from the file's header alone.

    Whether the pixels behind the header are whole is not looked at.

    Args:
        path: as for ``read_image``.

    Raises:
        ImageError: the file is missing, or no image of a known kind.
    """
    return read_stored_size(path).upright


def read_stored_size(path: Path) -> StoredSize:
    """Read the size of an image, and how it is turned before it is seen.

    Args:
        path: as for ``read_image``.

    Raises:
        ImageError: as ``read_size``.
    """
    return _tell_size(lambda: open_file(path), path)


def read_size_of_bytes(data: bytes, path: Path) -> ImageSize:
    """Read the width and the height of an image whose bytes are in memory: as ``read_size``.

    Args:
        data: as ``read_file`` gives them.
        path: what they are called, for errors and for the frame that it names.

    Raises:
        ImageError: no image of a known kind.
    """
    return _tell_size(lambda: io.BytesIO(data), path).upright


def _tell_size(open_it: Callable[[], io.BytesIO | io.BufferedReader], path: Path) -> StoredSize:
    try:
        with open_it() as opened:
            size = _read_size(opened, path)
        refuse_size(size.upright)
    except ImageError:
        raise
    except OSError as error:
        raise_machine_fault(error)
        got = describe_error(error) if isinstance(error, UnidentifiedImageError) else error.strerror
        raise _wrong(path, got or str(error)) from error
    except Exception as error:
        raise_machine_fault(error)
        # As in read_image: damaged headers raise nearly anything.
        raise _wrong(path, describe_error(error)) from error
    return size


def _read_size(opened: io.BytesIO | io.BufferedReader, path: Path) -> StoredSize:
    name, frame = split_frame(str(path))
    file = path if frame is None else Path(name)
    head = opened.read(HEAD_BYTES)
    if not head:
        raise ValueError("an empty file (0 bytes)")
    if head.startswith(PNG_START):
        return _read_png_size(opened)
    if head.startswith(ARRAY_START):
        opened.seek(0)
        shape = np.load(opened, allow_pickle=False).shape
        return StoredSize(ImageSize(shape[1], shape[0]), 1)
    if head[128:132] != b"DICM" and head.startswith(TIFF_STARTS):
        return StoredSize(*read_tiff_size(opened, frame, file))
    if starts_as_dicom(head):
        opened.seek(0)
        return StoredSize(_read_dicom_size(opened), 1)
    opened.seek(0)
    with Image.open(opened) as image:
        size, said = image.size, image.getexif().get(ORIENTATION)
    orientation = valid_orientation(said)
    return StoredSize(ImageSize(*size).upright(orientation), orientation)


def _read_dicom_size(opened: io.BytesIO | io.BufferedReader) -> ImageSize:
    header = open_dicom(opened, tags=["Rows", "Columns"])
    return ImageSize(read_whole(header, "Columns") or 0, read_whole(header, "Rows") or 0)


def _read_png_size(opened: io.BytesIO | io.BufferedReader) -> StoredSize:
    """Hop from chunk to chunk: how the image is turned may stand behind its pixels."""
    opened.seek(len(PNG_START))
    size, orientation = ImageSize(0, 0), 1
    while len(head := opened.read(8)) == 8:
        length, kind = struct.unpack(">I4s", head)
        if kind == b"IHDR":
            size = ImageSize(*struct.unpack(">II", opened.read(8)))
            opened.seek(length - 8 + 4, io.SEEK_CUR)
        elif kind == EXIF_CHUNK:
            exif = Image.Exif()
            exif.load(b"Exif\0\0" + opened.read(length))
            orientation = valid_orientation(exif.get(ORIENTATION))
            break
        else:
            opened.seek(length + 4, io.SEEK_CUR)
    return StoredSize(size.upright(orientation), orientation)


def _wrong(path: Path, got: str) -> ImageError:
    return ImageError(f"the size of an image in {path}", got, ADVICE)
