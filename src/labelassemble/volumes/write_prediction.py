"""Predictions on a volume's grid in, a NIfTI file on its own file's grid out."""

from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Shaped

from labelassemble.errors import ImageError
from labelassemble.files.file_suffixes import NIFTI_SUFFIXES
from labelassemble.storage.write_aside import write_aside
from labelassemble.volumes.geometry import ras_affine, ras_shape, to_file
from labelassemble.volumes.resample import VoxelGrid, resample_like
from labelassemble.volumes.volume import Volume


def write_prediction(
    like: Volume, probability: Shaped[np.ndarray, "*classes right anterior superior"], path: Path
) -> None:
    """Write predictions or a mask so that they lie over the file that the volume came from.

    What was resampled is brought back (fractions linearly, whole numbers and truth values from the
    nearest voxel), then axes are exchanged and turned round as the file has them. Predictions to a
    DICOM series lie on the grid of columns, rows and slices that it was read onto.

    Args:
        like: the volume, resampled or not.
        prediction: on its grid; with an axis of classes in front, that axis becomes the file's
            fourth.
        path: a ``.nii`` or ``.nii.gz`` file; written aside and then renamed.

    Raises:
        ImageError: another suffix, another shape, a folder that cannot be written.
    """
    # Only here: nibabel is slow to import.
    from nibabel.nifti1 import Nifti1Image

    if not path.name.endswith(NIFTI_SUFFIXES):
        raise ImageError("a file named .nii or .nii.gz", f"{path.name}", "Fix the file's name")
    if probability.ndim not in (3, 4) or probability.shape[-3:] != like.shape:
        raise ImageError(
            f"a prediction of {' x '.join(map(str, like.shape))} voxels, as the volume",
            f"{' x '.join(map(str, probability.shape))}",
            "Give the prediction to this very volume",
        )
    if probability.dtype == np.bool_:
        probability = probability.astype(np.uint8)
    if probability.dtype in (np.dtype(np.float16), np.dtype(np.int64), np.dtype(np.uint64)):
        probability = probability.astype(np.float32 if probability.dtype.kind == "f" else np.int32)
    own = VoxelGrid(ras_shape(like.file), ras_affine(like.file))
    voxels = to_file(resample_like(probability, like.affine, own), like.file)
    stored = np.moveaxis(voxels, 0, -1) if voxels.ndim == 4 else voxels
    make: Any = Nifti1Image
    image = make(stored, like.file.affine)
    image.set_sform(like.file.affine, code="scanner")
    image.set_qform(like.file.affine, code="scanner")
    image.header.set_xyzt_units("mm")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with write_aside(path) as aside:
            image.to_filename(aside)
    except OSError as error:
        raise ImageError(
            f"a folder for predictions at {path.parent} that can be written",
            error.strerror or str(error),
            "Free some room there, or choose another folder",
        ) from error
