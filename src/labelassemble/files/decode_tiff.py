"""The bytes of a TIFF file in, grey values as deep as the file out: black is low."""

import io
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from jaxtyping import Shaped
from PIL import Image

from labelassemble.files.colours import mix_luma, show_on_black
from labelassemble.files.frame_path import choose_frame
from labelassemble.files.image_size import ImageSize, refuse_size
from labelassemble.files.opencv_decode import opencv_decode
from labelassemble.files.orientation import ORIENTATION, turn_upright, valid_orientation
from labelassemble.files.tiff_cut import refuse_cut_tiff
from labelassemble.files.tiff_plane import isolate_plane

TIFF_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
"""How TIFF and BigTIFF begin."""

MAX_PAGES = 10_000

REDUCED, MASK = 1, 4
"""Bits of NewSubfileType: a smaller copy of another page, and what of it may be seen."""

WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, CMYK = 0, 1, 2, 3, 5
_WHOLE = 1
SEPARATE = 2
NOT_MULTIPLIED = 2
"""ExtraSamples: alpha that the colours have not been multiplied by."""

OPENCV_PACKINGS = (1, 5, 8, 32773, 32946)
"""Ways of packing that OpenCV unpacks: none, LZW, deflate, PackBits, deflate's old number."""

LZMA = 34925


def read_tiff_size(
    file: io.BytesIO | io.BufferedReader, frame: int | None, path: Path
) -> tuple[ImageSize, int]:
    """Read the width and the height of a page, as it stands upright, and how it is turned.

    Raises:
        ValueError: as ``decode_tiff``, but for pixels.
    """
    _, page = _choose_page(file, frame, path)
    orientation = _orientation(page)
    return _size(page).upright(orientation), orientation


def decode_tiff(
    data: bytes, frame: int | None, path: Path
) -> tuple[int, Shaped[np.ndarray, "height width"] | None]:
    """Decode a page whose values are deeper than 8 bits, signed or fractions.

    Args:
        data: the file's bytes.
        frame: which page, counted from 1; None: the only one.
        path: of the file, for advice.

    Returns:
        The page's place among all of the file, thumbnails included, and its values, turned
        upright; None where they are plain bytes, which Pillow decodes.

    Raises:
        ValueError: several pages and none named, pixels that lie behind the end of the file, or a
            kind of colours that nothing here knows.

    Source: TIFF 6.0; tags as in its part 1, section 8.
    """
    place, page = _choose_page(io.BytesIO(data), frame, path)
    refuse_size(_size(page))
    refuse_cut_tiff(data, page)
    depth = page.bitspersample
    bits = max(depth) if isinstance(depth, tuple) else depth
    # Pillow knows single bits, palettes and packed colours, but no alpha in a plane of its own.
    apart = page.planarconfig == SEPARATE and page.samplesperpixel > 3
    if bits <= 8 and page.sampleformat == _WHOLE and not (apart and bits == 8):
        return place, None
    grey = turn_upright(_mix(_read_samples(data, page), page), _orientation(page))
    plain = bits == 8 and page.sampleformat == _WHOLE
    return place, np.rint(grey).astype(np.uint8) if plain else grey


def _choose_page(
    file: io.BytesIO | io.BufferedReader, frame: int | None, path: Path
) -> tuple[int, Any]:
    # Only here: most sources hold no TIFF.
    import tifffile

    file.seek(0)
    with tifffile.TiffFile(file) as opened:
        if len(opened.pages) > MAX_PAGES:
            raise ValueError(f"more than {MAX_PAGES:,} pages in one file")
        pages: list[tuple[int, Any]] = list(enumerate(opened.pages))
    whole = [one for one in pages if not int(one[1].subfiletype) & (REDUCED | MASK)] or pages
    if not whole:
        raise ValueError("a TIFF file without a page")
    return whole[choose_frame(len(whole), frame, "pages", path)]


def _size(page: Any) -> ImageSize:
    if page.imagedepth > 1:
        raise ValueError(f"a TIFF volume of {page.imagedepth} slices")
    return ImageSize(page.imagewidth, page.imagelength)


def _orientation(page: Any) -> int:
    return valid_orientation(page.tags.valueof(ORIENTATION))


def _read_samples(data: bytes, page: Any) -> Shaped[np.ndarray, "height width samples"]:
    """Samples in the order of the file, by whichever decoder has them."""
    if int(page.compression) == LZMA:
        return _decode_page(data, page)
    if page.planarconfig == SEPARATE and page.samplesperpixel > 1:
        planes = [_decode_plane(data, page, plane) for plane in range(page.samplesperpixel)]
        return np.stack(planes, axis=-1)
    if page.samplesperpixel == 1:
        return _decode_plane(data, page, None)[..., None]
    if page.samplesperpixel in (3, 4) and int(page.photometric) == RGB:
        # OpenCV's order is blue, green, red, alpha.
        order = [2, 1, 0, 3][: page.samplesperpixel]
        return _decode_plane(data, page, None)[..., order]
    return _decode_page(data, page)


def _decode_plane(
    data: bytes, page: Any, plane: int | None
) -> Shaped[np.ndarray, "height width *channels"]:
    """Samples of one kind, as the file holds them."""
    alone = isolate_plane(data, page, plane)
    if int(page.compression) in OPENCV_PACKINGS:
        values = opencv_decode(alone, cv2.IMREAD_UNCHANGED)
    elif data.startswith(b"I"):
        with Image.open(io.BytesIO(alone)) as image:
            values = np.asarray(image)
    else:
        # Pillow mixes the bytes of big-endian numbers up where it does not unpack them itself.
        return _decode_page(data, page)[..., plane or 0]
    kind = np.dtype(np.dtype(page.dtype).str)
    if values.itemsize != kind.itemsize:
        raise ValueError(f"{page.compression.name} compression of {page.bitspersample} bits")
    return values.view(kind)


def _decode_page(data: bytes, page: Any) -> Shaped[np.ndarray, "height width samples"]:
    """Decode with tifffile, which knows more layouts, but fewer ways of packing."""
    import tifffile

    with tifffile.TiffFile(io.BytesIO(data)) as file:
        try:
            values: np.ndarray = file.pages[page.index].asarray()
        except (ValueError, ImportError) as error:
            if isinstance(error, ValueError) and "imagecodecs" not in str(error):
                raise
            raise ValueError(
                f"{page.compression.name} compression of {page.samplesperpixel} samples of "
                f"{page.bitspersample} bits, which nothing here unpacks"
            ) from error
    if values.ndim == 2:
        return values[..., None]
    return np.moveaxis(values, 0, -1) if page.planarconfig == SEPARATE else values


def _mix(
    samples: Shaped[np.ndarray, "height width samples"], page: Any
) -> Shaped[np.ndarray, "height width"]:
    """One grey value a pixel, black the lowest."""
    kind = int(page.photometric)
    colours = {WHITE_IS_ZERO: 1, BLACK_IS_ZERO: 1, RGB: 3, PALETTE: 1, CMYK: 4}.get(kind)
    if colours is None or samples.shape[-1] < colours:
        raise ValueError(f"a TIFF file of {page.photometric.name} colours of this depth")
    if samples.dtype.kind == "f" and not np.isfinite(samples).all():
        raise ValueError("values that are not finite numbers")
    beyond = page.extrasamples or ((2,) if kind == RGB and samples.shape[-1] == 4 else ())
    own, extra = samples[..., :colours], samples[..., colours:]
    # Colours that were multiplied by alpha lie on black already.
    alpha = extra[..., 0] if beyond and int(beyond[0]) == NOT_MULTIPLIED else None
    if kind == RGB:
        return mix_luma(own, alpha)
    if kind == PALETTE:
        return mix_luma(np.moveaxis(page.colormap[:, own[..., 0]], 0, -1))
    if kind == CMYK:
        light = 1.0 - own.astype(np.float32) / np.float32(np.iinfo(own.dtype).max)
        return mix_luma(light[..., :3] * light[..., 3:])
    grey = own[..., 0]
    if kind == WHITE_IS_ZERO:
        # Of whole numbers, signed or not, every bit turned over is the mirror of the range.
        grey = -grey if grey.dtype.kind == "f" else ~grey
    return show_on_black(grey, alpha)
