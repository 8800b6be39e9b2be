"""The bytes of an image file, wherever it lies: on disk, or inside another file."""

import errno
import io
import stat
from pathlib import Path

from labelassemble.errors import ImageError, raise_machine_fault
from labelassemble.files.archive_file import open_archive
from labelassemble.files.frame_path import split_frame
from labelassemble.files.inside_path import ARRAYS, TABLE_SUFFIXES, Inside, find_inside, split_row
from labelassemble.storage.fetch_object import is_absent, open_object, read_object


def read_file(path: Path) -> bytes:
    """Read all bytes of an image file.

    Args:
        path: the file; inside another one as ``find_inside`` says; of a frame of it (``#frame/3``)
            the whole file is given.

    Raises:
        ImageError: the file is missing, is a folder, may not be read, or is damaged.
    """
    name = str(path)
    if (place := find_inside(name)) is not None:
        return _read_inside(place)
    file, frame = split_frame(name)
    if is_absent(Path(file)):
        return read_object(Path(file))
    try:
        return _refuse_endless(path if frame is None else Path(file)).read_bytes()
    except OSError as error:
        raise_machine_fault(error)
        raise ImageError(
            f"an image file at {path}",
            error.strerror or str(error),
            "Check the folder of images, and that the file is there and may be read",
        ) from error


def open_file(path: Path) -> io.BytesIO | io.BufferedReader:
    """Open an image file where only its beginning is wanted; what lies inside another is read.

    Raises:
        ImageError: what lies inside another file cannot be read.
        OSError: the file cannot be opened.
    """
    if (place := find_inside(str(path))) is not None:
        return io.BytesIO(_read_inside(place))
    file = Path(split_frame(str(path))[0])
    if is_absent(file):
        return io.BufferedReader(open_object(file))
    return _refuse_endless(file).open("rb")


def _refuse_endless(file: Path) -> Path:
    """Refuse what is no file though it can be opened: a pipe may wait for ever, a device not end.

    Raises:
        OSError: it is one of them, or cannot be looked at.
    """
    mode = file.stat().st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise OSError(errno.EINVAL, "A pipe, socket or device, which is no file", str(file))
    return file


def _read_inside(place: Inside) -> bytes:
    suffix = place.file.suffix.lower()
    # Here: whoever reads files of their own pays for no reader of tables.
    if suffix in ARRAYS:
        from labelassemble.files.array_file import read_array

        return read_array(place)
    if suffix in TABLE_SUFFIXES:
        from labelassemble.files.parquet_cells import read_cell

        return read_cell(place.file, *split_row(place.name))
    return open_archive(place.file).read(place.name)
