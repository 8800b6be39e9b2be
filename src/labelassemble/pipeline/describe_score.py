"""A score beside its interval, as terminals show it."""

from collections.abc import Mapping
from typing import Any


def describe_score(row: Mapping[str, Any], score: str = "score", prefix: str = "") -> str:
    """Say a score to three digits, with its interval where it has one; differences have a sign.

    Args:
        row: of a result table.
        score: name of the column.
        prefix: of the columns ``low`` and ``high``.

    >>> describe_score({"auroc_score": 0.81, "auroc_low": 0.7, "auroc_high": 0.9},
    ...                "auroc_score", "auroc_")
    '0.810 [0.700, 0.900]'
    >>> describe_score({"difference": 0.02, "low": None, "high": None}, "difference")
    '+0.020'
    >>> describe_score({"score": float("nan")})
    'not scored'
    """
    value, low, high = (row.get(name) for name in (score, f"{prefix}low", f"{prefix}high"))
    if value is None or value != value:
        return "not scored"
    sign = "+" if score == "difference" else ""
    if low is None or high is None or low != low or high != high:
        return f"{value:{sign}.3f}"
    return f"{value:{sign}.3f} [{low:{sign}.3f}, {high:{sign}.3f}]"
