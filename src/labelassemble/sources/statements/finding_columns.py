"""What the values in columns of findings mean."""

from typing import NamedTuple

import numpy as np
import polars as pl
from jaxtyping import Bool, UInt8

from labelassemble.errors import plural, shorten, some
from labelassemble.sources.assessments import (
    NEGATIVE,
    NO_REASON,
    POSITIVE,
    STATES,
    UNKNOWN,
    Reason,
    Statements,
)
from labelassemble.sources.encodings.finding_columns import FindingColumns, Reading, same_value
from labelassemble.sources.problems import AT_ONCE, SET_ASIDE, Problems
from labelassemble.sources.rows import Rows
from labelassemble.sources.scope import Scope


def state_finding_columns(
    rows: Rows, labels: FindingColumns, scope: Scope, problems: Problems = AT_ONCE
) -> Statements:
    """Make statements of a column a finding.

    Args:
        rows: one row an image and reader.
        labels: the columns and what their values mean.
        scope: which columns say that there is no finding.
        problems: takes values that have no meaning, which are unknown then; and columns of
            `no_finding` that are positive beside a finding that they cover, unless the scope sets
            them aside there: these rows are to be left out.

    >>> labels = FindingColumns(
    ...     encoding="finding_columns",
    ...     columns=("Mass", "Edema"),
    ...     values={"1": "positive", "0": "negative", "-1": "uncertain"},
    ... )
    >>> from labelassemble.sources.rows import make_rows
    >>> rows = make_rows(image=["a", "b"], Mass=["1.0", ""], Edema=["-1.0", "0.0"])
    >>> state_finding_columns(rows, labels, Scope()).state.tolist()
    [[3, 2], [0, 1]]
    """
    images = rows.facts["image"]
    meaning = {same_value(value): reading for value, reading in labels.values.items()}
    meaning.setdefault("", "unknown")
    strange: dict[str, list[_Strange]] = {}
    read = {
        name: _read_column(images, rows.cells[name], meaning, strange, problems)
        for name in labels.columns
    }
    _note_strange(strange, problems)
    terms = tuple(name for name in labels.columns if name not in scope.no_finding)
    reasons = [NO_REASON, *(Reason(f"column {term!r}") for term in terms)]
    state = np.empty((len(images), len(terms)), dtype=np.uint8)
    reason = np.empty(state.shape, dtype=np.uint16)
    for place, term in enumerate(terms):
        state[:, place], reason[:, place] = read[term], place + 1
    wrong = np.zeros(len(images), dtype=bool)
    for word in scope.no_finding:
        covered = np.array([scope.rules_out(word, term) for term in terms], dtype=bool)
        found = (state == POSITIVE) & covered & (read[word] == POSITIVE)[:, None]
        if scope.beside_finding == "error" and found.any():
            _note_both(images, word, terms, found, problems)
            wrong |= found.any(axis=1)
        beside = found.any(axis=1)
        silent = (state == UNKNOWN) & covered & ((read[word] == POSITIVE) & ~beside)[:, None]
        state[silent], reason[silent] = NEGATIVE, len(reasons)
        reasons.append(Reason(f"{word!r}: scope"))
        for place in np.flatnonzero(found.any(axis=0)).tolist():
            reason[found[:, place], place] = len(reasons)
            reasons.append(Reason(f"column {terms[place]!r}; {word!r} beside it set aside"))
    reason[state == UNKNOWN] = 0
    aside = None
    if wrong.any():
        because = pl.when(pl.Series(wrong)).then(pl.lit(f"{SET_ASIDE}a finding and none"))
        aside = pl.select(because).to_series()
    return Statements(terms, state, reason, tuple(reasons), aside)


class _Strange(NamedTuple):
    """A value without a meaning: in which column, on how many rows, and on which image first."""

    column: str
    rows: int
    image: str


def _read_column(
    images: pl.Series,
    cells: pl.Series,
    meaning: dict[str, Reading],
    strange: dict[str, list[_Strange]],
    problems: Problems,
) -> UInt8[np.ndarray, " rows"]:
    different = cells.unique().sort()
    if different.to_list() == [""]:
        problems.remark(
            f"column {cells.name!r} is blank on all {plural(len(images), 'row')}",
            "Take it out of labels.columns",
        )
    readings = []
    for value in different:
        reading = meaning.get(same_value(value))
        if reading is None:
            here = images.filter(cells == value)
            told = _Strange(cells.name, len(here), here.sort()[0])
            strange.setdefault(value, []).append(told)
        readings.append(STATES.index(reading or "unknown"))
    # Cast again: of no rows at all, polars makes a column of nulls.
    return (
        cells.replace_strict(different, readings, return_dtype=pl.UInt8).cast(pl.UInt8).to_numpy()
    )


def _note_strange(strange: dict[str, list[_Strange]], problems: Problems) -> None:
    most_first = sorted(strange.items(), key=lambda one: -sum(told.rows for told in one[1]))
    for value, where in most_first:
        places = ", ".join(f"{one.column!r} ({one.rows:,})" for one in where)
        problems.note(
            f"values that labels.values knows in column {', '.join(one.column for one in where)}",
            f"the value {shorten(value, 300)!r} has no meaning in column {places}",
            "Fix the table, or say in labels.values what it means: positive, negative, uncertain "
            "or unknown",
            count=sum(one.rows for one in where),
            example=where[0].image,
        )


def _note_both(
    images: pl.Series,
    word: str,
    terms: tuple[str, ...],
    both: Bool[np.ndarray, "rows terms"],
    problems: Problems,
) -> None:
    which = [repr(terms[place]) for place in np.flatnonzero(both.any(axis=0))]
    names = images.filter(pl.Series(both.any(axis=1))).unique().sort()
    problems.note(
        f"no finding where {word!r} is positive",
        f"column {word!r} is positive beside a finding: {plural(len(names), 'image')}, with "
        f"{some(which, 4)}",
        f"Fix the table, add those columns to scope.rules_out_except of {word!r}, or let the "
        "finding count: "
        "scope.beside_finding = 'set_aside'",
        count=len(names),
        example=names[0],
    )
