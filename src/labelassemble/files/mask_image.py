"""One image of a mask in, a value a pixel out: alpha left out, upright, nothing blurred."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Shaped, UInt16
from PIL import UnidentifiedImageError

from labelassemble.errors import SourceError, raise_machine_fault, some
from labelassemble.files.decode_mask import StoredMask, decode_mask
from labelassemble.files.mask_rule import ANYTHING, MaskRule, apply_rule
from labelassemble.files.soft_mask import LOSSY_TOP, find_soft_levels, tell_soft
from labelassemble.files.spell_levels import choose_spelling

CHROMA_NOISE = 32
"""Channels of a grey image differ by less after lossy compression; colours differ by more."""


class MaskImage(NamedTuple):
    """What an image of a mask holds.

    Attributes:
        values: as the manifest names them; 0 is background.
        counts: pixels of each value that is there.
    """

    values: UInt16[np.ndarray, "height width"]
    counts: dict[int, int]


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
        stored = decode_mask(path)
    except Exception as error:
        raise_machine_fault(error)
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


def _one_channel(
    stored: StoredMask, rule: MaskRule, path: Path
) -> Shaped[np.ndarray, "height width"]:
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
    stored: StoredMask, rule: MaskRule, path: Path
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
