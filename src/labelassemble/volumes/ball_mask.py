"""Balls in the patient, drawn on the grid of a volume."""

import hashlib
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from labelassemble.errors import ImageError, some
from labelassemble.files.patient_space import Space, outside, voxels_of
from labelassemble.volumes.drawn_mask import DrawnRegion
from labelassemble.volumes.geometry import Affine, FileGeometry, to_mm


class Ball(NamedTuple):
    """A ball in the patient.

    Attributes:
        middle: three numbers, in the space that its source writes.
        diameter_mm: of 0 where nothing is said: the voxel of its middle.
    """

    middle: tuple[float, float, float]
    diameter_mm: float


@dataclass(frozen=True)
class BallMask:
    """Balls of one term in one volume: see ``DrawnMask``.

    A voxel is inside where its centre is; a ball too small to hold a centre marks the voxel in
    which its middle lies, so that no lesion vanishes.
    """

    balls: tuple[Ball, ...]
    """In the space that their source writes."""
    space: Space
    """As ``PointRows.space``."""
    place: str
    """What errors call them."""

    @property
    def digest(self) -> str:
        """Of the numbers."""
        return hashlib.sha256(f"balls {self.space} {self.balls!r}".encode()).hexdigest()

    def draw(self, like: FileGeometry) -> DrawnRegion:
        """Put them on the image's grid.

        Raises:
            ImageError: a middle outside the volume.
        """
        middles = voxels_of([ball.middle for ball in self.balls], self.space, like.affine)
        if (lost := outside(middles, like.shape)).any():
            raise ImageError(
                f"points inside their volume of {' x '.join(map(str, like.shape))} voxels: "
                f"{self.place}",
                some([str(self.balls[row].middle) for row in np.flatnonzero(lost)], 3),
                "Say in labels.space how they are written (lps, ras or voxel), or fix those rows",
            )
        limits = np.array(like.shape) - 1
        nearest = np.clip(np.rint(middles), 0, limits).astype(np.int64)
        radii = [ball.diameter_mm / 2.0 for ball in self.balls]

        def read(start: int, stop: int) -> Bool[np.ndarray, "i j slices"]:
            drawn = np.zeros((*like.shape[:2], stop - start), dtype=bool)
            for middle, voxel, radius in zip(middles, nearest, radii, strict=True):
                _draw(drawn, start, middle, radius, like.affine)
                if start <= voxel[2] < stop:
                    drawn[voxel[0], voxel[1], voxel[2] - start] = True
            return drawn

        return DrawnRegion(read)


def _draw(
    drawn: Bool[np.ndarray, "i j slices"],
    start: int,
    middle: Float[np.ndarray, "3"],
    radius: float,
    affine: Affine,
) -> None:
    """Mark the voxels whose centres are in one ball."""
    # Half the sides of the box of voxels around the ball, along each axis of the file.
    inverse = np.linalg.inv(affine[:3, :3])
    reach = radius * np.linalg.norm(inverse, axis=1)
    first = np.maximum(np.ceil(middle - reach), [0, 0, start]).astype(int)
    ends = [drawn.shape[0] - 1, drawn.shape[1] - 1, start + drawn.shape[2] - 1]
    last = np.minimum(np.floor(middle + reach), ends).astype(int)
    if radius <= 0.0 or (last < first).any():
        return
    axes = [np.arange(one, other + 1) for one, other in zip(first, last, strict=True)]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3).astype(np.float64)
    apart = np.linalg.norm(to_mm(affine, grid) - to_mm(affine, middle[None]), axis=1)
    held = grid[apart <= radius].astype(int)
    drawn[held[:, 0], held[:, 1], held[:, 2] - start] = True
