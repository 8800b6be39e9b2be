"""The DICOM files of a folder, sorted: series of images, and objects that were drawn on them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import polars as pl
from jaxtyping import Float

from labelassemble.files import dicom_segments, measurement_report, structure_set
from labelassemble.files.patient_space import find_slice_axis, outside
from labelassemble.sources.dicom_headers import read_headers
from labelassemble.sources.image_folder import ImageFolder

ObjectKind = Literal["seg", "rtstruct", "sr"]

_KINDS: dict[str, ObjectKind] = {
    dicom_segments.SEGMENT_STORAGE: "seg",
    dicom_segments.LABELMAP_STORAGE: "seg",
    structure_set.STRUCTURE_STORAGE: "rtstruct",
    **dict.fromkeys(measurement_report.STORAGES, "sr"),
}
"""SOPClassUID to the kind of an object that speaks of a series."""

_PLACES = ("FrameOfReferenceUID", "PixelSpacing", "ImagePositionPatient", "ImageOrientationPatient")
"""Elements that say where a slice lies, beside those that are read of all files."""

Header = Mapping[str, str | None]
"""Column of `read_headers` to its text."""


class ImageSeries(NamedTuple):
    """A series of images.

    Attributes:
        uid: SeriesInstanceUID.
        modality: as DICOM codes it.
        patient: PatientID; blank where none is said.
        frame_of_reference: in which its places are; blank where none is said.
        folders: that hold its files.
        images: SOPInstanceUIDs.
        grid: (column, row, 1) to millimetres, RAS+, of each slice; none where some lack a place.
        size: columns and rows of the first slice.
    """

    uid: str
    modality: str
    patient: str
    frame_of_reference: str
    folders: tuple[Path, ...]
    images: frozenset[str]
    grid: Float[np.ndarray, "slices 3 3"] | None
    size: tuple[int, int]


class AnnotationFile(NamedTuple):
    """An object that speaks of a series.

    Attributes:
        kind: which.
        path: its file.
    """

    kind: ObjectKind
    path: Path


class Scan(NamedTuple):
    """What a folder holds.

    Attributes:
        series: by UID, sorted.
        objects: sorted by path.
    """

    series: Mapping[str, ImageSeries]
    objects: Sequence[AnnotationFile]


def scan_dicom(files: ImageFolder, kept: Path | None = None) -> Scan:
    """Read the headers of all DICOM files; what is none is passed over.

    Args:
        files: the files there are.
        kept: a file that keeps headers between calls, as `read_headers` takes it.
    """
    paths = [str(files.folder / name) for name in files.names if name not in files.inside]
    headers = read_headers(paths, kept, _PLACES)
    objects, slices = [], dict[str, list[tuple[Path, Header]]]()
    for header in headers.iter_rows(named=True):
        path = Path(header["path"])
        kind = _KINDS.get(header["SOPClassUID"] or "")
        if kind is not None:
            objects.append(AnnotationFile(kind, path))
        elif header["Rows"] is not None:
            slices.setdefault(header["SeriesInstanceUID"] or "", []).append((path, header))
    series = {uid: _join(uid, own) for uid, own in sorted(slices.items()) if uid}
    return Scan(series, sorted(objects))


def _join(uid: str, slices: Sequence[tuple[Path, Header]]) -> ImageSeries:
    first = slices[0][1]
    grids = [_grid(header) for _, header in slices]
    places = [grid for grid in grids if grid is not None]
    frames = Counter(header["FrameOfReferenceUID"] or "" for _, header in slices)
    return ImageSeries(
        uid,
        first["modality"] or "",
        first["patient"] or "",
        frames.most_common(1)[0][0],
        tuple(sorted({path.parent for path, _ in slices})),
        frozenset(header["SOPInstanceUID"] or "" for _, header in slices),
        np.stack(places) if len(places) == len(slices) else None,
        (_whole(first["Columns"]), _whole(first["Rows"])),
    )


def _grid(header: Header) -> Float[np.ndarray, "3 3"] | None:
    try:
        cosines = np.array(_numbers(header["ImageOrientationPatient"]))
        corner = np.array(_numbers(header["ImagePositionPatient"]))
        down_mm, across_mm = _numbers(header["PixelSpacing"])
        grid = np.stack([cosines[:3] * across_mm, cosines[3:] * down_mm, corner], axis=1)
        return np.asarray(np.diag([-1.0, -1.0, 1.0]) @ grid)
    except ValueError:
        return None


def _whole(text: str | None) -> int:
    return int(text) if text and text.isdecimal() else 0


def _numbers(text: str | None) -> list[float]:
    return [float(one) for one in (text or "").split("\\")]


def see_series(folder: Path, uid: str) -> ImageSeries | None:
    """Read the headers of one series in a folder; none: it is not there."""
    paths = [str(path) for path in sorted(folder.iterdir()) if path.is_file()]
    headers = read_headers(paths, None, _PLACES).filter(pl.col("SeriesInstanceUID") == uid)
    own = [(Path(one["path"]), one) for one in headers.iter_rows(named=True) if one["Rows"]]
    return _join(uid, own) if own else None


def grid_of(
    series: ImageSeries,
) -> tuple[tuple[int, int, int], Float[np.ndarray, "4 4"]] | None:
    """Give columns, rows and slices of a series, and their affine to millimetres, RAS+.

    Returns:
        None: its slices do not say where they lie.
    """
    if series.grid is None:
        return None
    steps, corners = series.grid[0, :, :2], series.grid[:, :, 2]
    normal = np.cross(steps[:, 0], steps[:, 1])
    along = corners @ (normal / np.linalg.norm(normal))
    first, last = int(along.argmin()), int(along.argmax())
    count = len(np.unique(along.round(4)))
    affine = np.eye(4)
    affine[:3, :2], affine[:3, 3] = steps, corners[first]
    affine[:3, 2] = (
        (corners[last] - corners[first]) / (count - 1)
        if count > 1
        else normal / np.linalg.norm(normal)
    )
    return (*series.size, count), affine


def to_slices(
    points: Float[np.ndarray, "points 3"], series: ImageSeries
) -> Float[np.ndarray, "points 3"] | None:
    """Give column, row and slice of points (mm, RAS+); none where slices do not say their places.

    Slices are counted from 0 along the normal; beyond the last ones in steps of the median gap.
    """
    if series.grid is None:
        return None
    grid = series.grid[0]
    normal = np.cross(grid[:, 0], grid[:, 1])
    normal /= np.linalg.norm(normal)
    places = np.unique((series.grid[:, :, 2] @ normal).round(4))
    gap = float(np.median(np.diff(places))) if len(places) > 1 else 1.0
    within = np.linalg.lstsq(grid[:, :2], (points - grid[:, 2]).T, rcond=None)[0].T
    along = points @ normal
    number = np.interp(along, places, np.arange(len(places)))
    beyond = np.minimum(along - places[0], 0.0) + np.maximum(along - places[-1], 0.0)
    return np.column_stack([within, number + beyond / gap])


def lies_outside(points: Float[np.ndarray, "points 3"], series: ImageSeries) -> bool:
    """Whether any point (mm, RAS+) lies more than a voxel outside the slices of a series."""
    voxels = to_slices(points, series) if len(points) else None
    if voxels is None:
        return False
    assert series.grid is not None
    return bool(outside(voxels, (*series.size, len(series.grid))).any())


def crosses_slices(contours: Sequence[Float[np.ndarray, "_ 3"]], series: ImageSeries) -> bool:
    """Whether contours (mm, RAS+) lie between or across the slices of a series, whichever way."""
    placed = [to_slices(one, series) for one in contours]
    known = [one for one in placed if one is not None]
    return bool(known) and find_slice_axis(known) is None
