"""DICOM files in, where each of their slices lies out."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pydicom
from jaxtyping import Float

from labelassemble.errors import ImageError, raise_machine_fault, some
from labelassemble.files.dicom_header import read_number, read_whole
from labelassemble.files.dicom_pixels import refuse_shifted
from labelassemble.files.frame_path import refuse_many_frames
from labelassemble.files.is_dicom import DICOM_SUFFIXES, is_dicom
from labelassemble.files.open_dicom import open_dicom
from labelassemble.volumes.damaged import damaged

_TAGS = [
    "SOPInstanceUID",
    "SeriesInstanceUID",
    "SeriesDescription",
    "Modality",
    "Rows",
    "Columns",
    "SamplesPerPixel",
    "NumberOfFrames",
    "ImagePositionPatient",
    "ImageOrientationPatient",
    "PixelSpacing",
    "RescaleSlope",
    "RescaleIntercept",
    "RescaleType",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    "ModalityLUTSequence",
    "SharedFunctionalGroupsSequence",
    "PerFrameFunctionalGroupsSequence",
]

Vector = Float[np.ndarray, " 3"]


class Slice(NamedTuple):
    """One slice: where it lies in the patient, and how its numbers become values.

    Attributes:
        path: its file.
        frame: its frame in a multi-frame file; None in a file of its own.
        uid: of the object.
        series: SeriesInstanceUID.
        description: SeriesDescription.
        size: columns and rows.
        corner: centre of the first pixel, in millimetres, RAS+.
        along: direction in which columns are counted, length 1, RAS+.
        down: direction in which rows are counted, length 1, RAS+.
        spacing: millimetres between columns, between rows.
        slope: what stored numbers are multiplied by.
        intercept: what is then added.
        lowest: least value that the stored bits can hold, rescaled.
        highest: largest.
        hounsfield: whether values are Hounsfield units.
    """

    path: Path
    frame: int | None
    uid: str
    series: str
    description: str
    size: tuple[int, int]
    corner: Vector
    along: Vector
    down: Vector
    spacing: tuple[float, float]
    slope: float
    intercept: float
    lowest: float
    highest: float
    hounsfield: bool


def read_slices(path: Path, series_uid: str | None = None) -> tuple[Slice, ...]:
    """Read the headers of a DICOM file, or of all DICOM files of a folder (not below it).

    Args:
        path: the file or the folder.
        series_uid: only slices of this series are wanted, if it is there; none: of all.

    Other files are passed over, and so are objects without pixels and, in a series of their own,
    images without a place in the patient (dose reports, screen shots).

    Raises:
        ImageError: a damaged file, no slice, colours, a table in place of slope and intercept, an
            image without a place among slices that have one.
    """
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    slices: list[Slice] = []
    placeless: list[tuple[str, Path]] = []
    others: list[str] = []
    for file in files:
        if not file.is_file() or file.name == "DICOMDIR" or not _is_dicom(file):
            continue
        try:
            dataset = open_dicom(file, tags=_TAGS)
            if "Rows" not in dataset:
                if "SOPInstanceUID" not in dataset:
                    raise ValueError("no DICOM header")
                continue
            if series_uid is not None and dataset.get("SeriesInstanceUID", "") != series_uid:
                others.append(str(dataset.get("SeriesInstanceUID", "")))
                continue
            own = list(_slices_of(dataset, file))
        except ImageError:
            raise
        except Exception as error:
            raise_machine_fault(error)
            # Damaged headers raise nearly anything; all of it means the same to the user.
            raise damaged(file, error) from error
        slices += own
        if not own:
            placeless.append((str(dataset.get("SeriesInstanceUID", "")), file))
    if not slices and others:
        raise ImageError(
            f"the series {series_uid} in {path}", some(dict.fromkeys(others)), "Name one of these"
        )
    if not slices:
        raise ImageError(
            f"a NIfTI file, or DICOM slices with a place in the patient, at {path}",
            f"{len(files)} files, none of them such a slice",
            "Give a .nii or .nii.gz file, or the folder that holds the slices themselves",
        )
    series = {one.series for one in slices}
    if lost := [file for uid, file in placeless if uid in series]:
        raise ImageError(
            f"a place in the patient for every slice in {path}",
            f"{len(lost)} without, such as {some([lost[0].name])}",
            "Fetch these files again, or take them out of the folder",
        )
    return tuple(slices)


def _is_dicom(file: Path) -> bool:
    # By its name too: one that is damaged from its first byte on is reported, not passed over.
    return file.suffix.lower() in DICOM_SUFFIXES or is_dicom(file)


def _slices_of(dataset: pydicom.Dataset, file: Path) -> Iterator[Slice]:
    if (read_whole(dataset, "SamplesPerPixel") or 1) != 1:
        raise ImageError(f"grey slices in {file}", "colours", "Take it out of the folder")
    frames = read_whole(dataset, "NumberOfFrames") or 1
    refuse_many_frames(frames, "frames")
    groups: Any = dataset.get("PerFrameFunctionalGroupsSequence")
    if frames == 1 and not groups:
        if dataset.get("ImagePositionPatient") and dataset.get("ImageOrientationPatient"):
            yield _slice(dataset, file, None, (dataset, dataset, dataset, dataset))
        return
    if not groups or len(groups) != frames:
        raise ImageError(
            f"a place in the patient for each of {frames} frames in {file}",
            "none" if not groups else f"{len(groups)} places",
            "Convert it to single slices or NIfTI with a tool that knows the scanner",
        )
    shared = (dataset.get("SharedFunctionalGroupsSequence") or [pydicom.Dataset()])[0]
    names = (
        "PlanePositionSequence",
        "PlaneOrientationSequence",
        "PixelMeasuresSequence",
        "PixelValueTransformationSequence",
    )
    for number, group in enumerate(groups):
        parts = [(group.get(name) or shared.get(name) or [dataset])[0] for name in names]
        yield _slice(dataset, file, number, (parts[0], parts[1], parts[2], parts[3]))


def _slice(
    dataset: pydicom.Dataset,
    file: Path,
    frame: int | None,
    parts: tuple[pydicom.Dataset, pydicom.Dataset, pydicom.Dataset, pydicom.Dataset],
) -> Slice:
    position, orientation, measures, values = parts
    if dataset.get("ModalityLUTSequence"):
        raise ImageError(
            f"a slope and an intercept in {file}",
            "a table of values (Modality LUT)",
            "Convert the series to NIfTI with a tool that applies it",
        )
    lps = np.array([-1.0, -1.0, 1.0])
    cosines = np.array([float(one) for one in orientation.ImageOrientationPatient])
    rows_mm, columns_mm = (float(one) for one in measures.PixelSpacing)
    refuse_shifted(dataset)
    said_slope = read_number(values, "RescaleSlope")
    slope = 1.0 if said_slope is None else said_slope
    intercept = read_number(values, "RescaleIntercept") or 0.0
    bits = read_whole(dataset, "BitsStored") or 16
    least = -(2 ** (bits - 1)) if read_whole(dataset, "PixelRepresentation") else 0
    ends = (least * slope + intercept, (least + 2**bits - 1) * slope + intercept)
    said = values.get("RescaleType")
    return Slice(
        path=file,
        frame=frame,
        uid=str(dataset.get("SOPInstanceUID", "")),
        series=str(dataset.get("SeriesInstanceUID", "")),
        description=str(dataset.get("SeriesDescription", "")),
        size=(int(dataset.Columns), int(dataset.Rows)),
        corner=np.array([float(one) for one in position.ImagePositionPatient]) * lps,
        along=cosines[:3] * lps,
        down=cosines[3:] * lps,
        spacing=(columns_mm, rows_mm),
        slope=slope,
        intercept=intercept,
        lowest=min(ends),
        highest=max(ends),
        hounsfield=said == "HU" or (said is None and dataset.get("Modality") == "CT"),
    )
