"""What was drawn on a volume otherwise than as a mask file: balls, contours, segments of DICOM."""

from collections.abc import Callable
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool

from labelassemble.volumes.geometry import FileGeometry

ReadDrawn = Callable[[int, int], Bool[np.ndarray, "i j slices"]]
"""What is drawn in slices [start, stop) of the image file's third axis, in the file's order."""


@runtime_checkable
class DrawnMask(Protocol):
    """What one source drew of one term on one volume.

    Attributes:
        digest: hash of what is drawn: the same digest, the same voxels on the same image.
        place: what errors call it.
    """

    @property
    def digest(self) -> str: ...  # noqa: D102
    @property
    def place(self) -> str: ...  # noqa: D102

    def draw(self, like: FileGeometry) -> ReadDrawn:
        """Put it on the grid of its image.

        Args:
            like: the image file's grid.

        Raises:
            ImageError: what is drawn does not lie in the image.
        """
