"""What stands in one mask, as far as a first look tells."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from labelassemble.errors import raise_machine_fault
from labelassemble.files.file_suffixes import VOLUME_SUFFIXES
from labelassemble.files.image_size import ImageSize, refuse_size
from labelassemble.files.open_file import open_file
from labelassemble.files.volume_file import open_volume_file

FEW_VALUES = 16
"""At most so many grey levels or colours make an image a mask."""
_FEW_VOXELS = 64


class MaskPeek(NamedTuple):
    """Values of a mask.

    Attributes:
        values: but 0; colours as ``#rrggbb``.
        few: whether it looks like a mask: few values, or soft.
        soft: whether nearly all of it is black or white, and its edges are between: lossy
            compression and antialiasing do that.
    """

    values: frozenset[str]
    few: bool
    soft: bool = False


def peek_mask(file: Path) -> MaskPeek | None:
    """Look into a file; none: it cannot be opened.

    Args:
        file: an image or a volume.
    """
    try:
        if file.name.lower().endswith(VOLUME_SUFFIXES):
            return _peek_volume(file)
        return _peek_image(file)
    except Exception as error:
        raise_machine_fault(error)
        # Damaged files raise nearly anything, and the check of the draft tells what.
        return None


def _peek_volume(file: Path) -> MaskPeek:
    opened = open_volume_file(file)
    values = np.unique(opened.read(0, opened.shape[-1]))
    whole = np.array_equal(np.rint(values), values) and len(values) <= _FEW_VOXELS
    if not whole or (values < 0).any():
        return MaskPeek(frozenset(), False)
    return MaskPeek(frozenset(str(int(one)) for one in values if one), True)


def _peek_image(file: Path) -> MaskPeek:
    from PIL import Image

    with open_file(file) as content, Image.open(content) as opened:
        refuse_size(ImageSize(*opened.size))
        # Alpha is no mask.
        plain = {"RGBA": "RGB", "LA": "L", "PA": "RGB"}.get(opened.mode, opened.mode)
        pixels = np.asarray(opened.convert(plain) if plain != opened.mode else opened)
    if pixels.ndim == 3 and (pixels == pixels[..., :1]).all():
        pixels = pixels[..., 0]
    if pixels.ndim == 3:
        packed = (pixels[..., :3].astype(np.int64) * [65_536, 256, 1]).sum(-1)
        colours = np.unique(packed)
        named = frozenset(f"#{one:06x}" for one in colours.tolist() if one)
        return MaskPeek(
            named if len(colours) <= FEW_VALUES else frozenset(), len(colours) <= FEW_VALUES
        )
    values = np.unique(pixels)
    if len(values) <= FEW_VALUES and not _is_soft(pixels, 0.999):
        return MaskPeek(frozenset(str(int(one)) for one in values if one), True)
    soft = _is_soft(pixels, 0.97)
    top = frozenset({str(int(values.max()))})
    return MaskPeek(top if soft else frozenset(), soft, soft)


def _is_soft(pixels: np.ndarray, fraction: float) -> bool:
    """Whether more than that fraction is nearly black or nearly white, and something between."""
    top = int(pixels.max())
    near = max(1, top // 16)
    ends = (pixels <= near) | (pixels >= top - near)
    several = len(np.unique(pixels)) > 3
    return top > FEW_VALUES and several and bool(ends.mean() > fraction)
