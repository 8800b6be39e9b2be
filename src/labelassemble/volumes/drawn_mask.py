"""What was drawn on a volume otherwise than as a mask file: balls, contours, segments of DICOM."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool

from labelassemble.volumes.geometry import FileGeometry


class DrawnRegion(NamedTuple):
    """What is drawn, on the grid of an image file.

    Attributes:
        read: what is drawn in slices [start, stop) of the file's third axis, in the file's order.
        notes: what had to be done for it, a sentence each.
    """

    read: Callable[[int, int], Bool[np.ndarray, "i j slices"]]
    notes: tuple[str, ...] = ()


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

    def draw(self, like: FileGeometry) -> DrawnRegion:
        """Put it on the grid of its image.

        Args:
            like: the image file's grid.

        Raises:
            ImageError: what is drawn does not lie in the image.
        """


@dataclass(frozen=True)
class JoinedMask:
    """Several drawings of one term: what any of them draws is drawn. See ``DrawnMask``."""

    parts: tuple[DrawnMask, ...]
    """The drawings."""

    @property
    def digest(self) -> str:
        """Of the parts, in any order."""
        return hashlib.sha256(
            " ".join(sorted(one.digest for one in self.parts)).encode()
        ).hexdigest()

    @property
    def place(self) -> str:
        """The first of them."""
        return self.parts[0].place

    def draw(self, like: FileGeometry) -> DrawnRegion:
        """Put all of them on the image's grid."""
        drawn = [one.draw(like) for one in self.parts]

        def read(start: int, stop: int) -> Bool[np.ndarray, "i j slices"]:
            return np.asarray(np.logical_or.reduce([one.read(start, stop) for one in drawn]))

        return DrawnRegion(read, tuple(dict.fromkeys(note for one in drawn for note in one.notes)))
