"""Values on the square that a network sees in, the same values on the image file's pixels out."""

from typing import Literal

import cv2
import numpy as np
from jaxtyping import Shaped

from labelassemble.volumes.boxes_to_mask import find_frame


def square_to_file(
    values: Shaped[np.ndarray, "side side"],
    shape: tuple[int, int],
    size: int,
    fit: Literal["crop", "pad", "stretch"],
    nearest: bool = False,
) -> Shaped[np.ndarray, "height width"]:
    """Bring values from the square back to the file; 0 where the file was cut off.

    Args:
        values: of the whole square, with as many places a side as they come.
        shape: height and width of the file's image.
        size: side of the square that the file was brought to (``prepare_radiograph``).
        fit: how the file was made square.
        nearest: take each pixel from the place that its centre lies in; else linearly.

    >>> square = np.array([[1.0, 2.0], [3.0, 4.0]], dtype=np.float32)
    >>> square_to_file(square, (2, 4), 2, "crop").tolist()
    [[0.0, 1.0, 2.0, 0.0], [0.0, 3.0, 4.0, 0.0]]
    """
    frame, side = find_frame(shape, size, fit), values.shape[0]
    # A pixel's centre lies half a pixel from its edge, in the file and in the square.
    scale = np.array(frame.scale) * side / size
    offset = np.array(frame.offset) * side / size
    across, down = (
        (np.arange(length) + 0.5) * scale[axis] + offset[axis] - 0.5
        for axis, length in enumerate(shape[::-1])
    )
    columns, rows = np.meshgrid(across.astype(np.float32), down.astype(np.float32))
    moved = cv2.remap(
        values,
        columns,
        rows,
        cv2.INTER_NEAREST if nearest else cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    for axis, places in enumerate((down, across)):
        beyond = (places < -0.5) | (places > side - 0.5)
        moved[beyond if axis == 0 else (slice(None), beyond)] = 0
    return np.asarray(moved)
