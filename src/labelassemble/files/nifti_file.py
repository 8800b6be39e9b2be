"""A NIfTI file whose voxels come slice by slice, and whose checksum holds for all of them."""

import gzip
import math
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Shaped

from labelassemble.errors import ImageError, raise_machine_fault
from labelassemble.files.file_suffixes import NIFTI_SUFFIXES
from labelassemble.files.grid_header import refuse_voxels
from labelassemble.storage.fetch_object import bring

GZIP_START = b"\x1f\x8b"

_PADDING = 512
"""Fewer bytes behind the last voxel are padding; a slice more, and the header is wrong."""

_READ_BYTES = 2**20


class NiftiFile(NamedTuple):
    """A file whose header is read and whose voxels are not.

    Attributes:
        path: where it lies.
        header: nibabel's.
        shape: voxels along each axis, without axes of length 1 behind the third.
        kind: of the numbers as they are stored.
        slope: what stored numbers are multiplied with.
        intercept: what is added then.
        read: numbers, scaled, of slices [start, stop) of the last axis. Raises ImageError where the
            file is damaged.
    """

    path: Path
    header: Any
    shape: tuple[int, ...]
    kind: np.dtype
    slope: float
    intercept: float
    read: Callable[[int, int], Shaped[np.ndarray, "*slices"]]


def is_nifti(path: Path) -> bool:
    """Whether a file is called as NIfTI files are.

    >>> is_nifti(Path("a.nii.gz")), is_nifti(Path("A.NII")), is_nifti(Path("a.png"))
    (True, True, False)
    """
    return path.name.lower().endswith(NIFTI_SUFFIXES)


def open_nifti_file(path: Path) -> NiftiFile:
    """Open a NIfTI file, packed or not, of version 1 or 2; the bytes say which, not the name.

    A packed file ends with a checksum and a length. They are compared when the last slice is read,
    by reading on to the end, so whoever reads all slices has them all verified. An unpacked one has
    no checksum; its size is compared when it is opened.

    Args:
        path: the file.

    Raises:
        ImageError: no such file, no NIfTI, a damaged header, a file that is too short.

    Source: NIfTI-1 and NIfTI-2 headers (sizeof_hdr 348 and 540); RFC 1952, section 2.3.1.
    """
    # Only here: nibabel is slow to import, and most sources hold no volume.
    import nibabel

    stream: Any = None
    try:
        stream, packed = _open(path)
        start = stream.read(4)
        stream.seek(0)
        sizes = {int.from_bytes(start, "little"), int.from_bytes(start, "big")}
        kind: Any = nibabel.Nifti2Image if 540 in sizes else nibabel.Nifti1Image
        with nibabel.imageglobals.LoggingOutputSuppressor():
            image = kind.from_file_map({"image": nibabel.FileHolder(fileobj=stream)})
        header = image.header
        shape = tuple(int(size) for size in image.shape)
        refuse_voxels(shape)
        stored = np.dtype(header.get_data_dtype())
        slope, intercept = float(image.dataobj.slope), float(image.dataobj.inter)
        if not packed:
            needed = int(image.dataobj.offset) + math.prod(shape) * stored.itemsize
            size = path.stat().st_size
            if min(shape, default=0) > 0 and size < needed:
                raise ValueError(f"a truncated file: {size:,} bytes of {needed:,}")
            if size - needed >= max(_PADDING, stored.itemsize * math.prod(shape[:-1])):
                raise ValueError(f"{size:,} bytes, of which the header's {shape} need {needed:,}")
    except Exception as error:
        raise_machine_fault(error)
        if stream is not None:
            stream.close()
        # Damaged headers raise nearly anything; all of it means the same to the user.
        raise unreadable_volume(path, error) from error
    # Slices are read when they are wanted: the file is closed with the image.
    weakref.finalize(image, stream.close)
    while len(shape) > 3 and shape[-1] == 1:
        shape = shape[:-1]
    before = (slice(None),) * (len(shape) - 1)
    behind = (0,) * (len(image.shape) - len(shape))

    def read(start: int, stop: int) -> Shaped[np.ndarray, "*slices"]:
        try:
            numbers = np.asarray(image.dataobj[(*before, slice(start, stop), *behind)])
            if packed and stop >= shape[-1]:
                # Only at the end the decoder compares checksum and length.
                while stream.read(_READ_BYTES):
                    pass
        except Exception as error:
            raise_machine_fault(error)
            raise unreadable_volume(path, error) from error
        return numbers

    return NiftiFile(path, header, shape, stored, slope, intercept, read)


def unreadable_volume(path: Path, error: Exception, do: str = "Fetch the file again") -> ImageError:
    """Make one error of whatever a decoder complained about."""
    first = (str(error).strip() or type(error).__name__).splitlines()[0]
    if isinstance(error, OSError) and error.strerror:
        return ImageError(
            f"a whole volume at {path}", error.strerror, "Check the file and its path"
        )
    return ImageError(f"a whole volume at {path}", first, getattr(error, "advice", do))


def _open(path: Path) -> tuple[Any, bool]:
    with bring(path).open("rb") as opened:
        packed = opened.read(2) == GZIP_START
    return gzip.open(bring(path), "rb") if packed else bring(path).open("rb"), packed
