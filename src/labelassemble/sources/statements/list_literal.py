"""What a list written out in one cell means."""

import ast
import re
import warnings

from labelassemble.sources.assessments import Statements
from labelassemble.sources.encodings.list_literal import ListLiteral
from labelassemble.sources.problems import AT_ONCE, Problems
from labelassemble.sources.rows import Rows
from labelassemble.sources.scope import Scope, Words
from labelassemble.sources.uncertain_terms import state_words_and_doubts

_TEXT = re.compile(r"""[uU]?(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")""", re.DOTALL)
"""A text as Python or JSON writes it."""


_TEXTS = re.compile(rf"(?:[\[\](),\s]|{_TEXT.pattern})*+", re.DOTALL)
"""Texts with brackets and commas between them; ``*+`` never goes back, so it is read once."""


_BRACKETS = 20
"""A list needs one, and each of its texts may stand in some."""


def state_list_literal(
    rows: Rows, labels: ListLiteral, scope: Scope, problems: Problems = AT_ONCE
) -> Statements:
    """Make statements of a column of written-out lists.

    >>> labels = ListLiteral(encoding="list_literal", column="Labels")
    >>> scope = Scope(terms=("scoliosis", "nodule"), no_finding=("normal",))
    >>> from labelassemble.sources.rows import make_rows
    >>> rows = make_rows(image=["a", "b"], Labels=["['nodule']", "['normal ']"])
    >>> state_list_literal(rows, labels, scope).state.tolist()
    [[1, 3], [1, 1]]
    """
    place = f"column {labels.column!r}"

    def take_apart(cell: str) -> Words | None:
        words = [] if cell == "" else _read_list(cell)
        if words is None:
            return None
        listed = tuple(dict.fromkeys(word.strip() for word in words if word.strip())) or ("",)
        return Words(listed, listed)

    return state_words_and_doubts(
        rows.facts["image"], rows.cells[labels.column], take_apart, scope, place, problems
    )


def _read_list(cell: str) -> list[str] | None:
    """The texts of a list; none: it is something else."""
    # Python's own parser breaks down, or takes minutes, where brackets stand within brackets
    # without an end: what stands between the texts of a list is checked first.
    if len(cell) >= 1_000_000 or not _TEXTS.fullmatch(cell):
        return None
    between = _TEXT.sub("", cell)
    if between.count("(") + between.count("[") > _BRACKETS:
        return None
    try:
        with warnings.catch_warnings():
            # Python warns of backslashes that it does not know; they are letters here.
            warnings.simplefilter("ignore")
            # A literal is data: names, calls and operators are refused.
            found = ast.literal_eval(cell.strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        return None
    if isinstance(found, list | tuple) and all(isinstance(one, str) for one in found):
        return list(found)
    return None
