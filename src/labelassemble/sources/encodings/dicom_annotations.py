"""Labels as DICOM objects: segmentations, structure sets, measurement reports on series."""

import re
from typing import Literal

from pydantic import Field, model_validator

from labelassemble.setting_types import Settings
from labelassemble.sources.assessments import Statements
from labelassemble.sources.gather_rows import gather_words
from labelassemble.sources.problems import AT_ONCE, Problems
from labelassemble.sources.regular_expression import RegularExpression
from labelassemble.sources.rows import Rows
from labelassemble.sources.scope import Names, Scope
from labelassemble.sources.term_cells import split_words
from labelassemble.sources.uncertain_terms import state_words_and_doubts

NOTHING_FOUND = "nothing drawn"
"""The word of a series that somebody worked on, and in which nothing was drawn."""

SILENT = "no annotation"
"""The word of a series of which no object speaks."""


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


def find_word(names: tuple[str, ...], labels: DicomAnnotations, scope: Scope) -> str | None:
    """Find what the names of one thing mean to the scope; none: it knows none of them.

    >>> labels = DicomAnnotations(encoding="dicom_annotations", words={"gtv.*": "tumor"})
    >>> scope = Scope(terms=("tumor", "Nodule"))
    >>> find_word(("Nodule 3", "Nodule"), labels, scope), find_word(("GTV-1",), labels, scope)
    ('Nodule', 'tumor')
    """
    words = (*scope.terms, *scope.positive_only, *scope.ignore, *scope.no_finding)
    known = {word.casefold(): word for word in (*words, *scope.uncertain)}
    for name in names:
        if name.casefold() in known:
            return known[name.casefold()]
    for name in names:
        for pattern, word in labels.words.items():
            if re.fullmatch(pattern, name, re.IGNORECASE):
                return word
    return None


def gather_dicom(rows: Rows, labels: DicomAnnotations, problems: Problems = AT_ONCE) -> Rows:
    """Bring what was said of one series together."""
    del labels, problems
    return gather_words(rows, rows.cells["words"], rows.cells)


def state_dicom(
    rows: Rows, labels: DicomAnnotations, scope: Scope, problems: Problems = AT_ONCE
) -> Statements:
    """Make statements of what was drawn on series."""
    said = set(rows.cells["words"])
    nothing, blank = scope.no_finding, scope.ignore
    nothing = (*nothing, *({NOTHING_FOUND} & said))
    if labels.without == "negative":
        nothing = (*nothing, *({SILENT} & said))
    else:
        blank = (*blank, *({SILENT} & said))
    told = scope.model_copy(update={"no_finding": nothing, "ignore": blank})
    return state_words_and_doubts(
        rows.facts["image"], rows.cells["words"], split_words, told, "the annotations", problems
    )
