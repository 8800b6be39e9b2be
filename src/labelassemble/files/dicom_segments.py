"""A DICOM segmentation in, its segments out: what they are called, where they lie, their pixels."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from labelassemble.files.dicom_codes import text_of, words_of

SEGMENT_STORAGE = "1.2.840.10008.5.1.4.1.1.66.4"
LABELMAP_STORAGE = "1.2.840.10008.5.1.4.1.1.66.7"

DRAWN = 0.5
"""Fraction from which on a pixel of a fractional segment counts as drawn."""


class Segment(NamedTuple):
    """One segment.

    Attributes:
        number: within its file.
        words: what it is called, the most specific first: label, meanings and codes of its type.
        frames: places of its frames in the file; of a label map, all.
    """

    number: int
    words: tuple[str, ...]
    frames: tuple[int, ...]


class SegmentFrame(NamedTuple):
    """One frame: what is drawn, and where.

    Attributes:
        drawn: pixels.
        affine: (column, row, 1) to the patient, millimetres, RAS+.
        gap_mm: distance of neighbouring frames' planes, 0 where it is not said.
    """

    drawn: Bool[np.ndarray, "columns rows"]
    affine: Float[np.ndarray, "3 3"]
    gap_mm: float = 0.0


class SegmentFile(NamedTuple):
    """A segmentation whose header is read.

    Attributes:
        path: its file.
        uid: SOPInstanceUID.
        frame_of_reference: in which its places are.
        series: the series that it was drawn on, where it says so.
        images: objects that it was drawn on.
        segments: in their order.
    """

    path: Path
    uid: str
    frame_of_reference: str
    series: tuple[str, ...]
    images: frozenset[str]
    segments: tuple[Segment, ...]


def open_segments(path: Path) -> SegmentFile:
    """Read the header of a segmentation.

    Raises:
        ValueError, AttributeError, ...: damaged headers raise nearly anything.

    Source: DICOM PS3.3, A.51 and C.8.20.
    """
    from labelassemble.files.open_dicom import open_dicom  # only where there are such objects

    dataset = open_dicom(path)
    groups: Sequence[Any] = dataset.get("PerFrameFunctionalGroupsSequence") or ()
    labelmap = dataset.SOPClassUID == LABELMAP_STORAGE or _kind(dataset) == "LABELMAP"
    owner: dict[int, list[int]] = {}
    images: set[str] = set()
    for place, group in enumerate(groups):
        for one in group.get("SegmentIdentificationSequence") or ():
            owner.setdefault(int(one.ReferencedSegmentNumber), []).append(place)
        for derived in group.get("DerivationImageSequence") or ():
            images |= {
                str(s.ReferencedSOPInstanceUID) for s in derived.get("SourceImageSequence", ())
            }
    series = []
    for referenced in dataset.get("ReferencedSeriesSequence") or ():
        series.append(str(referenced.SeriesInstanceUID))
        held = referenced.get("ReferencedInstanceSequence") or ()
        images |= {str(one.ReferencedSOPInstanceUID) for one in held}
    every = tuple(range(len(groups)))
    segments = tuple(
        Segment(
            int(one.SegmentNumber),
            tuple(
                dict.fromkeys(
                    [
                        *filter(None, [text_of(one, "SegmentLabel")]),
                        *words_of(one.get("SegmentedPropertyTypeCodeSequence")),
                    ]
                )
            ),
            every if labelmap else tuple(owner.get(int(one.SegmentNumber), ())),
        )
        for one in dataset.SegmentSequence
        if int(one.SegmentNumber) > 0
    )
    return SegmentFile(
        path,
        str(dataset.SOPInstanceUID),
        text_of(dataset, "FrameOfReferenceUID"),
        tuple(series),
        frozenset(images),
        segments,
    )


def read_frames(path: Path, numbers: Sequence[int]) -> dict[int, list[SegmentFrame]]:
    """Read what some segments draw; frames without a pixel are left out.

    Args:
        path: of the segmentation.
        numbers: of its segments.

    Raises:
        ValueError, AttributeError, ...: damaged files raise nearly anything.
    """
    import pydicom  # only where there are such objects

    from labelassemble.files.open_dicom import open_dicom

    dataset = open_dicom(path, pixels=True)
    kind = _kind(dataset)
    pixels = np.asarray(dataset.pixel_array)
    pixels = pixels[None] if pixels.ndim == 2 else pixels
    groups = dataset.PerFrameFunctionalGroupsSequence
    if len(pixels) != len(groups):
        raise ValueError(f"{len(pixels)} frames of pixels and {len(groups)} of places")
    shared = (dataset.get("SharedFunctionalGroupsSequence") or [pydicom.Dataset()])[0]
    most = float(dataset.get("MaximumFractionalValue") or 1)
    found: dict[int, list[SegmentFrame]] = {number: [] for number in numbers}
    for frame, group in zip(pixels, groups, strict=True):
        if kind == "LABELMAP":
            drawn = {number: frame == number for number in numbers}
        else:
            owner = group.get("SegmentIdentificationSequence") or shared.get(
                "SegmentIdentificationSequence"
            )
            number = int(owner[0].ReferencedSegmentNumber)
            if number not in found:
                continue
            drawn = {number: frame >= DRAWN * most if kind == "FRACTIONAL" else frame > 0}
        for number, mask in drawn.items():
            if mask.any():
                found[number].append(SegmentFrame(mask.T, *_place(group, shared)))
    return found


def _kind(dataset: Any) -> str:
    return text_of(dataset, "SegmentationType").upper() or "BINARY"


def _place(group: Any, shared: Any) -> tuple[Float[np.ndarray, "3 3"], float]:
    """Where a frame lies, and how far its neighbours are."""
    position, orientation, measures = (
        (group.get(name) or shared.get(name))[0]
        for name in ("PlanePositionSequence", "PlaneOrientationSequence", "PixelMeasuresSequence")
    )
    cosines = np.array([float(one) for one in orientation.ImageOrientationPatient])
    down_mm, across_mm = (float(one) for one in measures.PixelSpacing)
    corner = np.array([float(one) for one in position.ImagePositionPatient])
    affine = np.stack([cosines[:3] * across_mm, cosines[3:] * down_mm, corner], axis=1)
    gap = float(measures.get("SpacingBetweenSlices") or 0.0)
    return np.diag([-1.0, -1.0, 1.0]) @ affine, gap
