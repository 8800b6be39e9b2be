"""Labels as one column a finding, with a map of values: 1 / 0 / -1 / blank, YES / NO, ..."""

import math
from typing import Annotated, Literal

import numpy as np
import polars as pl
from jaxtyping import Bool, UInt8
from pydantic import Field, model_validator

from labelassemble.errors import SourceError, some
from labelassemble.settings import Settings
from labelassemble.sources.rows import Rows
from labelassemble.sources.scope import Scope
from labelassemble.sources.verdicts import (
    NEGATIVE,
    NO_REASON,
    POSITIVE,
    STATES,
    UNKNOWN,
    Reason,
    Statements,
)

Reading = Literal["positive", "negative", "uncertain", "unknown"]


class FindingColumns(Settings):
    """Every cell is a verdict of its own, as `values` says."""

    encoding: Literal["finding_columns"]
    columns: Annotated[tuple[str, ...], Field(min_length=1)]
    """Columns that hold findings; their names are the terms."""
    values: Annotated[dict[str, Reading], Field(min_length=1)]
    """Value to positive, negative, uncertain or unknown. Upper and lower case are the same, and so
    are ``1`` and ``1.0``. A blank cell (``""``) is unknown unless it stands here."""

    @property
    def columns_read(self) -> tuple[str, ...]:
        """Columns of the table that hold labels."""
        return self.columns

    @model_validator(mode="after")
    def _each_value_once(self) -> "FindingColumns":
        seen: dict[str, Reading] = {}
        for value, reading in self.values.items():
            if seen.setdefault(same_value(value), reading) != reading:
                raise ValueError(f"{value!r} means two things")
        return self


def state_finding_columns(rows: Rows, labels: FindingColumns, scope: Scope) -> Statements:
    """Make statements of a column a finding.

    Raises:
        SourceError: a value that has no meaning in `values`, or a column of `no_finding` that is
            positive beside a finding that it covers, unless the scope sets it aside there.

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
    read = {name: _read_column(images, rows.cells[name], meaning) for name in labels.columns}
    terms = tuple(name for name in labels.columns if name not in scope.no_finding)
    reasons = [NO_REASON, *(Reason(f"column {term!r}") for term in terms)]
    state = np.empty((len(images), len(terms)), dtype=np.uint8)
    reason = np.empty(state.shape, dtype=np.uint16)
    for place, term in enumerate(terms):
        state[:, place], reason[:, place] = read[term], place + 1
    for word in scope.no_finding:
        covered = np.array([scope.rules_out(word, term) for term in terms], dtype=bool)
        found = (state == POSITIVE) & covered & (read[word] == POSITIVE)[:, None]
        if scope.beside_finding == "error":
            _refuse_both(images, word, terms, found)
        beside = found.any(axis=1)
        silent = (state == UNKNOWN) & covered & ((read[word] == POSITIVE) & ~beside)[:, None]
        state[silent], reason[silent] = NEGATIVE, len(reasons)
        reasons.append(Reason(f"{word!r}: scope"))
        for place in np.flatnonzero(found.any(axis=0)).tolist():
            reason[found[:, place], place] = len(reasons)
            reasons.append(Reason(f"column {terms[place]!r}; {word!r} beside it set aside"))
    reason[state == UNKNOWN] = 0
    return Statements(terms, state, reason, tuple(reasons))


def same_value(value: str) -> str:
    """Give one form to values that mean the same: ``1``, ``1.0`` and `` 1``; ``YES`` and ``yes``.

    >>> same_value("1.0"), same_value("-1"), same_value(" Yes ")
    ('1', '-1', 'yes')
    """
    text = value.strip().casefold()
    try:
        number = float(text)
    except ValueError:
        return text
    return f"{number:g}" if math.isfinite(number) else text


def _read_column(
    images: pl.Series, cells: pl.Series, meaning: dict[str, Reading]
) -> UInt8[np.ndarray, " rows"]:
    different = cells.unique().sort()
    strange = [value for value in different if same_value(value) not in meaning]
    if strange:
        rows = images.filter(cells == strange[0]).sort()
        others = f"; other strange values: {some(map(repr, strange[1:]), 5)}"
        raise SourceError(
            f"in column {cells.name!r}, values that the manifest's labels.values knows "
            f"({some(map(repr, meaning), 20)})",
            f"{strange[0]!r} on {len(rows)} images, such as {some(rows.head(3))}"
            + (others if strange[1:] else ""),
            "Mend the table, or say in labels.values what the value means",
        )
    readings = [STATES.index(meaning[same_value(value)]) for value in different]
    # Cast again: of no rows at all, polars makes a column of nulls.
    return (
        cells.replace_strict(different, readings, return_dtype=pl.UInt8).cast(pl.UInt8).to_numpy()
    )


def _refuse_both(
    images: pl.Series, word: str, terms: tuple[str, ...], both: Bool[np.ndarray, "rows terms"]
) -> None:
    if both.any():
        term = terms[int(np.flatnonzero(both.any(axis=0))[0])]
        names = images.filter(pl.Series(both[:, terms.index(term)])).sort()
        raise SourceError(
            f"no positive {term!r} where {word!r} is positive",
            f"both on {len(names)} images, such as {some(names.head(3))}",
            f"Mend the table, add {term!r} to scope.spares of {word!r}, or let the finding count: "
            "scope.beside_finding = 'set_aside'",
        )
