"""Rows that are left out by what the manifest says."""

import polars as pl

from labelassemble.sources.problems import SET_ASIDE, Problem, plural, remark
from labelassemble.sources.repeated_rows import SAME_AGAIN

_TOLD = (SET_ASIDE, "several files fit", "the one file")
"""Reasons that are told already."""


def remark_on_left_out(left_out: pl.DataFrame) -> list[Problem]:
    """Remark on each reason for which rows were left out.

    Args:
        left_out: ``LEFT_OUT_COLUMNS``.
    """
    reasons = left_out.group_by("reason").agg(pl.col("rows").sum(), pl.col("image").min())
    return [
        remark(
            f"{plural(rows, 'row')} left out: {reason}",
            "Nothing, if that is meant" if reason != SAME_AGAIN else "Nothing: they count once",
            count=rows,
            example=image,
        )
        for reason, rows, image in reasons.sort("rows", "reason", descending=True).iter_rows()
        if not reason.startswith(_TOLD)
    ]
