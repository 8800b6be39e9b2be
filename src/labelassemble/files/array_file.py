"""Images inside npz and HDF5 files: ``chestmnist.npz#train_images/17`` is one image."""

import io
import os
import threading
import zipfile
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from labelassemble.errors import ImageError, SourceError
from labelassemble.files.growth import Growth
from labelassemble.files.inside_path import HDF5, INSIDE, Inside, split_row
from labelassemble.storage.fetch_object import bring

ARRAY_START = b"\x93NUMPY"
"""How the bytes of one array begin."""

_lock = threading.Lock()


def read_array(place: Inside) -> bytes:
    """Give one image of an array as the bytes of an npy file.

    An array of an npz file is unpacked once and kept, for it cannot be read from the middle; of an
    HDF5 file only that image is read.

    Raises:
        ImageError: no such file, array or row; HDF5 without h5py.
    """
    name, row = split_row(place.name)
    try:
        stamp = place.file.stat().st_mtime_ns
        with _lock:
            if place.file.suffix.lower() in HDF5:
                image = _hold_hdf5(place.file, stamp)[name][row]
            else:
                image = _load(place.file, name, stamp)[row]
        memory = io.BytesIO()
        np.save(memory, image, allow_pickle=False)
        return memory.getvalue()
    except (
        OSError,
        KeyError,
        IndexError,
        ValueError,
        TypeError,
        EOFError,
        zipfile.BadZipFile,
    ) as error:
        raise ImageError(
            f"image {row} of the array {name} in {place.file}",
            f"{type(error).__name__}: {error}",
            "Fetch the file again, or take the image out of its table",
        ) from error


def list_array_images(file: Path) -> list[str]:
    """Give the path of each image in the arrays of an npz or HDF5 file.

    Arrays of three or four dimensions hold images, one a row. No image is read.

    Raises:
        ImageError: it cannot be read; HDF5 without h5py.
    """
    try:
        shapes = read_array_shapes(file)
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ImageError(
            f"a whole file of arrays at {file}",
            f"{type(error).__name__}: {error}",
            "Fetch the file again",
        ) from error
    return [
        f"{file}{INSIDE}{name}/{row}"
        for name, shape in shapes.items()
        if len(shape) in (3, 4)
        for row in range(shape[0])
    ]


def read_array_shapes(file: Path) -> dict[str, tuple[int, ...]]:
    """Give the name of each array of a file with its size, by its head alone.

    Raises:
        ImageError: HDF5 without h5py.
        OSError, ValueError, EOFError, zipfile.BadZipFile: it cannot be read.
    """
    if file.suffix.lower() in HDF5:
        with open_hdf5(file) as opened:
            shapes = dict[str, tuple[int, ...]]()
            opened.visititems(
                lambda name, one: (
                    shapes.update({name: one.shape}) if hasattr(one, "shape") else None
                )
            )
            return shapes
    with zipfile.ZipFile(bring(file)) as archive:
        found = dict[str, tuple[int, ...]]()
        for member in archive.namelist():
            if member.endswith(".npy"):
                with archive.open(member) as head:
                    old = np.lib.format.read_magic(head) == (1, 0)
                    found[member.removesuffix(".npy")] = (
                        np.lib.format.read_array_header_1_0(head)
                        if old
                        else np.lib.format.read_array_header_2_0(head)
                    )[0]
        return found


@lru_cache(maxsize=3)
def _load(file: Path, name: str, modified_ns: int) -> np.ndarray:
    del modified_ns  # Part of the key: a file that changed is read again.
    # Opened here, so that it is closed where numpy finds it broken.
    with zipfile.ZipFile(bring(file)) as archive:
        refuse_grown(archive, f"{name}.npy")
    with file.open("rb") as opened, np.load(opened, allow_pickle=False) as arrays:
        found: np.ndarray = arrays[name]
        return found


def refuse_grown(archive: zipfile.ZipFile, member: str) -> None:
    """Refuse an array that grows beyond the bounds where it is unpacked.

    Raises:
        ImageError: says how far.
        KeyError: no such array.
    """
    told = archive.getinfo(member)
    try:
        Growth(told.compress_size).add(told.file_size)
    except SourceError as error:
        raise ImageError(error.expected, f"{error.got}, of {member}", error.do) from error


_held: dict[tuple[Path, int], tuple[int, Any]] = {}
_MAX_HELD = 8


def _hold_hdf5(file: Path, modified_ns: int) -> Any:
    """Keep a file open; once a process, for a handle must not be used after a fork.

    One that has changed is closed before it is opened again: HDF5 would give the old content.
    """
    key = file, os.getpid()
    if key in _held and _held[key][0] == modified_ns:
        return _held[key][1]
    mine = [one for one in _held if one[1] == key[1]]
    for one in (key, *mine[: max(0, len(mine) - _MAX_HELD + 1)]):
        if one in _held:
            _held.pop(one)[1].close()
    _held[key] = modified_ns, open_hdf5(file)
    return _held[key][1]


def open_hdf5(file: Path) -> Any:
    """Open an HDF5 file.

    Raises:
        ImageError: h5py is not installed.
        OSError: no such file, or no HDF5.
    """
    try:
        import h5py  # only where there is such a file
    except ImportError as error:
        raise ImageError(
            f"h5py, which reads HDF5 files such as {file}",
            "it is not installed",
            "pip install 'labelassemble[hdf5]'",
        ) from error
    # Chunks hold many images: what a neighbour needs stays in memory.
    return h5py.File(bring(file), "r", rdcc_nbytes=64 * 2**20)
