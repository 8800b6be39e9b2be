"""Images and their masks brought into the square that a network sees."""

from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Shaped

from labelassemble.volumes.boxes_to_mask import find_frame

SquareFit = Literal["crop", "pad", "stretch"]


def frame_spacing(file_shape: tuple[int, int], size: int, fit: SquareFit) -> Float[np.ndarray, "2"]:
    """Give the distance of neighbours of a stored image, down and across, in pixels of its file.

    Args:
        file_shape: height and width of the image file.
        size: side of the stored image.
        fit: how the file was made square.

    >>> frame_spacing((200, 100), 50, "stretch").tolist()
    [4.0, 2.0]
    """
    scale, _, _ = find_frame(file_shape, size, fit)
    return 1.0 / np.array(scale[::-1])


def frame_affine(
    file_shape: tuple[int, int], size: int, fit: SquareFit
) -> Float[np.ndarray, "3 3"]:
    """Give the way from row and column of a stored image to x and y of its file.

    Args:
        file_shape: height and width of the image file.
        size: side of the stored image.
        fit: how the file was made square.

    >>> frame_affine((200, 100), 50, "stretch") @ [0, 0, 1]
    array([1., 2., 1.])
    """
    scale, offset, _ = find_frame(file_shape, size, fit)
    across, down = 1.0 / np.array(scale)
    left, top = (0.5 - np.array(offset)) / np.array(scale)
    return np.array([[0.0, across, left], [down, 0.0, top], [0.0, 0.0, 1.0]])


class SquareMask(NamedTuple):
    """A mask as its image lies in the store; ``inside``: not in the bars beside it."""

    values: Shaped[np.ndarray, "size size"]
    inside: Bool[np.ndarray, "size size"]


def fit_mask(values: Shaped[np.ndarray, "height width"], size: int, fit: SquareFit) -> SquareMask:
    """Bring a mask to the stored square, each pixel from the one that its centre lies in.

    >>> fit_mask(np.array([[1, 2, 3, 4]], dtype=np.uint16), 2, "stretch").values.tolist()
    [[2, 4], [2, 4]]
    """
    frame = find_frame((values.shape[0], values.shape[1]), size, fit)
    places = []
    inside = np.ones((size, size), dtype=bool)
    for axis, side in enumerate(values.shape):
        scale, offset = frame.scale[1 - axis], frame.offset[1 - axis]
        there = np.floor((np.arange(size) + 0.5 - offset) / scale).astype(np.int64)
        within = (there >= 0) & (there < side)
        inside &= within[:, None] if axis == 0 else within[None, :]
        places.append(there.clip(0, side - 1))
    return SquareMask(values[np.ix_(*places)], inside)
