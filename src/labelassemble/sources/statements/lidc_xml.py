"""What reading sessions on CT mean."""

from labelassemble.sources.assessments import Statements
from labelassemble.sources.encodings.lidc_xml import LidcXml
from labelassemble.sources.gather_rows import gather_words
from labelassemble.sources.problems import AT_ONCE, Problems
from labelassemble.sources.rows import Rows
from labelassemble.sources.scope import Scope
from labelassemble.sources.term_cells import split_words
from labelassemble.sources.uncertain_terms import state_words_and_doubts

NODULE, SMALL = "nodule >= 3 mm", "nodule < 3 mm"


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
