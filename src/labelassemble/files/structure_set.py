"""An RTSTRUCT in, its regions out: what they are called, and their contours."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

from labelassemble.files.dicom_codes import text_of, words_of

STRUCTURE_STORAGE = "1.2.840.10008.5.1.4.1.1.481.3"

CLOSED = ("CLOSED_PLANAR", "CLOSEDPLANAR_XOR", "CLOSED_PLANAR_XOR")


class Region(NamedTuple):
    """One region of interest.

    Attributes:
        number: within its file.
        words: what it is called, the most specific first: name, label, meanings and codes.
        contours: closed ones, points in patient millimetres, RAS+.
        open_contours: how many others there are: lines and points.
        frame_of_reference: in which its places are.
    """

    number: int
    words: tuple[str, ...]
    contours: tuple[Float[np.ndarray, "points 3"], ...]
    open_contours: int
    frame_of_reference: str


class StructureSet(NamedTuple):
    """A structure set.

    Attributes:
        path: its file.
        uid: SOPInstanceUID.
        series: that it was drawn on, where it says so.
        images: objects that it was drawn on.
        regions: in their order.
    """

    path: Path
    uid: str
    series: tuple[str, ...]
    images: frozenset[str]
    regions: tuple[Region, ...]


def read_structures(path: Path) -> StructureSet:
    """Read a structure set.

    Raises:
        ValueError, AttributeError, ...: damaged files raise nearly anything.

    Source: DICOM PS3.3, A.19 and C.8.8.5 to C.8.8.8.
    """
    import pydicom  # only where there are such objects

    from labelassemble.files.open_dicom import open_dicom

    dataset = open_dicom(path, pixels=True)
    series, images = [], set[str]()
    for frame in dataset.get("ReferencedFrameOfReferenceSequence") or ():
        for study in frame.get("RTReferencedStudySequence") or ():
            for one in study.get("RTReferencedSeriesSequence") or ():
                series.append(str(one.SeriesInstanceUID))
                images |= _named(one.get("ContourImageSequence"))
    said = {
        int(one.ReferencedROINumber): one for one in dataset.get("RTROIObservationsSequence") or ()
    }
    drawn = {int(one.ReferencedROINumber): one for one in dataset.get("ROIContourSequence") or ()}
    regions = []
    for roi in dataset.StructureSetROISequence:
        number = int(roi.ROINumber)
        about = said.get(number, pydicom.Dataset())
        words = [text_of(roi, "ROIName"), text_of(about, "ROIObservationLabel")]
        words += words_of(about.get("RTROIIdentificationCodeSequence"))
        own = drawn.get(number, pydicom.Dataset()).get("ContourSequence") or ()
        closed = []
        for one in own:
            images |= _named(one.get("ContourImageSequence"))
            if text_of(one, "ContourGeometricType").upper() in CLOSED:
                closed.append(_points(one))
        regions.append(
            Region(
                number,
                tuple(dict.fromkeys(filter(None, words))),
                tuple(one for one in closed if len(one) > 2),
                sum(len(one) > 0 for one in map(_points, own))
                - sum(len(one) > 2 for one in closed),
                text_of(roi, "ReferencedFrameOfReferenceUID"),
            )
        )
    uid = str(dataset.SOPInstanceUID)
    return StructureSet(path, uid, tuple(dict.fromkeys(series)), frozenset(images), tuple(regions))


def _points(contour: Any) -> Float[np.ndarray, "points 3"]:
    data = contour.get("ContourData")
    # One number alone comes as a number.
    numbers = np.array([float(one) for one in np.atleast_1d(data if data is not None else [])])
    if len(numbers) % 3 or not np.isfinite(numbers).all():
        raise ValueError(f"a contour of {len(numbers)} numbers, where three a point should stand")
    return numbers.reshape(-1, 3) * [-1.0, -1.0, 1.0]


def _named(sequence: Any) -> set[str]:
    return {str(one.ReferencedSOPInstanceUID) for one in sequence or ()}
