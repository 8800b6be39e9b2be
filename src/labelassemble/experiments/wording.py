"""Numbers of an experiment in a sentence, each with its interval."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from labelassemble.evaluation.scored_sample import ALL, MEAN


def say_difference(row: Mapping[str, Any]) -> str:
    """Say a row of differences; where there are several seeds, these as random come first.

    >>> alone = {"difference": 0.0123, "low": -0.003, "high": 0.0271, "p": 0.11}
    >>> say_difference(alone)
    '+.012, patients alone [-.003, +.027], p = .110'
    >>> say_difference({**alone, "low_seeds": -0.031, "high_seeds": 0.055, "p_seeds": 0.52})
    '+.012 [-.031, +.055], p = .520; patients alone [-.003, +.027], p = .110'
    >>> say_difference({"difference": 0.0123, "low": float("nan"), "high": float("nan"), "p": 0.11})
    '+.012, no interval'
    """
    value = say_score(row["difference"], True)
    if row["difference"] == row["difference"] and row["low"] != row["low"]:
        # Of too few patients: neither is there a p, nor would one mean anything.
        return f"{value}, no interval"
    alone = f"patients alone {_say_test(row, '')}"
    p_seeds = row.get("p_seeds")
    if p_seeds is None or p_seeds != p_seeds:
        return f"{value}, {alone}"
    return f"{value} {_say_test(row, '_seeds')}; {alone}"


def _say_test(row: Mapping[str, Any], kind: str) -> str:
    low, high = (say_score(row[f"{end}{kind}"], True) for end in ("low", "high"))
    return f"[{low}, {high}], {say_p(row[f'p{kind}'])}"


def say_score(score: float, signed: bool = False) -> str:
    """Say a score to three places, without the zero in front of the point.

    >>> say_score(0.7512), say_score(-0.003, signed=True), say_score(1.0), say_score(float("nan"))
    ('.751', '-.003', '1.000', 'not measured')
    """
    if score != score:
        return "not measured"
    text = f"{score:+.3f}" if signed else f"{score:.3f}"
    return text.replace("0.", ".", 1) if abs(score) < 0.9995 else text


def say_p(p: float) -> str:
    """Say a p-value.

    >>> say_p(0.0312), say_p(0.0001), say_p(float("nan"))
    ('p = .031', 'p < .001', 'no p')
    """
    if p != p:
        return "no p"
    return "p < .001" if p < 0.001 else f"p = {say_score(p)}"


def mean_score(scores: pl.DataFrame, arm: str, name: str = MEAN, source: str = ALL) -> float:
    """Mean AUROC of an arm over its seeds; nan where a seed could not be scored."""
    found = scores.filter(
        pl.col("method") == arm, pl.col("class") == name, pl.col("source") == source
    )["auroc_score"]
    mean = found.mean()
    return float(mean) if isinstance(mean, float) else float("nan")


def difference_row(
    differences: pl.DataFrame, first: str, second: str, name: str = MEAN, source: str = ALL
) -> dict[str, Any]:
    """The row of one difference."""
    return differences.filter(
        pl.col("first") == first,
        pl.col("second") == second,
        pl.col("class") == name,
        pl.col("source") == source,
    ).row(0, named=True)


def count_significant(rows: Sequence[Mapping[str, Any]], level: float = 0.05) -> int:
    """How many differences have a corrected p below the level."""
    return sum(row["p_corrected"] < level for row in rows)
