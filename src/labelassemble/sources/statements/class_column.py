"""What one class a row means, or a path of classes."""

import polars as pl

from labelassemble.errors import plural, some
from labelassemble.sources.assessments import Statements
from labelassemble.sources.encodings.class_column import ClassColumn
from labelassemble.sources.problems import AT_ONCE, Problems
from labelassemble.sources.rows import Rows
from labelassemble.sources.scope import Scope, Words
from labelassemble.sources.uncertain_terms import state_words_and_doubts


def state_class_column(
    rows: Rows, labels: ClassColumn, scope: Scope, problems: Problems = AT_ONCE
) -> Statements:
    """Make statements of a column with one class or path a row.

    >>> labels = ClassColumn(encoding="class_column", column="found", path_separator="/")
    >>> scope = Scope(terms=("Pneumonia", "Pneumonia/Viral", "Pneumonia/Bacterial"))
    >>> from labelassemble.sources.rows import make_rows
    >>> rows = make_rows(image=["a.png", "b.png"], found=["Pneumonia/Viral", "Pneumonia"])
    >>> state_class_column(rows, labels, scope).state.tolist()  # the rest of a path is unknown
    [[3, 3, 1], [3, 0, 0]]
    """
    separator = labels.path_separator

    def take_apart(cell: str) -> Words:
        return Words((cell,), (cell,)) if separator is None else walk_path(cell, separator, scope)

    cells = _join_columns(rows, labels.column, problems)
    place = f"column {' or '.join(map(repr, labels.column))}"
    return state_words_and_doubts(rows.facts["image"], cells, take_apart, scope, place, problems)


def _join_columns(rows: Rows, columns: tuple[str, ...], problems: Problems) -> pl.Series:
    """What stands in the one column that a row fills; blank where it fills none."""
    if len(columns) == 1:
        return rows.cells[columns[0]]
    cells = rows.cells.select(pl.col(columns).str.strip_chars().replace("", None))
    filled = cells.select(pl.sum_horizontal(pl.all().is_not_null())).to_series()
    several = rows.facts["image"].filter(filled > 1)
    if len(several):
        problems.note(
            f"at most one of the columns {some(columns)} filled in each row",
            f"{plural(len(several), 'row')} with several: images {some(several)}",
            "Name in labels.column the one that counts",
            len(several),
        )
    return cells.select(pl.coalesce(pl.all()).fill_null("")).to_series()


def walk_path(cell: str, separator: str, scope: Scope) -> Words:
    """Take one path apart: its prefixes are there, and nothing is known of what lies deeper."""
    steps = [step.strip() for step in cell.split(separator)]
    path = separator.join(steps)
    prefixes = tuple(separator.join(steps[: i + 1]) for i in range(len(steps)))
    deeper = tuple(term for term in scope.terms if term.startswith(path + separator))
    return Words((path,), prefixes, deeper, separator)
