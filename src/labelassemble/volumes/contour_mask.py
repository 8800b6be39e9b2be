"""Closed contours in the patient, drawn on the slices of a volume."""

import hashlib
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from labelassemble.errors import ImageError
from labelassemble.files.patient_space import find_slice_axis
from labelassemble.volumes.drawn_mask import DrawnRegion
from labelassemble.volumes.fill_polygon import fill_polygons
from labelassemble.volumes.geometry import FileGeometry, to_voxel

Contour = Float[np.ndarray, "_ 3"]
"""Points in patient millimetres, RAS+."""

_BESIDE = 1.0
"""Voxels by which a contour may leave the volume."""


@dataclass(frozen=True, eq=False)
class ContourMask:
    """Contours of one region of one volume: see ``DrawnMask``.

    Each lies in a slice of the image; of contours in one slice, those within others are holes.
    """

    contours: tuple[Contour, ...]
    """Closed ones."""
    place: str
    """What errors call them."""

    @property
    def digest(self) -> str:
        """Of the points."""
        digest = hashlib.sha256(b"contours")
        for contour in self.contours:
            digest.update(f" {len(contour)} ".encode())
            digest.update(np.ascontiguousarray(contour, dtype="<f8").tobytes())
        return digest.hexdigest()

    def draw(self, like: FileGeometry) -> DrawnRegion:
        """Put them on the image's slices; where its own axes are others, these are asked.

        Raises:
            ImageError: contours outside the volume, or between or across its slices.
        """
        voxels = [to_voxel(like.affine, contour) for contour in self.contours]
        limits = np.array(like.shape) - 0.5 + _BESIDE
        for contour in voxels:
            if (contour < -0.5 - _BESIDE).any() or (contour > limits).any():
                far = contour[np.abs(contour - (np.array(like.shape) - 1) / 2).max(axis=1).argmax()]
                raise ImageError(
                    f"contours inside their volume of {' x '.join(map(str, like.shape))} voxels: "
                    f"{self.place}",
                    f"one that reaches voxel {', '.join(f'{one:.1f}' for one in far)}",
                    "Take the structure set that belongs to this series",
                )
        axis = find_slice_axis(voxels)
        if axis is None:
            raise ImageError(
                f"contours in the slices of their volume: {self.place}",
                "contours between its slices, or across them",
                "Take the series that they were drawn on, or convert them to a mask with a tool "
                "that knows how",
            )
        others = [one for one in range(3) if one != axis]
        by_slice: dict[int, list[np.ndarray]] = {}
        for contour in voxels:
            by_slice.setdefault(round(float(contour[:, axis].mean())), []).append(
                contour[:, others]
            )
        size = (like.shape[others[0]], like.shape[others[1]])
        filled = {at: fill_polygons(own, size) for at, own in by_slice.items()}

        def read(start: int, stop: int) -> Bool[np.ndarray, "i j slices"]:
            drawn = np.zeros((*like.shape[:2], stop - start), dtype=bool)
            for at, plane in filled.items():
                if axis == 2:
                    if start <= at < stop:
                        drawn[:, :, at - start] = plane
                elif axis == 1:
                    drawn[:, at, :] = plane[:, start:stop]
                else:
                    drawn[at, :, :] = plane[:, start:stop]
            return drawn

        return DrawnRegion(read)
