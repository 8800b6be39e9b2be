"""Boxes as a source's table has them in, masks on the stored image out, and back.

A box's numbers are edges in pixels of its frame: pixel 0 reaches from 0 to 1. The stored image is
square: the file's centre cut out, the file between bars, or the file stretched
(``images/radiograph.py``).
"""

from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from labelassemble.errors import ImageError, some

Boxes = Float[np.ndarray, "boxes 4"]
"""Left, top, right, bottom."""

OVERHANG = 1.0
"""Pixels of its frame by which a box may reach over the edge: rounding, which is cut off."""

MAX_ASPECT = 0.02
"""Part by which the aspects of frame and file may differ: sizes are rounded to pixels."""


class BoxMask(NamedTuple):
    """What boxes become on the stored image.

    Attributes:
        mask: pixels inside some box.
        boxes: in pixels of the stored image, cut at its edges; not-a-number where none is left.
        notes: boxes that the cut to a square took away or halved, a sentence each.
    """

    mask: Bool[np.ndarray, "size size"]
    boxes: Boxes
    notes: tuple[str, ...]


class StoredFrame(NamedTuple):
    """How a file's image lies in the stored square.

    Attributes:
        scale: stored pixels a pixel of the file, across and down.
        offset: stored pixels from the square's edge to the file's edge; negative where cut off.
        size: side of the stored square.
    """

    scale: tuple[float, float]
    offset: tuple[float, float]
    size: int


def find_frame(
    shape: tuple[int, int], size: int, fit: Literal["crop", "pad", "stretch"]
) -> StoredFrame:
    """Say where ``prepare_radiograph`` puts an image of this height and width.

    >>> find_frame((100, 200), 50, "crop")
    StoredFrame(scale=(0.5, 0.5), offset=(-25.0, 0.0), size=50)
    """
    height, width = shape
    if fit == "stretch":
        return StoredFrame((size / width, size / height), (0.0, 0.0), size)
    if fit == "crop":
        side = min(height, width)
        left, top = (width - side) // 2, (height - side) // 2
        scale = size / side
        return StoredFrame((scale, scale), (0.0 - left * scale, 0.0 - top * scale), size)
    longest = max(height, width)
    shown = (max(1, round(width * size / longest)), max(1, round(height * size / longest)))
    scales = (shown[0] / width, shown[1] / height)
    return StoredFrame(scales, ((size - shown[0]) // 2, (size - shown[1]) // 2), size)


def boxes_to_mask(
    boxes: Boxes,
    frame: tuple[int, int] | None,
    shape: tuple[int, int],
    size: int,
    fit: Literal["crop", "pad", "stretch"],
) -> BoxMask:
    """Draw boxes on the stored image.

    A pixel is inside where its centre is; a box too small to hold a centre marks the pixel in which
    its middle lies, so that no lesion vanishes.

    Args:
        boxes: in pixels of their frame.
        frame: width and height of the image that the numbers refer to; None: the file.
        shape: height and width of the image file.
        size: side of the stored image.
        fit: how the file was made square.

    Raises:
        ImageError: a box that reaches more than a pixel over the edge of its frame, or has no area;
            a frame of another aspect than the file.

    >>> made = boxes_to_mask(np.array([[20.0, 0.0, 40.0, 30.0]]), (100, 50), (100, 200), 8, "pad")
    >>> made.boxes.tolist(), made.mask.sum()
    ([[1.6, 2.0, 3.2, 4.4]], np.int64(2))
    """
    height, width = shape
    frame_width, frame_height = _check_frame(frame, shape)
    _check(boxes, frame_width, frame_height)
    limits = np.array([frame_width, frame_height] * 2, dtype=np.float64)
    in_file = np.clip(boxes, 0.0, limits) * np.array(
        [width / frame_width, height / frame_height] * 2
    )
    stored = find_frame(shape, size, fit)
    placed = in_file * np.array(stored.scale * 2) + np.array(stored.offset * 2)
    cut = np.clip(placed, 0.0, size)
    whole = (placed[:, 2] - placed[:, 0]) * (placed[:, 3] - placed[:, 1])
    left = np.clip(cut[:, 2] - cut[:, 0], 0.0, None) * np.clip(cut[:, 3] - cut[:, 1], 0.0, None)
    notes = tuple(
        f"box {number}: {1.0 - share:.0%} of it lies outside the stored image (fit = {fit!r})"
        for number, share in enumerate((left / whole).tolist())
        if share < 1.0 - 1e-6
    )
    mask = np.zeros((size, size), dtype=bool)
    for place in range(len(cut)):
        if left[place] <= 0.0:
            cut[place] = np.nan
            continue
        (x_start, x_stop), (y_start, y_stop) = (
            _span(cut[place, axis], cut[place, axis + 2], size) for axis in (0, 1)
        )
        mask[y_start:y_stop, x_start:x_stop] = True
    return BoxMask(mask, cut, notes)


def _check_frame(frame: tuple[int, int] | None, shape: tuple[int, int]) -> tuple[int, int]:
    """Width and height of the frame, which must show the whole file and nothing else."""
    height, width = shape
    wide, tall = frame or (width, height)
    if abs((wide / tall) / (width / height) - 1.0) > MAX_ASPECT:
        raise ImageError(
            f"a frame with the aspect of its image file, {width} x {height} pixels",
            f"a frame of {wide} x {tall}",
            "Say in the manifest which image the boxes refer to (boxes.frame)",
        )
    return wide, tall


def _check(boxes: Boxes, width: int, height: int) -> None:
    low, high = boxes[:, :2], boxes[:, 2:]
    limits = np.array([width, height])
    outside = (low < -OVERHANG).any(axis=1) | (high > limits + OVERHANG).any(axis=1)
    outside |= ~np.isfinite(boxes).all(axis=1)
    flat = (np.clip(low, 0, limits) >= np.clip(high, 0, limits)).any(axis=1)
    for wrong, expected in (
        (outside, f"boxes inside their image of {width} x {height} pixels"),
        (flat, f"boxes with an area inside their image of {width} x {height} pixels"),
    ):
        if wrong.any():
            first = [str(boxes[place].tolist()) for place in np.flatnonzero(wrong)]
            raise ImageError(
                expected,
                some(first, 3),
                "Say in the manifest which image the numbers refer to (boxes.frame) and how they "
                "are written (boxes.format), or fix the rows",
            )


def _span(low: float, high: float, size: int) -> tuple[int, int]:
    """Pixels whose centre lies from low to high, at least the one in the middle."""
    start, stop = int(np.ceil(low - 0.5)), int(np.ceil(high - 0.5))
    if start < stop:
        return start, stop
    middle = min(int((low + high) / 2.0), size - 1)
    return middle, middle + 1
