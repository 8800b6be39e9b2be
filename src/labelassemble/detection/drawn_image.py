"""What was drawn on an image: boxes, outlines, masks."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import UInt16

from labelassemble.files.mask_image import read_mask_image
from labelassemble.files.mask_rule import join_values, refuse_shapes
from labelassemble.volumes.boxes_to_mask import Boxes
from labelassemble.volumes.mask_meaning import MaskMeaning


class DrawnBoxes(NamedTuple):
    """Boxes of one class by one source.

    Attributes:
        of_class: number of the class.
        boxes: in pixels of their frame.
        frame: width and height of the image that they refer to; None: the file.
        complete: whether they show every lesion of the class, so that the rest is negative.
        image: the file that they were drawn on; None: the image's own.
    """

    of_class: int
    boxes: Boxes
    frame: tuple[int, int] | None
    complete: bool
    image: Path | None = None


class OutlinedMask(NamedTuple):
    """One source's mask: an image of values, of the size of its image.

    Attributes:
        files: one entry of files that share values; or one a term, each adding 2 ** its place
            where one of its files draws.
        meaning: what the values say.
        image: the file that it was drawn on; None: the image's own.
    """

    files: tuple[tuple[Path, ...], ...]
    meaning: MaskMeaning
    image: Path | None = None


def read_drawn(drawn: OutlinedMask) -> UInt16[np.ndarray, "height width"]:
    """Read the values of a mask; masks of terms of their own add a bit each.

    Raises:
        SourceError: as ``read_mask_image`` and ``join_values``.
    """
    rule = drawn.meaning.rule
    values = [
        join_values([read_mask_image(file, rule).values for file in files], rule, files)
        for files in drawn.files
    ]
    if not drawn.meaning.own_masks:
        return values[0]
    for own, files in zip(values[1:], drawn.files[1:], strict=True):
        refuse_shapes(values[0].shape, own.shape, drawn.files[0][0], files[0])
    bits = [(own != 0).astype(np.uint16) << np.uint16(place) for place, own in enumerate(values)]
    return np.asarray(np.bitwise_or.reduce(bits))
