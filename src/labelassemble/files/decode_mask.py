"""The values of a mask's image file as they are stored, before anything is said of them."""

import io
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import Shaped, UInt8
from PIL import Image, UnidentifiedImageError

from labelassemble.files.decode_jpeg import refuse_cut_jpeg
from labelassemble.files.file_structure import read_png_structure
from labelassemble.files.image_size import ImageSize, refuse_size
from labelassemble.files.open_file import open_file
from labelassemble.files.orientation import (
    ORIENTATION,
    read_orientation,
    turn_upright,
    valid_orientation,
)

COLOUR_BYTE, ALPHA_COLOURS = 25, (4, 6)
"""PNG: where the file says of what kind its colours are, and kinds with a channel of alpha."""


TIFF_PHOTOMETRIC, TIFF_BITS = 262, 258
"""TIFF 6.0: whether 0 is black or white, and bits a sample."""


class StoredMask(NamedTuple):
    """What stands in the file.

    Attributes:
        numbers: a number a pixel, or three of red, green and blue.
        alpha: opacity, where the file holds any.
        palette: red, green and blue of each number, where numbers are its indices.
        top: the brightest number of a grey image of fewer than 8 bits, whose numbers are spread
            over 0 to 255; 0: deeper.
        lossy: whether its compression changes numbers.
    """

    numbers: Shaped[np.ndarray, "height width *channels"]
    alpha: Shaped[np.ndarray, "height width"] | None = None
    palette: UInt8[np.ndarray, "entries 3"] | None = None
    top: int = 0
    lossy: bool = False


def decode_mask(path: Path) -> StoredMask:
    """Decode a mask's image file as it is stored.

    Raises:
        ImageError, OSError, ValueError: it cannot be read or decoded.
    """
    with open_file(path) as file:
        data = file.read()
    if not data:
        raise ValueError("an empty file (0 bytes)")
    if data[128:132] == b"DICM":
        raise ValueError("a DICOM file; write masks as PNG or NIfTI")
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        structure = read_png_structure(data)
        refuse_size(ImageSize(structure.width, structure.height))
        if structure.bits >= 8 and not structure.palette:
            stored = _decode_deep(data, read_orientation(data) if structure.exif else 1)
            # Without a channel of its own, alpha is one colour that is transparent.
            return stored if data[COLOUR_BYTE] in ALPHA_COLOURS else stored._replace(alpha=None)
        return _decode_other(data, 0 if structure.palette else structure.bits)
    if data.startswith(b"\xff\xd8\xff"):
        refuse_cut_jpeg(data)
        return _decode_other(data)._replace(lossy=True)
    try:
        packed = data[:4] == b"RIFF" and b"VP8 " in data[:64]
        return _decode_other(data)._replace(lossy=packed)
    except UnidentifiedImageError:
        # Of 16-bit colours in TIFF only OpenCV knows.
        if data.startswith((b"II*\0", b"MM\0*")):
            return _decode_deep(data, 1)
        raise


def _decode_deep(data: bytes, orientation: int) -> StoredMask:
    """Decode with OpenCV: fast, and it keeps 16 bits a channel."""
    numbers = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), cv2.IMREAD_UNCHANGED)
    if numbers is None:
        raise ValueError("pixels that cannot be decoded")
    numbers = turn_upright(numbers, orientation)
    if numbers.ndim == 2:
        return StoredMask(numbers)
    # OpenCV's order is blue, green, red, alpha.
    return StoredMask(numbers[..., 2::-1], numbers[..., 3] if numbers.shape[2] == 4 else None)


def _decode_other(data: bytes, bits: int = 0) -> StoredMask:
    """Decode with Pillow, which gives indices of palettes and knows most formats."""
    opened = Image.open(io.BytesIO(data))
    refuse_size(ImageSize(*opened.size))
    frames = getattr(opened, "n_frames", 1)
    if frames > 1:
        raise ValueError(f"{frames} frames in one file")
    mode = opened.mode
    tags = getattr(opened, "tag_v2", {})
    if tags.get(TIFF_PHOTOMETRIC) == 0 and mode not in ("1", "L"):
        raise ValueError("a TIFF file of more than 8 bits in which 0 is white")
    depths = tags.get(TIFF_BITS, (8,))
    if len(depths) > 1 and max(depths) > 8:
        # Pillow would take the upper eight bits a channel. OpenCV turns TIFF files itself.
        return _decode_deep(data, 1)
    bits = bits or (1 if mode == "1" else int(depths[0]))
    numbers = np.asarray(opened)
    # Asked after decoding: Pillow turns TIFF files itself, and says so then.
    orientation = valid_orientation(opened.getexif().get(ORIENTATION))
    palette = None
    if mode in ("P", "PA"):
        palette = np.array(opened.getpalette("RGB"), dtype=np.uint8).reshape(-1, 3)
    numbers = turn_upright(numbers, orientation)
    alpha = None
    if mode in ("RGBA", "LA", "PA"):
        alpha = numbers[..., -1]
        # The transparency of a palette's colours says nothing: its indices are what was drawn.
        numbers, alpha = numbers[..., :-1], None if mode == "PA" else alpha
        numbers = numbers[..., 0] if numbers.shape[-1] == 1 else numbers
    elif mode not in ("1", "L", "P", "I", "F", "RGB") and not mode.startswith("I;16"):
        raise ValueError(f"an image of the kind {mode}, of which no value a pixel can be read")
    top = 2**bits - 1 if mode in ("1", "L") and bits < 8 else 0
    # Pillow gives ones for single bits; all others are spread over 0 to 255 already.
    numbers = numbers.astype(np.uint8) * np.uint8(255) if mode == "1" else numbers
    return StoredMask(numbers, alpha, palette, top)
