"""An outline that one reader of LIDC-IDRI drew on one slice."""

from typing import Final, NamedTuple


class NoduleOutline(NamedTuple):
    """One outline on one slice.

    Attributes:
        z_mm: place of the slice along the body, as DICOM has it.
        points: columns and rows of the pixels around the nodule, just outside of it.
        inside: whether what it surrounds is of the nodule; else it is a hole.
    """

    z_mm: float
    points: tuple[tuple[int, int], ...]
    inside: bool


OFF_SLICE: Final = 0.3
"""Part of the distance of slices by which an outline may lie beside its slice."""
