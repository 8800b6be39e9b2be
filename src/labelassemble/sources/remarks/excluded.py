"""Rows that are left out by what the manifest says."""

import polars as pl

from labelassemble.errors import plural, some
from labelassemble.sources.files_not_taken import count_reasons
from labelassemble.sources.problems import SET_ASIDE, Problem, remark
from labelassemble.sources.repeated_rows import SAME_AGAIN

_TOLD = (SET_ASIDE, "several files fit", "the one file")
"""Reasons that are reported already."""


def remark_on_excluded(excluded: pl.DataFrame) -> list[Problem]:
    """Remark on each reason for which rows were left out.

    Args:
        excluded: ``EXCLUDED_COLUMNS``.
    """
    reasons = excluded.filter(~pl.any_horizontal(*map(_begins, _TOLD)))
    return [
        remark(
            f"{plural(one.count, 'row')} left out: {one.reason}",
            "Nothing: they count once" if one.reason == SAME_AGAIN else "Nothing, if that is meant",
            count=one.count,
            example=some(one.examples),
        )
        for one in count_reasons(reasons, "image", "rows")
    ]


def _begins(words: str) -> pl.Expr:
    return pl.col("reason").str.starts_with(words)
