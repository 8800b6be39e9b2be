"""The bytes of any image that Pillow opens in, grey values out."""

import io
from pathlib import Path

import numpy as np
from jaxtyping import Shaped
from PIL import Image, ImageOps

from labelassemble.files.file_structure import refuse_cut_jpeg2000
from labelassemble.files.frame_path import choose_frame
from labelassemble.files.image_size import ImageSize, refuse_size

# Pillow's own limit is lower, and a warning on the screen first; `refuse_size` is ours.
Image.MAX_IMAGE_PIXELS = None


def decode_other(
    data: bytes, frame: int | None, path: Path, page: int | None = None
) -> Shaped[np.ndarray, "height width"]:
    """Decode with Pillow: slower, but it knows palettes, CMYK, single bits and other formats.

    Args:
        data: the file's bytes.
        frame: which of several, counted from 1; None: the only one.
        path: of the file, for advice.
        page: place of the page, counted from 0, where that is settled already.

    Returns:
        uint8 as it is to be seen; or deeper values in the file's own unit. Turned upright.

    Raises:
        ValueError: several frames and none named, values that are no finite numbers.
        Exception: whatever Pillow raises on a damaged file.
    """
    with Image.open(io.BytesIO(data)) as opened:
        refuse_size(ImageSize(*opened.size))
        if page is None:
            page = choose_frame(getattr(opened, "n_frames", 1), frame, "frames", path)
        if page:
            opened.seek(page)
        if opened.format == "JPEG2000":
            refuse_cut_jpeg2000(data)
        image: Image.Image = ImageOps.exif_transpose(opened)
    if image.mode == "F" or image.mode.startswith("I"):
        values = np.asarray(image)
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            raise ValueError("values that are not finite numbers")
        return values
    if image.mode == "La":
        image = image.convert("LA")
    if image.has_transparency_data:
        coloured = np.asarray(image.convert("RGBA"))
        if (coloured[..., 3] < 255).any():
            black = Image.new("RGBA", image.size, (0, 0, 0, 255))
            image = Image.alpha_composite(black, Image.fromarray(coloured))
    return np.array(image.convert("L"))
