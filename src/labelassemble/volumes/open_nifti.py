"""A NIfTI file's header in, a ``VolumeFile`` out."""

from pathlib import Path

import numpy as np

from labelassemble.errors import ImageError, raise_machine_fault
from labelassemble.files.nifti_file import open_nifti_file
from labelassemble.files.volume_file import MILLIMETRES
from labelassemble.settings import VolumeSettings
from labelassemble.volumes.damaged import damaged
from labelassemble.volumes.geometry import Affine, farthest_mm
from labelassemble.volumes.stored_voxels import make_volume_file, refuse_stored
from labelassemble.volumes.volume import VolumeFile


def open_nifti(path: Path, settings: VolumeSettings) -> VolumeFile:
    """Open a NIfTI file (.nii, .nii.gz; version 1 or 2).

    ``scl_slope`` and ``scl_inter`` are applied when voxels are read; small whole numbers without
    them stay int16. Fourth and further axes may be there only with a length of 1.

    Args:
        path: the file.
        settings: which of two transforms counts, and how far they may be apart.

    Raises:
        ImageError: no such file, no NIfTI, a 2-D or 4-D file, colours, no orientation, two
            orientations that disagree, a sheared affine.
    """
    nifti = open_nifti_file(path)
    header, stored = nifti.header, nifti.kind
    try:
        scale = MILLIMETRES[header.get_xyzt_units()[0]]
        forms = {"sform": header.get_sform(coded=True)[0], "qform": header.get_qform(coded=True)[0]}
    except Exception as error:
        raise_machine_fault(error)
        # Damaged headers raise nearly anything; all of it means the same to the user.
        raise damaged(path, error) from error
    space = refuse_stored(nifti.shape, stored, path)
    affine = _choose_form(forms, space, settings, path, scale)
    affine[:3] *= scale
    scaled = (nifti.slope, nifti.intercept) != (1.0, 0.0)
    return make_volume_file(
        path, affine, space, stored=stored, scaled=scaled, read_stored=nifti.read, settings=settings
    )


def _choose_form(
    forms: dict[str, Affine | None],
    shape: tuple[int, int, int],
    settings: VolumeSettings,
    path: Path,
    scale: float,
) -> Affine:
    there = {name: np.array(form, np.float64) for name, form in forms.items() if form is not None}
    if not there:
        raise ImageError(
            f"an orientation in {path}",
            "sform_code and qform_code of 0: nothing says where right and left are",
            "Convert it again from the original images with a tool that keeps the orientation",
        )
    if len(there) == 2 and settings.header == "agree":
        apart = scale * farthest_mm(there["sform"], there["qform"], shape)
        # Not a number is no agreement either.
        if not apart <= settings.tolerance_mm:
            raise ImageError(
                f"an sform and a qform that agree within {settings.tolerance_mm:g} mm in {path}",
                f"they put a voxel {apart:.3g} mm apart",
                "Find out which is right and set header to 'sform' or 'qform'",
            )
    preferred = "qform" if settings.header == "qform" else "sform"
    return there.get(preferred, next(iter(there.values())))
