"""Palettes and images of few bits: whether a number is meant, or the grey that it is shown as."""

from pathlib import Path

import numpy as np
from jaxtyping import Int, Shaped, UInt8

from labelassemble.errors import SourceError
from labelassemble.files.mask_rule import MaskRule

Numbers = Int[np.ndarray, " numbers"]


def choose_spelling(
    numbers: Shaped[np.ndarray, "height width"],
    palette: UInt8[np.ndarray, "entries 3"] | None,
    top: int,
    rule: MaskRule,
    path: Path,
) -> UInt8[np.ndarray, "height width"]:
    """Give the number that each pixel means.

    A lesion of a 1-bit image is 1 to some programs and 255 to others, and so with indices of a
    palette and the greys they stand for. The one that the manifest names is meant; index or stored
    number where it names either or neither. A manifest that names both, differently, is refused.

    Args:
        numbers: indices of the palette; without one, grey levels from 0 to 255.
        palette: colours of the indices.
        top: without a palette, the highest stored number, shown as 255.
        rule: the values that the manifest names, or that are cut.
        path: the file, for errors.

    Raises:
        SourceError: two readings, both named; a palette in which another index than 0 is black and
            0 is not; a cut (``rule.above``) of colours.
    """
    used = np.flatnonzero(np.bincount(numbers.ravel(), minlength=256))
    colours = np.repeat(np.arange(256)[:, None], 3, axis=1)
    stored = np.rint(np.arange(256) * (top / 255)).astype(np.int64)
    if palette is not None:
        colours = np.zeros((256, 3), dtype=np.int64)
        colours[: len(palette)] = palette
        stored = np.arange(256)
    shown = colours[:, 0]
    greys = bool((colours[used] == colours[used, :1]).all())
    if rule.above is not None and not greys:
        raise SourceError(
            f"grey levels to cut at {rule.above:g} (labels.above) in the mask {path}",
            "a palette of colours",
            "Name its indices in labels.values instead, without labels.above",
        )
    if rule.above is not None or (greys and _means_shown(stored[used], shown[used], rule, path)):
        return np.asarray(shown.astype(np.uint8)[numbers])
    black = used[(used > 0) & (colours[used] == 0).all(axis=1)]
    if palette is not None and len(black) and colours[0].any():
        raise SourceError(
            f"a palette whose index 0, the background, is black in the mask {path}",
            f"index {_list(black)} is black, and 0 is not",
            "Write the mask as a grey image without a palette, or name its colours in "
            'labels.values, as in "#ffffff"',
        )
    return np.asarray(stored.astype(np.uint8)[numbers])


def _means_shown(stored: Numbers, shown: Numbers, rule: MaskRule, path: Path) -> bool:
    """Whether a manifest names the greys that are shown, and not the numbers that are stored."""
    named = rule.named
    if named is None:
        return False
    fits, also = (all(one in named for one in way.tolist()) for way in (stored, shown))
    pairs = zip(stored.tolist(), shown.tolist(), strict=True)
    if fits and also and any(named[one] != named[other] for one, other in pairs):
        raise SourceError(
            f"one reading of the mask {path}",
            f"numbers {_list(stored)} that are shown as grey {_list(shown)}, and both named in "
            "labels.values with other meanings",
            "Write the mask with 8 bits a pixel and no palette",
        )
    return also and not fits


def _list(numbers: Numbers) -> str:
    return ", ".join(map(str, numbers[:5].tolist()))
