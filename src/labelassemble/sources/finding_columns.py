"""Labels as one column a finding, with a map of values: 1 / 0 / -1 / blank, YES / NO, ..."""

import math
from typing import Annotated, Literal

import polars as pl
from pydantic import Field, model_validator

from labelassemble.errors import SourceError, some
from labelassemble.settings import Settings
from labelassemble.sources.scope import VERDICT_COLUMNS, Scope

Reading = Literal["positive", "negative", "uncertain", "unknown"]


class FindingColumns(Settings):
    """Every cell is a verdict of its own, as `values` says."""

    encoding: Literal["finding_columns"]
    columns: Annotated[tuple[str, ...], Field(min_length=1)]
    """Columns that hold findings; their names are the terms."""
    values: Annotated[dict[str, Reading], Field(min_length=1)]
    """Value to positive, negative, uncertain or unknown. Upper and lower case are the same, and so
    are ``1`` and ``1.0``. A blank cell (``""``) is unknown unless it stands here."""

    @model_validator(mode="after")
    def _each_value_once(self) -> "FindingColumns":
        seen: dict[str, Reading] = {}
        for value, reading in self.values.items():
            if seen.setdefault(same_value(value), reading) != reading:
                raise ValueError(f"{value!r} means two things")
        return self


def state_finding_columns(
    images: pl.Series, cells: pl.DataFrame, labels: FindingColumns, scope: Scope
) -> pl.DataFrame:
    """Make verdicts of a column a finding.

    Args:
        images: names of the images.
        cells: the label columns beside them.
        labels: columns and the meaning of their values.
        scope: which columns say that nothing was found, and what these cover.

    Returns:
        ``VERDICT_COLUMNS``.

    Raises:
        SourceError: a value that has no meaning in `values`, or a column of `no_finding` that is
            positive beside a finding that it covers.

    >>> labels = FindingColumns(
    ...     encoding="finding_columns",
    ...     columns=("Mass", "Edema"),
    ...     values={"1": "positive", "0": "negative", "-1": "uncertain"},
    ... )
    >>> cells = pl.DataFrame({"Mass": ["1.0", ""], "Edema": ["-1.0", "0.0"]})
    >>> said = state_finding_columns(pl.Series(["a", "b"]), cells, labels, Scope())
    >>> said.select("image", "term", "verdict").rows()
    [('a', 'Mass', 'positive'), ('a', 'Edema', 'uncertain'), ('b', 'Edema', 'negative')]
    """
    meaning = {same_value(value): reading for value, reading in labels.values.items()}
    meaning.setdefault("", "unknown")
    read = {name: _read_column(images, cells[name], meaning) for name in labels.columns}
    terms = tuple(name for name in labels.columns if name not in scope.no_finding)
    parts = []
    for place, term in enumerate(terms):
        said, reason = read[term], pl.lit(f"column {term!r}")
        part = pl.DataFrame({"image": images, "verdict": said}).with_row_index("row")
        part = part.with_columns(reason=reason, term=pl.lit(term), place=pl.lit(place))
        for word in scope.no_finding:
            if term in scope.covers.get(word, terms):
                _refuse_both(images, word, read[word], term, said)
                ruled_out = (read[word] == "positive") & (pl.col("verdict") == "unknown")
                part = part.with_columns(
                    reason=pl.when(ruled_out).then(pl.lit(f"{word!r}: scope")).otherwise("reason"),
                    verdict=pl.when(ruled_out).then(pl.lit("negative")).otherwise("verdict"),
                )
        parts.append(part.filter(pl.col("verdict") != "unknown"))
    return (
        pl.concat(parts)
        .sort("row", "place")
        .with_columns(reader=pl.lit(None, pl.String))
        .select(list(VERDICT_COLUMNS))
    )


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


def _read_column(images: pl.Series, cells: pl.Series, meaning: dict[str, Reading]) -> pl.Series:
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
    readings = [meaning[same_value(value)] for value in different]
    return cells.replace_strict(different, readings, return_dtype=pl.String)


def _refuse_both(images: pl.Series, word: str, none: pl.Series, term: str, said: pl.Series) -> None:
    both = images.filter((none == "positive") & (said == "positive")).sort()
    if len(both):
        raise SourceError(
            f"no positive {term!r} where {word!r} is positive",
            f"both on {len(both)} images, such as {some(both.head(3))}",
            f"Mend the table, or leave {term!r} out of scope.covers of {word!r}",
        )
