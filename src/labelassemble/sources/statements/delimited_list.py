"""What a list of terms in one column means."""

from labelassemble.sources.assessments import Statements
from labelassemble.sources.encodings.delimited_list import DelimitedList
from labelassemble.sources.problems import AT_ONCE, Problems
from labelassemble.sources.rows import Rows
from labelassemble.sources.scope import Scope, Words
from labelassemble.sources.uncertain_terms import state_words_and_doubts


def state_delimited_list(
    rows: Rows, labels: DelimitedList, scope: Scope, problems: Problems = AT_ONCE
) -> Statements:
    """Make statements of a column of lists.

    >>> labels = DelimitedList(encoding="delimited_list", column="found")
    >>> scope = Scope(terms=("Mass", "Hernia"), no_finding=("No Finding",))
    >>> from labelassemble.sources.rows import make_rows
    >>> rows = make_rows(image=["a.png", "b.png"], found=["Mass", "No Finding"])
    >>> said = state_delimited_list(rows, labels, scope)
    >>> said.columns, said.state.tolist()  # 3 positive, 1 negative
    (('Mass', 'Hernia'), [[3, 1], [1, 1]])
    """

    def take_apart(cell: str) -> Words:
        words = [word.strip() for word in cell.split(labels.separator)]
        listed = tuple(dict.fromkeys(word for word in words if word)) or ("",)
        return Words(listed, listed)

    cells = rows.cells[labels.column]
    return state_words_and_doubts(
        rows.facts["image"], cells, take_apart, scope, f"column {labels.column!r}", problems
    )
