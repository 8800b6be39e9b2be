"""Labels as a list written out in one column: ``['cardiomegaly', 'pleural effusion']``."""

import ast
import warnings
from typing import Literal

from labelassemble.errors import SourceError
from labelassemble.settings import Settings
from labelassemble.sources.doubted_words import state_words_and_doubts
from labelassemble.sources.rows import Rows
from labelassemble.sources.scope import Scope, Words
from labelassemble.sources.verdicts import Statements


class ListLiteral(Settings):
    """Every listed term is positive; the rest of the scope is negative. An empty list is blank."""

    encoding: Literal["list_literal"]
    column: str
    """Column that holds the list as Python or JSON writes it; spaces around terms do not count."""

    @property
    def columns_read(self) -> tuple[str, ...]:
        """Columns of the table that hold labels."""
        return (self.column,)


def state_list_literal(rows: Rows, labels: ListLiteral, scope: Scope) -> Statements:
    """Make statements of a column of written-out lists.

    Raises:
        SourceError: a cell that is no list of texts, a word that the scope does not know, or
            ``normal`` beside a finding.

    >>> labels = ListLiteral(encoding="list_literal", column="Labels")
    >>> scope = Scope(terms=("scoliosis", "nodule"), no_finding=("normal",))
    >>> from labelassemble.sources.rows import make_rows
    >>> rows = make_rows(image=["a", "b"], Labels=["['nodule']", "['normal ']"])
    >>> state_list_literal(rows, labels, scope).state.tolist()
    [[1, 3], [1, 1]]
    """
    place = f"column {labels.column!r}"

    def take_apart(cell: str) -> Words:
        words = [] if cell == "" else _read_list(cell, place)
        listed = tuple(dict.fromkeys(word.strip() for word in words if word.strip())) or ("",)
        return Words(listed, listed)

    return state_words_and_doubts(
        rows.facts["image"], rows.cells[labels.column], take_apart, scope, place
    )


def _read_list(cell: str, place: str) -> list[str]:
    try:
        with warnings.catch_warnings():
            # Python warns of backslashes that it does not know; they are letters here.
            warnings.simplefilter("ignore")
            # A literal is data: names, calls and operators are refused.
            found = ast.literal_eval(cell) if len(cell) < 1_000_000 else None
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        found = None
    if not isinstance(found, list | tuple) or not all(isinstance(one, str) for one in found):
        shown = cell if len(cell) <= 60 else f"{cell[:60]}..."
        raise SourceError(
            f"lists of terms such as ['nodule', 'mass'] in {place}",
            repr(shown),
            "Mend that cell, or choose another labels.encoding",
        )
    return list(found)
