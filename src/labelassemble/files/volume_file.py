"""A volume's file of any kind: NIfTI, MetaImage or NRRD, open but not read."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Shaped

from labelassemble.errors import ImageError, raise_machine_fault
from labelassemble.files.file_suffixes import NIFTI_SUFFIXES, VOLUME_SUFFIXES
from labelassemble.files.grid_header import GridHeader
from labelassemble.files.meta_image import read_meta_header
from labelassemble.files.nifti_file import NiftiFile, is_nifti, open_nifti_file, unreadable_volume
from labelassemble.files.nrrd_file import read_nrrd_header
from labelassemble.files.packed_voxels import open_voxels
from labelassemble.files.series_path import find_series, list_slices

VOLUME_HEADERS: dict[str, Callable[[Path], GridHeader]] = {
    ".mhd": read_meta_header,
    ".mha": read_meta_header,
    ".nrrd": read_nrrd_header,
    ".nhdr": read_nrrd_header,
}
"""Extension to what reads the header."""

APART = (".mhd", ".nhdr")
"""Headers whose voxels stand in another file."""


OTHER_VOLUMES = (".hdr", ".img", ".mgz", ".mgh", ".minc", ".mnc", ".vtk", ".gipl", ".par", ".rec")
"""Volumes of kinds that are not read."""


MILLIMETRES = {"mm": 1.0, "unknown": 1.0, "meter": 1000.0, "micron": 0.001}
"""Length of NIfTI's units of space; files that do not say mean millimetres."""

_MEND = "Fetch the file again, or convert it to .nii.gz with the tool that wrote it"


class GridFile(NamedTuple):
    """A MetaImage or NRRD file whose header is read and whose voxels are not.

    Attributes:
        path: of its header.
        shape: voxels along each axis.
        kind: of the numbers.
        affine: as ``GridHeader`` has it.
        notes: likewise.
        read: numbers of slices [start, stop) of the last axis. Raises ImageError where the file is
            damaged.
    """

    path: Path
    shape: tuple[int, ...]
    kind: np.dtype
    affine: Float[np.ndarray, "4 4"] | None
    notes: tuple[str, ...]
    read: Callable[[int, int], Shaped[np.ndarray, "*slices"]]


def is_volume_file(path: Path) -> bool:
    """Whether a file is called as volumes that are read are.

    >>> [is_volume_file(Path(name)) for name in ("a.nii.gz", "A.MHD", "a.png")]
    [True, True, False]
    """
    return path.name.lower().endswith(VOLUME_SUFFIXES)


def is_volume(path: Path) -> bool:
    """Whether a path is that of a volume: of a file called so, or of a DICOM series.

    >>> [is_volume(Path(name)) for name in ("a.nii.gz", "/ct/#series/1.2", "a.dcm")]
    [True, True, False]
    """
    return is_volume_file(path) or find_series(str(path)) is not None


def strip_volume(name: str) -> str:
    """Take the extension of a volume off a name.

    >>> strip_volume("a.b.nii.gz"), strip_volume("1.3.6.mhd"), strip_volume("a.png")
    ('a.b', '1.3.6', 'a.png')
    """
    ending = next((one for one in VOLUME_SUFFIXES if name.lower().endswith(one)), "")
    return name[: len(name) - len(ending)]


def glob_like(name: str) -> str:
    """Write a pattern that takes all volumes of one's kind, at any depth.

    >>> glob_like("a.nii.gz"), glob_like("a/b.MHD")
    ('**/*.nii*', '**/*.MHD')
    """
    if name.lower().endswith(NIFTI_SUFFIXES):
        return "**/*.nii*"
    return f"**/*{name[len(strip_volume(name)) :]}"


def refuse_other_volume(path: Path) -> None:
    """Refuse a volume of a kind that is not read.

    Raises:
        ImageError: names the kind, and into what to convert it.
    """
    if path.name.lower().endswith(OTHER_VOLUMES):
        raise ImageError(
            f"a whole volume at {path}, of a kind that is read ({', '.join(VOLUME_SUFFIXES)})",
            f"{path.suffix}, which is not read",
            "Convert it to .nii.gz",
        )


def open_volume_file(path: Path) -> NiftiFile | GridFile:
    """Open a volume's file; its voxels are read when they are asked for.

    Args:
        path: the file; of ``.mhd`` and ``.nhdr`` the header, beside which its voxels lie.

    Raises:
        ImageError: no such file, another kind, a damaged header, voxels that are missing or too
            few.
    """
    refuse_other_volume(path)
    return open_nifti_file(path) if is_nifti(path) else open_grid_file(path)


def open_grid_file(path: Path) -> GridFile:
    """Open a MetaImage or NRRD file.

    Raises:
        ImageError: as ``open_volume_file``.
    """
    try:
        header = _read_header(path)
        numbers = open_voxels(header)
    except (OSError, ValueError) as error:
        raise unreadable_volume(path, error, _MEND) from error

    def read(start: int, stop: int) -> Shaped[np.ndarray, "*slices"]:
        try:
            return numbers(start, stop)
        except Exception as error:
            raise_machine_fault(error)
            # Damaged packing raises nearly anything; all of it means the same to the user.
            raise unreadable_volume(path, error) from error

    kind = header.kind.newbyteorder("=")
    return GridFile(path, header.shape, kind, header.affine, header.notes, read)


def read_grid(path: Path) -> tuple[tuple[int, ...], Float[np.ndarray, "4 4"] | None]:
    """Give a volume's shape and affine (voxel to mm, RAS+), None where the file does not say it.

    Of NIfTI's two transforms the one that its standard prefers.

    Raises:
        ImageError: as ``open_volume_file``.
    """
    file = open_volume_file(path)
    if isinstance(file, GridFile):
        return file.shape, file.affine
    header = file.header
    said = any(form is not None for form, _ in (header.get_sform(True), header.get_qform(True)))
    scale = MILLIMETRES.get(header.get_xyzt_units()[0])
    if not said or scale is None or len(file.shape) != 3:
        return file.shape, None
    affine = np.array(header.get_best_affine(), dtype=np.float64)
    affine[:3] *= scale
    return file.shape, affine


def list_parts(path: Path) -> tuple[Path, ...]:
    """Give the files of a volume: itself, and the voxels beside a header; or slices of a series.

    Raises:
        ImageError: a header that cannot be read, a series without a file.
    """
    if (series := find_series(str(path))) is not None:
        slices = list_slices(series)
        if not slices:
            raise ImageError(
                f"the DICOM series {series.uid} in {series.folder}",
                "none of its files",
                "Check the folder of images",
            )
        return slices
    if not path.name.lower().endswith(APART):
        return (path,)
    try:
        header = _read_header(path)
    except (OSError, ValueError) as error:
        raise unreadable_volume(path, error, _MEND) from error
    return (path,) if header.data == path else (path, *(header.parts or (header.data,)))


def _read_header(path: Path) -> GridHeader:
    reader = next(of for ending, of in VOLUME_HEADERS.items() if path.name.lower().endswith(ending))
    return reader(path)
