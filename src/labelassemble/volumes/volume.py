"""A volume in memory, and a volume's file that is open but not read."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Shaped

from labelassemble.errors import ImageError
from labelassemble.settings import VolumeSettings
from labelassemble.volumes.geometry import (
    NOTED_ANISOTROPY,
    Affine,
    FileGeometry,
    anisotropy,
    spacing_of,
)

Unit = Literal["HU", "unknown"]


class Volume(NamedTuple):
    """Voxels with their place in the patient.

    Attributes:
        voxels: int16 or float32, right, anterior, superior.
        affine: index of a voxel's centre to patient millimetres, RAS+.
        unit: HU where a DICOM file says so; NIfTI does not say.
        file: how the file stores it, so that predictions can be written back in its own geometry.
        notes: what was done to it or is odd about it, a sentence each; for the report.
    """

    voxels: Shaped[np.ndarray, "right anterior superior"]
    affine: Affine
    unit: Unit
    file: FileGeometry
    notes: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[int, int, int]:
        """Voxels along right, anterior, superior."""
        right, anterior, superior = self.voxels.shape
        return right, anterior, superior

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Distance of neighbouring voxels along right, anterior, superior."""
        return spacing_of(self.affine)


class VolumeFile(NamedTuple):
    """A file whose header is read and whose voxels are not.

    Attributes:
        place: file or folder.
        geometry: how it stores its voxels.
        kind: int16 or float32: what ``read`` gives.
        unit: of its values.
        notes: as in ``Volume``.
        read: slices [start, stop) of the file's third axis, in the file's order. Raises ImageError
            where the file is damaged.
    """

    place: Path
    geometry: FileGeometry
    kind: np.dtype
    unit: Unit
    notes: tuple[str, ...]
    read: Callable[[int, int], Shaped[np.ndarray, "i j slices"]]

    @property
    def bytes_in_memory(self) -> int:
        """Bytes of all its voxels once they are read."""
        count = int(np.prod(np.array(self.geometry.shape, dtype=np.int64)))
        return count * self.kind.itemsize


def note_anisotropy(affine: Affine, settings: VolumeSettings, place: Path) -> tuple[str, ...]:
    """Say so where voxels are much longer than wide.

    Raises:
        ImageError: more so than ``max_anisotropy`` allows.
    """
    ratio, spacing = anisotropy(affine), " x ".join(f"{one:.3g}" for one in spacing_of(affine))
    if ratio > settings.max_anisotropy:
        raise ImageError(
            f"spacings whose ratio is at most {settings.max_anisotropy:g} (max_anisotropy) in "
            f"{place}",
            f"{spacing} mm, a ratio of {ratio:.1f}",
            "Leave the volume out, or raise max_anisotropy; lesions between slices are then not "
            "seen",
        )
    if ratio < NOTED_ANISOTROPY - 1e-6:
        return ()
    return (f"voxels of {spacing} mm, an anisotropy of {ratio:.1f}",)


def refuse_too_large(needed: int, what: str, settings: VolumeSettings) -> None:
    """Stop before memory runs out.

    Args:
        needed: bytes.
        what: what needs them.
        settings: with ``memory_gib``.

    Raises:
        ImageError: more than ``memory_gib``.
    """
    if needed > settings.memory_gib * 2**30:
        raise ImageError(
            f"a volume that needs at most {settings.memory_gib:g} GiB (memory_gib)",
            f"{what}: {needed / 2**30:.4g} GiB",
            "Raise memory_gib if the machine has the memory, or build a VolumeCache, which works "
            "slab by slab",
        )
