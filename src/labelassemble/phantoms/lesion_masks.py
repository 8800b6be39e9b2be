"""Where the findings of simulated patients lie, as ``simulate_hospitals`` wrote it."""

from pathlib import Path

import cv2
import numpy as np
from jaxtyping import Bool, UInt8

from labelassemble.errors import ImageError
from labelassemble.phantoms.finding_model import FINDINGS


def has_lesion_masks(folder: Path) -> bool:
    """Whether a source's folder is the reference of simulated hospitals, with its masks."""
    return (folder / "masks").is_dir() and (folder.parent / "truth.csv").is_file()


def read_lesion_masks(image: Path) -> UInt8[np.ndarray, "height width"]:
    """Read the mask of an image of the reference: bit i is set where finding i of ``FINDINGS`` is.

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


def unpack_finding(packed: UInt8[np.ndarray, "*space"], finding: str) -> Bool[np.ndarray, "*space"]:
    """Give the places of one finding.

    >>> unpack_finding(np.array([0, 1, 3, 2], dtype=np.uint8), "cardiomegaly").tolist()
    [False, False, True, True]
    """
    return np.asarray(packed & np.uint8(1 << FINDINGS.index(finding)), dtype=bool)
