"""Who is on the images of each source: views, ages, sexes, and what is not said."""

from typing import NamedTuple

import numpy as np
import polars as pl
from jaxtyping import Int

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.report.cell_matrix import SourceAssessments

BIN_YEARS, LAST_YEAR = 5, 100
"""Width of an age group; who is older than the last year stands in the last group."""

_OLDEST = 120.0
"""Nobody is older: such an age is a slip of the pen."""


class SourcePersons(NamedTuple):
    """The persons on one source's images.

    Attributes:
        source: the source.
        images: images that it holds.
        persons: groups behind them.
        views: (view, images), the most frequent first; the view is None where nobody says.
        sexes: (sex, persons), likewise; ``both`` where a person's images differ.
        ages: images by age group of ``BIN_YEARS`` years from 0.
        age_known: images whose age is known.
        quartiles: of the known ages in years; None without any.
        youngest, oldest: in years; None without any.
        impossible: images with an age below 0 or above ``_OLDEST``.
    """

    source: str
    records: int
    persons: int
    views: list[tuple[str | None, int]]
    sexes: list[tuple[str | None, int]]
    ages: Int[np.ndarray, " bins"]
    age_known: int
    quartiles: tuple[float, float, float] | None
    youngest: float | None
    oldest: float | None
    impossible: int


def describe_persons(
    table: AssembledTable, assessments: dict[str, SourceAssessments]
) -> list[SourcePersons]:
    """Describe each source by the facts of the images that it holds.

    A fact that the source does not give may come from another one that holds the same image.
    """
    return [
        _describe(source, table.records[said.record.tolist() if len(said.record) else []])
        for source, said in assessments.items()
    ]


def _describe(source: str, records: pl.DataFrame) -> SourcePersons:
    age = records["age"].drop_nulls().drop_nans()
    sexes = (
        records.group_by("group")
        .agg(pl.col("sex").drop_nulls().unique())
        .select(
            sex=pl.when(pl.col("sex").list.len() > 1)
            .then(pl.lit("both"))
            .otherwise(pl.col("sex").list.first())
        )
    )
    edges = np.append(np.arange(0, LAST_YEAR + BIN_YEARS, BIN_YEARS, dtype=float), np.inf)
    ages, _ = np.histogram(age.to_numpy(), bins=edges)
    quartiles = np.quantile(age.to_numpy(), [0.25, 0.5, 0.75]).tolist() if len(age) else None
    ends = (age.min(), age.max()) if len(age) else (None, None)
    return SourcePersons(
        source=source,
        records=records.height,
        persons=records["group"].n_unique(),
        views=_count(records["view"]),
        sexes=_count(sexes["sex"]),
        ages=ages,
        age_known=len(age),
        quartiles=tuple(quartiles) if quartiles else None,
        youngest=ends[0],  # type: ignore[arg-type]
        oldest=ends[1],  # type: ignore[arg-type]
        impossible=int(((age < 0) | (age > _OLDEST)).sum()),
    )


def _count(values: pl.Series) -> list[tuple[str | None, int]]:
    counted = (
        values.alias("value")
        .value_counts(name="times")
        .sort("times", "value", descending=[True, False])
    )
    return counted.rows()
