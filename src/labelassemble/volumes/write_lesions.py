"""Lesions found in a volume in, a JSON file in patient millimetres and in the file's voxels out."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from labelassemble.errors import ImageError
from labelassemble.storage.write_aside import write_text
from labelassemble.volumes.geometry import to_mm, to_voxel
from labelassemble.volumes.volume import Volume

_Place = tuple[float, float, float]

_FRAME = (
    "patient millimetres, RAS+: right, anterior, superior grow; DICOM's LPS negates the first two"
)


class FoundLesion(NamedTuple):
    """One lesion on the grid of the volume that was looked at.

    Attributes:
        name: its class.
        prediction: in [0, 1].
        centre: voxel index, whole or between.
        first: smallest voxel index along each axis.
        last: largest, inclusive.
        voxels: how many.
    """

    name: str
    probability: float
    centre: _Place
    first: tuple[int, int, int]
    last: tuple[int, int, int]
    voxels: int


def write_lesions(lesions: Sequence[FoundLesion], like: Volume, path: Path) -> None:
    """Write lesions to a JSON file; written aside and then renamed.

    Each has its class, prediction, centre and box in patient millimetres, volume in cubic
    millimetres, and centre and box in voxels of the file that the volume came from, whatever was
    done to it since. Boxes in voxels are of corners, half a voxel beyond the centres of the
    outermost voxels.

    Args:
        lesions: on the grid of ``like``.
        like: the volume that was looked at.
        path: the file.

    Raises:
        ImageError: a folder that cannot be written.
    """
    content = {
        "frame": _FRAME,
        "voxels": "index of a centre in the image file's own axes, from 0",
        "image_shape": list(like.file.shape),
        "image_affine_mm": like.file.affine.tolist(),
        "lesions": [_describe(one, like) for one in lesions],
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(json.dumps(content, indent=2) + "\n", path)
    except OSError as error:
        raise ImageError(
            f"a folder for lesions at {path.parent} that can be written",
            error.strerror or str(error),
            "Free some room there, or choose another folder",
        ) from error


def _describe(lesion: FoundLesion, like: Volume) -> dict[str, Any]:
    centre = to_mm(like.affine, np.array([lesion.centre], dtype=np.float64))
    low, high = np.array(lesion.first) - 0.5, np.array(lesion.last) + 0.5
    ends = np.stack([low, high], axis=1)
    corners = np.array(np.meshgrid(*ends)).reshape(3, -1).T
    corners_mm = to_mm(like.affine, corners)
    in_file = to_voxel(like.file.affine, corners_mm)
    return {
        "class": lesion.name,
        "probability": lesion.probability,
        "centre_mm": _round(centre[0]),
        "box_mm": [_round(corners_mm.min(axis=0)), _round(corners_mm.max(axis=0))],
        "volume_mm3": round(lesion.voxels * float(np.prod(like.spacing_mm)), 3),
        "centre_voxel": _round(to_voxel(like.file.affine, centre)[0]),
        "box_voxel": [_round(in_file.min(axis=0)), _round(in_file.max(axis=0))],
    }


def _round(values: np.ndarray) -> list[float]:
    """To a ten-thousandth: rounding of arithmetic is no place."""
    return [round(float(one), 4) + 0.0 for one in values]
