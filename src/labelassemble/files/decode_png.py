"""The bytes of a PNG file in, grey values as deep as the file out."""

import cv2
import numpy as np
from jaxtyping import Shaped

from labelassemble.files.colours import mix_luma, show_on_black
from labelassemble.files.file_structure import PngStructure
from labelassemble.files.opencv_decode import opencv_decode
from labelassemble.files.orientation import read_orientation, turn_upright

GREY = cv2.IMREAD_GRAYSCALE | cv2.IMREAD_IGNORE_ORIENTATION


def decode_png(data: bytes, structure: PngStructure) -> Shaped[np.ndarray, "height width"] | None:
    """Decode a PNG of 8 or 16 bits, turned upright; None where it takes a decoder of palettes.

    Args:
        data: the file's bytes.
        structure: what ``read_png_structure`` says of them.

    Returns:
        uint8; of 16 bits uint16, or float32 in the same unit where colours were mixed.

    Raises:
        ValueError: pixels that cannot be decoded.
    """
    if structure.bits == 16:
        grey = _mix(opencv_decode(data, cv2.IMREAD_UNCHANGED), structure.clear_grey)
    elif structure.clear_grey is not None:
        # Pillow compares the one transparent value with shades that it has spread over bytes.
        shades = opencv_decode(data, GREY)
        grey = np.where(shades == structure.clear_grey * 255 // (2**structure.bits - 1), 0, shades)
    elif structure.bits == 8 and not structure.palette and not structure.transparent:
        grey = opencv_decode(data, GREY)
    else:
        return None
    return turn_upright(grey, read_orientation(data)) if structure.exif else grey


def _mix(
    values: Shaped[np.ndarray, "height width *channels"], clear_grey: int | None
) -> Shaped[np.ndarray, "height width"]:
    if values.ndim == 2:
        # OpenCV leaves out that one grey value is transparent.
        return values if clear_grey is None else np.where(values == clear_grey, 0, values)
    # OpenCV's order is blue, green, red, alpha.
    alpha = values[..., 3] if values.shape[-1] == 4 else None
    if (values[..., :1] == values[..., :3]).all():
        return show_on_black(values[..., 0], alpha)
    return mix_luma(values[..., 2::-1], alpha)


PNG_START = b"\x89PNG\r\n\x1a\n"
