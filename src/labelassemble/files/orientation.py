"""Which way up an image was taken, and pixels turned upright."""

import io
import struct

import numpy as np
from jaxtyping import Shaped
from PIL import Image

ORIENTATION = 0x0112
"""Number of the tag in EXIF and TIFF."""


def read_orientation(data: bytes) -> int:
    """Read the EXIF orientation of an image file, 1 (upright) to 8; 1 where it says none.

    Args:
        data: the file's bytes.
    """
    try:
        with Image.open(io.BytesIO(data)) as opened:
            return valid_orientation(opened.getexif().get(ORIENTATION))
    except (OSError, SyntaxError, ValueError, LookupError, struct.error):
        # EXIF may be damaged where the image is not: it stands as it lies, as everywhere else.
        return 1


def valid_orientation(value: object) -> int:
    """Take what stands in a file for an orientation: anything but 1 to 8 means upright.

    >>> valid_orientation(6), valid_orientation(0), valid_orientation("left")
    (6, 1, 1)
    """
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def turn_upright(
    pixels: Shaped[np.ndarray, "height width *channels"], orientation: int
) -> Shaped[np.ndarray, "upright_height upright_width *channels"]:
    """Turn and mirror pixels so that the image stands as it was seen.

    Args:
        pixels: as they lie in the file.
        orientation: 1 to 8.

    Source: CIPA DC-008 (EXIF 2.32), tag 0x0112; TIFF 6.0, Orientation.

    >>> turn_upright(np.array([[1, 2], [3, 4]]), 6).tolist()
    [[3, 1], [4, 2]]
    """
    if orientation >= 5:
        pixels = pixels.swapaxes(0, 1)
    # What swapping rows and columns leaves to do for 5, 6, 7, 8 is what 1, 2, 3, 4 ask for.
    mirrored = orientation in (2, 3, 6, 7)
    flipped = orientation in (3, 4, 7, 8)
    return np.ascontiguousarray(pixels[:: -1 if flipped else 1, :: -1 if mirrored else 1])
