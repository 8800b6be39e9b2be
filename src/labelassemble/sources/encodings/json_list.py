"""Labels in a JSON list: an object an image, with its findings and perhaps their boxes."""

from typing import Literal

from pydantic import model_validator

from labelassemble.setting_types import Settings
from labelassemble.sources.assessments import Statements
from labelassemble.sources.box_columns import BoxFormat
from labelassemble.sources.gather_rows import gather_words
from labelassemble.sources.problems import AT_ONCE, Problems
from labelassemble.sources.regular_expression import RegularExpression
from labelassemble.sources.rows import Rows
from labelassemble.sources.scope import Names, Scope
from labelassemble.sources.term_cells import split_words
from labelassemble.sources.uncertain_terms import state_words_and_doubts


class JsonList(Settings):
    """A finding that an image's object lists is positive; the rest of the scope is negative.

    An image that lists nothing is negative for all of the scope: `[[subsets]]` narrow that where
    only a part of the images was read.
    """

    encoding: Literal["json_list"]
    file: Names
    """Name below the source's folder, a pattern, or a list of these: a JSON list of objects, or an
    object a line."""
    under: str | None = None
    """Key under which the list stands, where the file holds one object."""
    image: str
    """Key with the image's name."""
    findings: str
    """Key with its findings: a list of words, or one word."""
    boxes: str | None = None
    """Key with a list of boxes of four numbers: one for each finding, in their order."""
    format: BoxFormat = "corners"
    """corners: left, top, right, bottom. corner_size: left, top, width, height. centre_size: centre
    x and y, width, height."""
    frame: tuple[int, int] | None = None
    """Width and height in pixels of the image that the numbers refer to; none: the image as
    published."""
    patient: str | None = None
    """Key with the patient."""
    patient_pattern: RegularExpression | None = None
    """Regular expression with a group ``patient``, searched in the patient, or in the image's
    name where there is no such key."""

    @model_validator(mode="after")
    def _different(self) -> "JsonList":
        if self.boxes == self.findings:
            raise ValueError("boxes and findings stand under keys of their own")
        return self


def gather_json_list(rows: Rows, labels: JsonList, problems: Problems = AT_ONCE) -> Rows:
    """Bring the findings of one image together."""
    del labels, problems
    return gather_words(rows, rows.cells["words"], rows.cells)


def state_json_list(
    rows: Rows, labels: JsonList, scope: Scope, problems: Problems = AT_ONCE
) -> Statements:
    """Make statements of images' findings, as `read_json_list` gathered them.

    An image that lists nothing has the word ``""``, which means that nothing was found, unless the
    scope says otherwise.
    """
    told = scope
    if "" not in (*scope.no_finding, *scope.ignore):
        told = scope.model_copy(update={"no_finding": (*scope.no_finding, "")})
    return state_words_and_doubts(
        rows.facts["image"],
        rows.cells["words"],
        split_words,
        told,
        f"the key {labels.findings!r}",
        problems,
    )
