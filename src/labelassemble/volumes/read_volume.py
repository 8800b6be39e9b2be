"""One volume file or DICOM series in, voxels with their place in the patient out."""

from pathlib import Path

import numpy as np
from jaxtyping import Shaped

from labelassemble.errors import ImageError
from labelassemble.files.nifti_file import is_nifti
from labelassemble.files.series_path import find_series
from labelassemble.files.volume_file import is_volume_file, refuse_other_volume
from labelassemble.settings import VolumeSettings
from labelassemble.volumes.geometry import ras_affine, ras_shape, to_file
from labelassemble.volumes.open_grid import open_grid
from labelassemble.volumes.open_nifti import open_nifti
from labelassemble.volumes.open_series import open_series
from labelassemble.volumes.volume import Volume, VolumeFile, refuse_too_large

DEFAULTS = VolumeSettings()

_SLAB_BYTES = 64 * 2**20
"""Voxels that are decoded at once."""


def read_volume(
    path: Path, settings: VolumeSettings = DEFAULTS, series: str | None = None
) -> Volume:
    """Read a NIfTI, MetaImage, NRRD or multi-frame DICOM file, or a folder with a DICOM series.

    Axes are exchanged and turned round so that they run right, anterior, superior, each to the
    nearest; nothing is interpolated, so an oblique volume keeps its rotation in the affine. DICOM
    values are rescaled to Hounsfield units.

    Args:
        path: the file or the folder.
        settings: what to accept, and ``memory_gib``.
        series: SeriesInstanceUID, where a folder holds several.

    Raises:
        ImageError: see the table in ``docs/volumes.md``.
    """
    file = open_volume(path, settings, series)
    refuse_too_large(file.bytes_in_memory, f"{' x '.join(map(str, file.geometry.shape))}", settings)
    return Volume(
        read_voxels(file), ras_affine(file.geometry), file.unit, file.geometry, file.notes
    )


def open_volume(
    path: Path, settings: VolumeSettings = DEFAULTS, series: str | None = None
) -> VolumeFile:
    """Read the headers alone: geometry, unit, notes; voxels come slice by slice.

    Raises:
        ImageError: as ``read_volume``, but for what only the voxels show.
    """
    if (place := find_series(str(path))) is not None:
        return open_series(place.folder, settings, place.uid)
    if not path.exists():
        raise ImageError(f"a volume at {path}", "no such file or folder", "Check the path")
    refuse_other_volume(path)
    if is_nifti(path):
        return open_nifti(path, settings)
    if is_volume_file(path):
        return open_grid(path, settings)
    return open_series(path, settings, series)


def read_voxels(file: VolumeFile) -> Shaped[np.ndarray, "right anterior superior"]:
    """Read all voxels, slab by slab, so that no second copy of them is in memory."""
    voxels = np.empty(ras_shape(file.geometry), dtype=file.kind)
    target = to_file(voxels, file.geometry)
    depth = file.geometry.shape[2]
    step = max(1, _SLAB_BYTES * depth // max(1, file.bytes_in_memory))
    for start in range(0, depth, step):
        stop = min(start + step, depth)
        target[..., start:stop] = file.read(start, stop)
    return voxels
