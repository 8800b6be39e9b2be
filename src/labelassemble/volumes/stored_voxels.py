"""What a file stores becomes a ``VolumeFile``: three axes, one number a voxel, all finite."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from jaxtyping import Shaped

from labelassemble.errors import ImageError
from labelassemble.settings import VolumeSettings
from labelassemble.volumes.geometry import Affine, find_geometry
from labelassemble.volumes.volume import VolumeFile, note_anisotropy

ReadSlices = Callable[[int, int], Shaped[np.ndarray, "*slices"]]


def refuse_stored(shape: tuple[int, ...], stored: np.dtype, path: Path) -> tuple[int, int, int]:
    """Refuse what is no volume of grey values.

    Args:
        shape: voxels along each axis.
        stored: kind of the numbers.
        path: the file, for errors.

    Returns:
        The shape.

    Raises:
        ImageError: other than three axes; colours, complex numbers.
    """
    if len(shape) != 3 or min(shape) < 1:
        raise ImageError(
            f"a 3-D volume in {path}",
            f"{len(shape)} axes of {' x '.join(map(str, shape))} voxels",
            "Take one volume of the series out into a file of its own, such as "
            "nibabel.four_to_three",
        )
    if stored.kind not in "iufb":
        raise ImageError(f"one number a voxel in {path}", f"{stored}", "Convert it to grey values")
    return shape[0], shape[1], shape[2]


def make_volume_file(
    path: Path,
    affine: Affine,
    shape: tuple[int, int, int],
    *,
    stored: np.dtype,
    scaled: bool,
    read_stored: ReadSlices,
    settings: VolumeSettings,
    notes: tuple[str, ...] = (),
) -> VolumeFile:
    """Make the open volume; small whole numbers stay int16.

    Args:
        path: the file.
        affine: of its own axes, in mm.
        shape: voxels along them.
        stored: kind of the numbers as they are stored.
        scaled: whether a slope or an intercept is applied when they are read.
        read_stored: reads slices.
        settings: what to accept.
        notes: what is odd about the file.

    Raises:
        ImageError: as ``find_geometry`` and ``note_anisotropy``.
    """
    geometry = find_geometry(shape, affine, path)
    small = stored.kind in "iu" and (stored.itemsize == 1 or stored == np.int16)
    kind = np.dtype(np.int16 if small and not scaled else np.float32)

    def read(start: int, stop: int) -> Shaped[np.ndarray, "i j slices"]:
        values = read_stored(start, stop)
        if values.dtype.kind == "f" and not (finite := np.isfinite(values)).all():
            raise ImageError(
                f"finite numbers in {path}",
                f"{int((~finite).sum()):,} voxels that are not, in slices {start} to {stop - 1}",
                "Set them to the value of air in the file, or leave the volume out",
            )
        return values.astype(kind, copy=False)

    told = (*notes, *note_anisotropy(affine, settings, path))
    return VolumeFile(path, geometry, kind, "unknown", told, read)
