"""Labels as reading sessions in XML, as LIDC-IDRI has them: nodules of several readers on CT."""

from typing import Annotated, Literal

from pydantic import Field

from labelassemble.setting_types import Settings
from labelassemble.sources.assessments import Statements
from labelassemble.sources.gather_rows import gather_words
from labelassemble.sources.problems import AT_ONCE, Problems
from labelassemble.sources.rows import Rows
from labelassemble.sources.scope import Names, Scope
from labelassemble.sources.term_cells import split_words
from labelassemble.sources.uncertain_terms import state_words_and_doubts

NODULE, SMALL = "nodule >= 3 mm", "nodule < 3 mm"


class LidcXml(Settings):
    """A nodule of 3 mm or more that a reader outlined is positive in that reader's reading.

    Each session is a reader, called by its place in the file: nobody says who is who. A session
    without a nodule is negative. The words are ``nodule >= 3 mm`` and ``nodule < 3 mm`` (a point);
    non-nodules are passed over. Each CT series is one image, called by its SeriesInstanceUID.
    """

    encoding: Literal["lidc_xml"]
    file: Names
    """Name below the source's folder, a pattern, or a list of these. Sessions on radiographs are
    passed over, and listed."""
    drawn_by: Annotated[int, Field(ge=1)] = 1
    """Detection is trained on voxels that so many readers outlined."""


def gather_lidc(rows: Rows, labels: LidcXml, problems: Problems = AT_ONCE) -> Rows:
    """Bring the marks of one reader together."""
    del labels, problems
    return gather_words(rows, rows.cells["words"])


def state_lidc(
    rows: Rows, labels: LidcXml, scope: Scope, problems: Problems = AT_ONCE
) -> Statements:
    """Make statements of readers' marks; a reader without any found nothing."""
    del labels
    told = scope.model_copy(update={"no_finding": (*scope.no_finding, "")})
    return state_words_and_doubts(
        rows.facts["image"], rows.cells["words"], split_words, told, "the sessions", problems
    )
