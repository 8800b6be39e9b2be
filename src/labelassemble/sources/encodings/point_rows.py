"""Labels as rows of lesions in a volume: a point in the patient, and a diameter."""

from typing import Literal

from pydantic import model_validator

from labelassemble.files.patient_space import Space
from labelassemble.setting_types import Settings


class PointRows(Settings):
    """A finding with a point is positive; the rest of the scope is negative.

    Either all points show one `term`, or `column` says what each shows. An image whose only row has
    no point, or a word of `scope.no_finding`, is negative for all of the scope. Detection is
    trained on balls of these diameters; what lies outside of them is unknown, unless
    `detection.complete_boxes` names the source.
    """

    encoding: Literal["point_rows"]
    term: str | None = None
    """What the points show, in the source's own words; it is the scope."""
    column: str | None = None
    """Column that says what each point shows."""
    point: tuple[str, str, str]
    """The three columns of a point; all filled or all blank."""
    space: Space
    """lps: millimetres that grow to the left, back and up, as ITK and DICOM write them. ras: to the
    right, front and up, as NIfTI has them. voxel: numbers of voxels along the file's own axes,
    columns, rows and slices, counted from 0."""
    diameter: str | None = None
    """Column with the diameter in mm. None, or blank: the voxel in which the point lies."""

    @model_validator(mode="after")
    def _one_of_both(self) -> "PointRows":
        if (self.term is None) == (self.column is None):
            raise ValueError("give term (all points show it) or column (which says), one of both")
        return self

    @property
    def columns_read(self) -> tuple[str, ...]:
        """Columns of the table that hold labels."""
        more = [one for one in (self.column, self.diameter) if one]
        return (*self.point, *more)
