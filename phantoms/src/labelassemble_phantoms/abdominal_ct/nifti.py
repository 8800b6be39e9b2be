"""Volumes as NIfTI files, in the orientation that a hospital's software has."""

import gzip
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Shaped


def write_nifti(
    path: Path,
    volume: Shaped[np.ndarray, "x y z"],
    affine: Float[np.ndarray, "4 4"],
    orientation: str,
) -> None:
    """Write a compressed NIfTI file; the same volume gives the same bytes.

    Args:
        path: a name that ends in ``.nii.gz``.
        volume: axes to the right, the front and the head; int16 or uint8.
        affine: from its voxel numbers to mm.
        orientation: RAS, or LPS, in which the first two axes run the other way. The affine says so.
    """
    # Only here: nibabel is slow to import, and nothing else of the phantoms needs it.
    import nibabel

    if orientation == "LPS":
        turn = np.diag([-1.0, -1.0, 1.0, 1.0])
        turn[:2, 3] = np.array(volume.shape[:2]) - 1
        volume, affine = volume[::-1, ::-1], affine @ turn
    make: Any = nibabel.Nifti1Image
    image = make(volume, affine)
    image.set_sform(affine, code=1)
    image.set_qform(affine, code=1)
    image.header.set_xyzt_units("mm")
    path.write_bytes(gzip.compress(image.to_bytes(), compresslevel=1, mtime=0))
