"""Images inside npz files: ``chestmnist.npz#train_images/17`` is one image."""

import io
import threading
import zipfile
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from labelassemble.errors import ImageError

INSIDE = "#"
"""What stands between an npz file and the array in it, in the path of an image:
``chestmnist.npz#train_images/17``."""

ARRAY_START = b"\x93NUMPY"
"""How the bytes of one array begin."""

_lock = threading.Lock()


class ArrayPlace(NamedTuple):
    """Where an image lies inside an npz file.

    Attributes:
        file: the npz file.
        name: of the array.
        row: counted from 0.
    """

    file: Path
    name: str
    row: int


def find_array(path: str) -> ArrayPlace | None:
    """Take the path of an image inside an npz file apart; None for any other path.

    >>> find_array("/data/chestmnist.npz#train_images/17")
    ArrayPlace(file=PosixPath('/data/chestmnist.npz'), name='train_images', row=17)
    """
    file, sign, inside = path.partition(f".npz{INSIDE}")
    name, slash, row = inside.rpartition("/")
    if not sign or not slash or not row.isdecimal():
        return None
    return ArrayPlace(Path(f"{file}.npz"), name, int(row))


def read_array(place: ArrayPlace) -> bytes:
    """Give one image of an array as the bytes of an npy file.

    The whole array is unpacked once and kept: an npz file cannot be read from the middle.

    Raises:
        ImageError: no such file, array or row.
    """
    try:
        stamp = place.file.stat()
        with _lock:
            images = _load(place.file, place.name, stamp.st_mtime_ns)
        memory = io.BytesIO()
        np.save(memory, images[place.row], allow_pickle=False)
        return memory.getvalue()
    except (OSError, KeyError, IndexError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ImageError(
            f"image {place.row} of the array {place.name} in {place.file}",
            f"{type(error).__name__}: {error}",
            "Fetch the file again, or take the image out of its table",
        ) from error


@lru_cache(maxsize=3)
def _load(file: Path, name: str, modified_ns: int) -> np.ndarray:
    del modified_ns  # Part of the key: a file that changed is read again.
    # Opened here, so that it is closed where numpy finds it broken.
    with file.open("rb") as opened, np.load(opened, allow_pickle=False) as arrays:
        found: np.ndarray = arrays[name]
        return found
