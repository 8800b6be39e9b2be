"""What rows of findings mean."""

from labelassemble.sources.assessments import Statements
from labelassemble.sources.encodings.finding_rows import FindingRows
from labelassemble.sources.gather_rows import gather_words
from labelassemble.sources.problems import AT_ONCE, Problems
from labelassemble.sources.rows import Rows
from labelassemble.sources.scope import Scope
from labelassemble.sources.term_cells import split_words
from labelassemble.sources.uncertain_terms import state_words_and_doubts


def gather_finding_rows(rows: Rows, labels: FindingRows, problems: Problems = AT_ONCE) -> Rows:
    """Bring the findings of one image and reader together."""
    del problems
    return gather_words(rows, rows.cells[labels.column])


def state_finding_rows(
    rows: Rows, labels: FindingRows, scope: Scope, problems: Problems = AT_ONCE
) -> Statements:
    """Make statements of gathered findings.

    >>> labels = FindingRows(encoding="finding_rows", column="found")
    >>> from labelassemble.sources.rows import make_rows
    >>> rows = make_rows(image=["a", "a", "b"], found=["Mass", "Edema", "None"])
    >>> scope = Scope(terms=("Mass", "Edema", "Hernia"), no_finding=("None",))
    >>> state_finding_rows(gather_finding_rows(rows, labels), labels, scope).state.tolist()
    [[3, 3, 1], [1, 1, 1]]
    """
    place = f"column {labels.column!r}"
    return state_words_and_doubts(
        rows.facts["image"], rows.cells["words"], split_words, scope, place, problems
    )
