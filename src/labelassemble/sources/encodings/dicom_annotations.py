"""Labels as DICOM objects: segmentations, structure sets, measurement reports on series."""

from typing import Literal

from pydantic import Field, model_validator

from labelassemble.setting_types import Names, Settings
from labelassemble.sources.regular_expression import RegularExpression


class DicomAnnotations(Settings):
    """What segments, regions or measurements name is positive; the rest of the scope is negative.

    Each DICOM series of images is one image, called by its SeriesInstanceUID. DICOM SEG, RTSTRUCT
    and TID 1500 SR say of which series they speak. A segment is called by its label, or by the
    meaning or the code (``SCT:4147007``) of its type; a region by its name, label or code; a
    measured finding by its meaning or code: the first that the scope knows counts. Detection is
    trained on what segments and regions draw.
    """

    encoding: Literal["dicom_annotations"]
    objects: tuple[Literal["seg", "rtstruct", "sr"], ...] = ("seg", "rtstruct", "sr")
    """Which of them are read."""
    modality: Names = ("CT", "MR", "PT")
    """Modalities of the series that are images."""
    words: dict[RegularExpression, str] = Field(default={})
    """What they are called, as a regular expression that matches the whole name in any case of
    letters, to a word that the scope knows: ``"gtv.*" = "tumor"``. Asked where no name is a word of
    the scope itself."""
    evaluations: dict[str, dict[str, str]] = Field(default={})
    """Question of a measurement report, by its meaning or code, to its answers, each to a word of
    the scope that is then positive. Other questions are not looked at."""
    without: Literal["unknown", "negative"] = "unknown"
    """What a series says of which no object speaks: nothing, or that nothing of the scope is
    there."""

    @model_validator(mode="after")
    def _asks(self) -> "DicomAnnotations":
        if not self.objects or not self.modality:
            raise ValueError("name at least one kind of objects, and one modality")
        return self

    @property
    def named(self) -> set[str]:
        """Words of the scope to which names and answers lead."""
        answers = {word for of in self.evaluations.values() for word in of.values()}
        return {*self.words.values(), *answers}
