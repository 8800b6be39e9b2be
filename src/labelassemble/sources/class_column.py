"""Labels as one class a row: ``Normal``, or a path such as ``Pneumonia/Viral/COVID-19``."""

from typing import Annotated, Literal

import polars as pl
from pydantic import Field

from labelassemble.settings import Settings
from labelassemble.sources.scope import Scope, Words
from labelassemble.sources.spoken_words import state_words


class ClassColumn(Settings):
    """The term is positive; the rest of the scope is negative.

    Of a path, every prefix is positive (``Pneumonia``, ``Pneumonia/Viral``, ...), terms that lie
    deeper on the same path are unknown, and all other terms of the scope are negative.
    """

    encoding: Literal["class_column"]
    column: str
    """Column that holds the term."""
    path_separator: Annotated[str, Field(min_length=1)] | None = None
    """What stands between two levels of a path; none: the column holds plain terms."""


def state_class_column(
    images: pl.Series, cells: pl.DataFrame, labels: ClassColumn, scope: Scope
) -> pl.DataFrame:
    """Make verdicts of a column with one class or path a row.

    Args:
        images: names of the images.
        cells: the label column beside them.
        labels: how the class is written.
        scope: what was looked for.

    Returns:
        ``VERDICT_COLUMNS``.

    Raises:
        SourceError: a word or path that the scope does not know.

    >>> labels = ClassColumn(encoding="class_column", column="found", path_separator="/")
    >>> scope = Scope(terms=("Pneumonia", "Pneumonia/Viral", "Pneumonia/Bacterial"))
    >>> cells = pl.DataFrame({"found": ["Pneumonia/Viral", "Pneumonia"]})
    >>> said = state_class_column(pl.Series(["a.png", "b.png"]), cells, labels, scope)
    >>> for row in said.select("image", "term", "verdict").rows():
    ...     print(*row)
    a.png Pneumonia positive
    a.png Pneumonia/Viral positive
    a.png Pneumonia/Bacterial negative
    b.png Pneumonia positive
    """
    separator = labels.path_separator

    def take_apart(cell: str) -> Words:
        if separator is None:
            return Words((cell,), (cell,))
        steps = [step.strip() for step in cell.split(separator)]
        path = separator.join(steps)
        prefixes = tuple(separator.join(steps[: i + 1]) for i in range(len(steps)))
        deeper = tuple(term for term in scope.terms if term.startswith(path + separator))
        return Words((path,), prefixes, deeper, separator)

    return state_words(images, cells[labels.column], take_apart, scope, f"column {labels.column!r}")
