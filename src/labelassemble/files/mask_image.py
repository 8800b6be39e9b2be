"""One image of a mask in, a value a pixel out: alpha left out, upright, nothing blurred."""

import io
import warnings
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import Shaped, UInt8, UInt16
from PIL import Image, UnidentifiedImageError

from labelassemble.errors import SourceError, some
from labelassemble.files.decode_jpeg import refuse_cut_jpeg
from labelassemble.files.file_structure import read_png_structure
from labelassemble.files.mask_rule import ANYTHING, MaskRule, apply_rule
from labelassemble.files.open_file import open_file
from labelassemble.files.orientation import (
    ORIENTATION,
    read_orientation,
    turn_upright,
    valid_orientation,
)
from labelassemble.files.soft_mask import LOSSY_TOP, find_soft_levels, tell_soft
from labelassemble.files.spell_levels import choose_spelling

CHROMA_NOISE = 32
"""Channels of a grey image differ by less after lossy compression; colours differ by more."""

COLOUR_BYTE, ALPHA_COLOURS = 25, (4, 6)
"""PNG: where the file says of what kind its colours are, and kinds with a channel of alpha."""

TIFF_PHOTOMETRIC, TIFF_BITS = 262, 258
"""TIFF 6.0: whether 0 is black or white, and bits a sample."""


class MaskImage(NamedTuple):
    """What an image of a mask holds.

    Attributes:
        values: as the manifest names them; 0 is background.
        counts: pixels of each value that is there.
    """

    values: UInt16[np.ndarray, "height width"]
    counts: dict[int, int]


class _Stored(NamedTuple):
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


def read_mask_image(path: Path, rule: MaskRule = ANYTHING) -> MaskImage:
    """Read a mask that is an image: PNG, TIFF, BMP, JPEG, or any other that Pillow opens.

    The value of a pixel is its grey level. Of a palette image it is the index, of one with fewer
    than 8 bits a pixel the stored number; where the manifest names the grey levels that they are
    shown as (255 rather than 1) and not these, it is the grey level. Three equal channels are one.
    Alpha is no mask and is left out. EXIF orientation is applied.

    Args:
        path: the file.
        rule: what the manifest says of numbers.

    Raises:
        SourceError: a file that cannot be read or holds several frames; colours without
            ``rule.colours``; a mask drawn in the alpha channel; levels that lossy compression,
            antialiasing or resizing left, without ``rule.above``; numbers with two readings.
    """
    try:
        stored = _decode(path)
    except Exception as error:
        # Decoders of damaged files raise nearly anything; all of it means the same to the user.
        raise unreadable_mask(path, error) from error
    numbers = (
        _name_colours(stored, rule, path) if rule.colours else _one_channel(stored, rule, path)
    )
    _refuse_alpha(numbers, stored.alpha, path)
    if rule.above is not None and not stored.lossy:
        _refuse_low(numbers, rule.above, path)
    values = apply_rule(numbers, rule, path)
    counts = count_levels(values)
    if rule.above is None and not rule.colours:
        _refuse_soft(values, counts, stored.lossy, rule, path)
    return MaskImage(values.astype(np.uint16, copy=False), counts)


def count_levels(values: Shaped[np.ndarray, "*space"]) -> dict[int, int]:
    """Count each whole number from 0 to 65,535 that is there."""
    number = np.bincount(values.ravel())
    return {int(value): int(number[value]) for value in np.flatnonzero(number)}


def unreadable_mask(path: Path, error: Exception) -> SourceError:
    """Make one error of whatever a decoder complained about."""
    if isinstance(error, OSError) and error.strerror:
        return SourceError(f"a whole mask at {path}", error.strerror, "Check the path")
    first = (str(error).strip() or type(error).__name__).splitlines()[0]
    if isinstance(error, UnidentifiedImageError):
        first = "bytes that are no image of a known kind"
    return SourceError(f"a whole mask at {path}", first, "Fetch the file again")


def _decode(path: Path) -> _Stored:
    with open_file(path) as file:
        data = file.read()
    if not data:
        raise ValueError("an empty file (0 bytes)")
    if data[128:132] == b"DICM":
        raise ValueError("a DICOM file; write masks as PNG or NIfTI")
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        structure = read_png_structure(data)
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


def _decode_deep(data: bytes, orientation: int) -> _Stored:
    """Decode with OpenCV: fast, and it keeps 16 bits a channel."""
    numbers = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), cv2.IMREAD_UNCHANGED)
    if numbers is None:
        raise ValueError("pixels that cannot be decoded")
    numbers = turn_upright(numbers, orientation)
    if numbers.ndim == 2:
        return _Stored(numbers)
    # OpenCV's order is blue, green, red, alpha.
    return _Stored(numbers[..., 2::-1], numbers[..., 3] if numbers.shape[2] == 4 else None)


def _decode_other(data: bytes, bits: int = 0) -> _Stored:
    """Decode with Pillow, which gives indices of palettes and knows most formats."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        opened = Image.open(io.BytesIO(data))
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
    return _Stored(numbers, alpha, palette, top)


def _one_channel(stored: _Stored, rule: MaskRule, path: Path) -> Shaped[np.ndarray, "height width"]:
    numbers = stored.numbers
    if stored.palette is not None or stored.top:
        return choose_spelling(numbers, stored.palette, stored.top, rule, path)
    if numbers.ndim == 2:
        return numbers
    apart = int(np.ptp(numbers, axis=2).max()) if numbers.size else 0
    noise = CHROMA_NOISE if stored.lossy or rule.above is not None else 0
    if apart > noise:
        raise SourceError(
            f"a mask with one value a pixel at {path}",
            f"colours, such as {_describe_colours(numbers)}",
            'Say what colours mean, as in labels.values = { "#ff0000" = "tumor" }, or write the '
            "mask as a grey image",
        )
    return np.median(numbers, axis=2).astype(numbers.dtype) if apart else numbers[..., 0]


def _name_colours(
    stored: _Stored, rule: MaskRule, path: Path
) -> UInt16[np.ndarray, "height width"]:
    """Number colours as the manifest lists them, from 1; black is background."""
    numbers = stored.numbers
    if stored.palette is not None:
        numbers = stored.palette[numbers]
    elif numbers.ndim == 2:
        numbers = np.repeat(numbers[..., None], 3, axis=2)
    if numbers.dtype != np.uint8:
        raise SourceError(
            f"colours of 8 bits a channel in the mask {path}",
            f"{numbers.dtype}",
            "Write the mask with 8 bits a channel",
        )
    code = numbers.astype(np.uint32) @ np.array([65536, 256, 1], dtype=np.uint32)
    values = np.zeros(code.shape, dtype=np.uint16)
    known = code == 0
    for value, colour in enumerate(rule.colours, start=1):
        here = code == int(colour[1:], 16)
        values[here] = value
        known |= here
    if not known.all():
        strange, count = np.unique(code[~known], return_counts=True)
        often = strange[np.argsort(-count, kind="stable")]
        raise SourceError(
            f"colours that the manifest names in {path}: {some(rule.colours)}",
            f"{some([f'#{one:06x}' for one in often], 5)} in {int(count.sum()):,} pixels",
            "Say in labels.values what the colour means: a term, or nothing; colours of an edge "
            "come from lossy compression or resizing",
        )
    return values


def _describe_colours(numbers: Shaped[np.ndarray, "height width channels"]) -> str:
    apart = np.ptp(numbers, axis=2).astype(np.int64)
    place = np.unravel_index(int(apart.argmax()), apart.shape)
    return "(" + ", ".join(str(int(one)) for one in numbers[place][:3]) + ")"


def _refuse_alpha(
    numbers: Shaped[np.ndarray, "height width"],
    alpha: Shaped[np.ndarray, "height width"] | None,
    path: Path,
) -> None:
    """Refuse a mask that shows something else than its grey levels say."""
    if alpha is None or not alpha.size or alpha.min() == alpha.max():
        return
    drawn = numbers != 0
    hidden = int((drawn & (alpha < alpha.max())).sum())
    if hidden or not drawn.any():
        raise SourceError(
            f"a mask that is drawn in grey levels or colours, not in transparency, at {path}",
            f"{hidden:,} drawn pixels that are transparent"
            if hidden
            else "a black image whose transparency has a shape",
            "Write the mask without an alpha channel",
        )


def _refuse_low(numbers: Shaped[np.ndarray, "height width"], above: float, path: Path) -> None:
    """Refuse to find a mask of 0 and 1 empty because the others go up to 255."""
    if numbers.size and above >= 1 and (numbers.min(), numbers.max()) == (0, 1):
        raise SourceError(
            f"a mask whose numbers reach above {above:g} (labels.above), or are all 0, at {path}",
            "nothing but 0 and 1",
            "Write all masks of the source in one way, or give labels.above = 0",
        )


def _refuse_soft(
    values: Shaped[np.ndarray, "height width"],
    counts: dict[int, int],
    lossy: bool,
    rule: MaskRule,
    path: Path,
) -> None:
    """Refuse levels that nobody drew; values without a name are refused elsewhere."""
    drawn = tuple(level for level in counts if level)
    if lossy:
        # Black comes out as 1 at times, over the whole image: only a bright level is sure.
        soft = drawn[:-1] if drawn and drawn[-1] >= LOSSY_TOP else drawn
    elif rule.named is None or not set(drawn) <= set(rule.named):
        soft = find_soft_levels(values, counts)
    else:
        soft = ()
    if soft:
        raise SourceError(*tell_soft(soft, counts, path))
