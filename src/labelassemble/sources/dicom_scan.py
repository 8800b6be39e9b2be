"""The DICOM files of a folder, sorted: series of images, and objects that were drawn on them."""

import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from jaxtyping import Float

from labelassemble.files import dicom_segments, measurement_report, structure_set
from labelassemble.files.dicom_codes import text_of
from labelassemble.files.is_dicom import HEAD_BYTES, starts_as_dicom
from labelassemble.sources.image_files import ImageFolder

Kind = Literal["seg", "rtstruct", "sr"]

KINDS: dict[str, Kind] = {
    dicom_segments.STORAGE: "seg",
    dicom_segments.LABELMAP_STORAGE: "seg",
    structure_set.STORAGE: "rtstruct",
    **dict.fromkeys(measurement_report.STORAGES, "sr"),
}
"""SOPClassUID to the kind of an object that speaks of a series."""

TAGS = [
    "SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID", "Modality", "PatientID",
    "FrameOfReferenceUID", "Rows", "Columns", "PixelSpacing", "ImagePositionPatient",
    "ImageOrientationPatient",
]  # fmt: skip

WORKERS = 8


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

    kind: Kind
    path: Path


class Scan(NamedTuple):
    """What a folder holds.

    Attributes:
        series: by UID, sorted.
        objects: sorted by path.
    """

    series: Mapping[str, ImageSeries]
    objects: Sequence[AnnotationFile]


def scan_dicom(files: ImageFolder) -> Scan:
    """Read the headers of all DICOM files; what is none is passed over.

    Args:
        files: the files there are.
    """
    paths = [files.folder / name for name in files.names if name not in files.inside]
    with ThreadPoolExecutor(WORKERS) as pool:
        headers = list(pool.map(_read, paths))
    objects, slices = [], dict[str, list[tuple[Path, Any]]]()
    for path, header in zip(paths, headers, strict=True):
        if header is None:
            continue
        kind = KINDS.get(text_of(header, "SOPClassUID"))
        if kind is not None:
            objects.append(AnnotationFile(kind, path))
        elif "Rows" in header:
            slices.setdefault(text_of(header, "SeriesInstanceUID"), []).append((path, header))
    series = {uid: _join(uid, own) for uid, own in sorted(slices.items()) if uid}
    return Scan(series, sorted(objects))


def _read(path: Path) -> Any:
    import pydicom  # only where there are DICOM files

    try:
        with warnings.catch_warnings(), path.open("rb") as file:
            warnings.simplefilter("ignore")
            if not starts_as_dicom(file.read(HEAD_BYTES)):
                return None
            file.seek(0)
            return pydicom.dcmread(file, stop_before_pixels=True, specific_tags=TAGS, force=True)
    except Exception:
        # Damaged headers raise nearly anything; such a file is told where its series is read.
        return None


def _join(uid: str, slices: Sequence[tuple[Path, Any]]) -> ImageSeries:
    first = slices[0][1]
    grids = [_grid(header) for _, header in slices]
    places = [grid for grid in grids if grid is not None]
    frames = Counter(text_of(header, "FrameOfReferenceUID") for _, header in slices)
    return ImageSeries(
        uid,
        text_of(first, "Modality"),
        text_of(first, "PatientID"),
        frames.most_common(1)[0][0],
        tuple(sorted({path.parent for path, _ in slices})),
        frozenset(text_of(header, "SOPInstanceUID") for _, header in slices),
        np.stack(places) if len(places) == len(slices) else None,
        (int(first.get("Columns") or 0), int(first.get("Rows") or 0)),
    )


def _grid(header: Any) -> Float[np.ndarray, "3 3"] | None:
    try:
        cosines = np.array([float(one) for one in header.ImageOrientationPatient])
        corner = np.array([float(one) for one in header.ImagePositionPatient])
        down_mm, across_mm = (float(one) for one in header.PixelSpacing)
    except (AttributeError, TypeError, ValueError):
        return None
    grid = np.stack([cosines[:3] * across_mm, cosines[3:] * down_mm, corner], axis=1)
    return np.asarray(np.diag([-1.0, -1.0, 1.0]) @ grid)


def lies_outside(points: Float[np.ndarray, "points 3"], series: ImageSeries) -> bool:
    """Whether any point (mm, RAS+) lies more than a voxel outside the slices of a series."""
    if series.grid is None or not len(points):
        return False
    grid = series.grid[0]
    normal = np.cross(grid[:, 0], grid[:, 1])
    normal /= np.linalg.norm(normal)
    places = np.sort(series.grid[:, :, 2] @ normal)
    gap = float(np.median(np.diff(places))) if len(places) > 1 else 1.0
    within = np.linalg.lstsq(grid[:, :2], (points - grid[:, 2]).T, rcond=None)[0].T
    along = points @ normal
    limits = np.array(series.size) - 1
    beside = (within < -1.5).any() or (within > limits + 1.5).any()
    return bool(
        beside or along.min() < places[0] - 1.5 * gap or along.max() > places[-1] + 1.5 * gap
    )
