"""Where the findings of simulated patients lie, as their hospitals' reference keeps it."""

import csv
from pathlib import Path

import cv2
import numpy as np
from jaxtyping import Bool, UInt8

from labelassemble.errors import ImageError

SEVERITY = "_severity"
"""End of the columns of ``truth.csv`` that say how much of a finding an image has."""


def find_truth(folder: Path) -> tuple[str, ...]:
    """Give the findings that the masks of a simulated reference show, in the order of their bits.

    Args:
        folder: of any source; ``masks/`` and a ``truth.csv`` beside the folder make a reference.

    Returns:
        Names of classes; none for a folder of another kind.
    """
    table = folder.parent / "truth.csv"
    if not (folder / "masks").is_dir() or not table.is_file():
        return ()
    with table.open(encoding="utf-8", errors="replace", newline="") as file:
        columns = next(csv.reader(file), [])
    return tuple(one.removesuffix(SEVERITY) for one in columns if one.endswith(SEVERITY))


def read_truth(image: Path) -> UInt8[np.ndarray, "height width"]:
    """Read the mask of an image of the reference: bit i is set where finding i lies.

    Args:
        image: the file in ``images/``; its mask has the same name in ``masks/``.

    Raises:
        ImageError: there is no mask.
    """
    place = image.parent.parent / "masks" / image.name
    packed = cv2.imread(str(place), cv2.IMREAD_GRAYSCALE)
    if packed is None:
        raise ImageError(f"the mask of {image} at {place}", "no image", "Simulate again")
    return np.asarray(packed, dtype=np.uint8)


def unpack_finding(packed: UInt8[np.ndarray, "*space"], number: int) -> Bool[np.ndarray, "*space"]:
    """Give the places of the finding of this number, 0 to 7.

    >>> unpack_finding(np.array([0, 1, 3, 2], dtype=np.uint8), 1).tolist()
    [False, False, True, True]
    """
    return np.asarray(packed & np.uint8(1 << number), dtype=bool)
