"""Outlines of several readers in pixels of axial slices, drawn where enough of them agree."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool

from labelassemble.errors import ImageError
from labelassemble.sources.label_files.nodule_outline import OFF_SLICE, NoduleOutline
from labelassemble.volumes.drawn_mask import DrawnRegion
from labelassemble.volumes.fill_polygon import fill_polygons
from labelassemble.volumes.geometry import FileGeometry


@dataclass(frozen=True)
class OutlineMask:
    """Outlines of one series: see ``DrawnMask``.

    An outline runs just outside of what it surrounds: its own pixels are not drawn. Where nothing
    is left then, they are.
    """

    readers: tuple[tuple[NoduleOutline, ...], ...]
    """Of each reader."""
    least: int
    """How many readers must have a voxel inside."""
    place: str
    """What errors call them."""

    @property
    def digest(self) -> str:
        """Of the numbers."""
        return hashlib.sha256(f"outlines {self.least} {self.readers!r}".encode()).hexdigest()

    def draw(self, like: FileGeometry) -> DrawnRegion:
        """Put them on the image's slices.

        Raises:
            ImageError: a volume that is not axial, outlines outside of it or between its slices.
        """
        affine = like.affine
        level = np.abs(affine[2, :2]).max() < 1e-3 and np.abs(affine[:2, 2]).max() < 1e-3
        if not level:
            raise ImageError(
                f"axial slices under the outlines: {self.place}",
                "slices of another direction",
                "Take the series that they were drawn on",
            )
        count = np.zeros(like.shape, dtype=np.uint8)
        for outlines in self.readers:
            count += self._fill(outlines, like)
        drawn = count >= self.least
        return DrawnRegion(lambda start, stop: drawn[..., start:stop])

    def _fill(
        self, outlines: Sequence[NoduleOutline], like: FileGeometry
    ) -> Bool[np.ndarray, "i j k"]:
        """What one reader surrounds."""
        affine = like.affine
        drawn = np.zeros(like.shape, dtype=bool)
        holes = np.zeros(like.shape, dtype=bool)
        for outline in outlines:
            at = (outline.z_mm - affine[2, 3]) / affine[2, 2]
            k = round(at)
            points = np.array(outline.points, dtype=np.int64)
            inside = (points >= 0).all() and (points < like.shape[:2]).all()
            if not inside or not 0 <= k < like.shape[2] or abs(at - k) > OFF_SLICE:
                raise ImageError(
                    f"outlines on the slices of their volume: {self.place}",
                    f"one at {outline.z_mm:g} mm, which is slice {at:.2f} of {like.shape[2]}",
                    "Take the series that they were drawn on",
                )
            filled = fill_polygons([points.astype(np.float64)], like.shape[:2])
            edge = np.zeros_like(filled)
            edge[points[:, 0], points[:, 1]] = True
            within = filled & ~edge
            if outline.inside:
                drawn[..., k] |= within if within.any() else edge
            else:
                holes[..., k] |= within
        return drawn & ~holes
