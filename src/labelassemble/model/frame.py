"""Which part of an image a network sees outside of training, and how many pixels of it."""

from typing import NamedTuple

from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import interpolate

from labelassemble.types import Image


class Frame(NamedTuple):
    """A part of an image.

    Attributes:
        side: in pixels to which the part is scaled; None: as it is.
        centre: middle part of each side that is seen, in (0, 1].
    """

    side: int | None
    centre: float


WHOLE_IMAGE = Frame(None, 1.0)
"""Images as they are stored."""


def frame_image(image: Image, frame: Frame) -> Float[Tensor, "batch 1 seen_height seen_width"]:
    """Cut the middle out and scale it, linearly and without moire where it becomes smaller.

    Args:
        image: grey values, of any size.
        frame: what is seen.

    Returns:
        The part; the image itself where the frame leaves it as it is.

    >>> import torch
    >>> frame_image(torch.zeros(1, 1, 256, 256), Frame(None, 0.875)).shape[2:]
    torch.Size([224, 224])
    >>> frame_image(torch.zeros(1, 1, 512, 512), Frame(224, 0.875)).shape[2:]
    torch.Size([224, 224])
    """
    if frame == WHOLE_IMAGE:
        return image
    height, width = (max(1, round(frame.centre * side)) for side in image.shape[2:])
    top, left = (image.shape[2] - height) // 2, (image.shape[3] - width) // 2
    seen = image[:, :, top : top + height, left : left + width]
    if frame.side is None or (height, width) == (frame.side, frame.side):
        return seen
    return interpolate(seen, (frame.side, frame.side), mode="bilinear", antialias=True)
