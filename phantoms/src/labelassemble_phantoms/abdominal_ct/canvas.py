"""The scan while it is painted: tissue over tissue, each voxel mixed by how much is filled."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, UInt8

from labelassemble_phantoms.abdominal_ct.grid import Box, Grid
from labelassemble_phantoms.abdominal_ct.layout import Layout

ORGANS: tuple[str, ...] = (
    "background",
    "body",
    "lung",
    "bone",
    "muscle",
    "liver",
    "spleen",
    "kidney",
    "gallbladder",
    "adrenal",
    "bowel",
    "vessel",
    "cyst_elsewhere",
    "pancreas",
    "pancreatic_duct",
)
"""Names of the organ numbers; ``body`` is whatever has no other name, most of it fat. The pancreas
includes its lesions."""
ORGAN_NUMBER = {name: number for number, name in enumerate(ORGANS)}


@dataclass(frozen=True)
class Canvas:
    """A scan without noise, painted in place."""

    layout: Layout
    hu: Float32[np.ndarray, "x y z"]
    organs: UInt8[np.ndarray, "x y z"]
    """Numbers of `ORGANS`: what fills at least half of the voxel."""

    @property
    def grid(self) -> Grid:
        """The voxels."""
        return self.layout.grid

    def paint(
        self,
        box: Box,
        filled: Float32[np.ndarray, "x y z"],
        hu: Float32[np.ndarray, "x y z"] | float,
        organ: str | None = None,
    ) -> None:
        """Mix a tissue into a box.

        Args:
            box: where.
            filled: share of each voxel that it fills, 0 to 1.
            hu: its attenuation in HU.
            organ: one of `ORGANS`; none: the voxels keep their name.
        """
        here = self.hu[box]
        here += filled * (hu - here)
        if organ is not None:
            self.organs[box][filled >= 0.5] = ORGAN_NUMBER[organ]


def blank_canvas(layout: Layout, air_hu: float = -1000.0) -> Canvas:
    """Return a scan of nothing but air."""
    shape = layout.grid.shape
    return Canvas(layout, np.full(shape, air_hu, dtype=np.float32), np.zeros(shape, dtype=np.uint8))
