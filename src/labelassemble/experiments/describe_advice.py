"""Advice as plain text for a terminal."""

from collections.abc import Iterable, Sequence

import polars as pl

from labelassemble.experiments.adviser import Adviser
from labelassemble.experiments.wording import say_score


def describe_advice(advice: pl.DataFrame, adviser: Adviser | None = None) -> str:
    """Say what to add first, how sure that is, and what it rests on.

    Args:
        advice: what ``advise`` gave.
        adviser: that it was given; None: by similarity alone.
    """
    if advice.is_empty():
        return "There is nothing to add: every class or source of the table is in use."
    lines = [*_rank(advice, adviser), ""]
    lines += _basis() if adviser is None else _trust(adviser)
    return "\n".join(lines)


def _rank(advice: pl.DataFrame, adviser: Adviser | None) -> Iterable[str]:
    interests = list(dict.fromkeys(advice["interest"]))
    yield f"What to add for {', '.join(interests)}, the best first"
    yield ""
    sourced = (advice["nearest"] != advice["candidate"]).fill_null(True).any()
    several = len(interests) > 1
    head = ["", "candidate", *(["for"] if several else []), *(["nearest class"] if sourced else [])]
    left = len(head)
    head += [] if adviser is None else ["expected gain", "interval"]
    head += ["similarity", "positives", "negatives", "images added", "overlap"]
    rows = [head]
    for row in advice.iter_rows(named=True):
        cells = [f"{row['rank']}", f"{row['kind']} {row['candidate']}"]
        cells += [row["interest"]] if several else []
        cells += [row["nearest"] or "none"] if sourced else []
        if adviser is not None:
            cells += [say_score(row["expected_gain"], signed=True)]
            cells += [f"[{say_score(row['low'], True)}, {say_score(row['high'], True)}]"]
        cells += [_similarity(row["similarity"])]
        cells += [f"{row[name]:,}" for name in ("n_positive", "n_negative", "n_added")]
        cells += [_share(row["overlap"])]
        rows.append(cells)
    yield from _align(rows, left)


def _trust(adviser: Adviser) -> Iterable[str]:
    yield (
        f"Fitted on {len(adviser.gain)} measured gains ({adviser.origin}). Each left out in turn, "
        f"the forecast errs"
    )
    yield (
        f"by {say_score(adviser.error)} on average; always saying the mean gain errs by "
        f"{say_score(adviser.constant_error)}."
    )
    yield (
        f"Leave-one-out R2 {say_score(adviser.r2)}, rank correlation "
        f"{say_score(adviser.rank_correlation)}."
    )
    if adviser.prior:
        yield "The slope of similarity is drawn to what Kang 2023 reports, not measured here alone."
    if not adviser.error < adviser.constant_error:
        yield "That is no better than the mean: these gains do not tell one candidate from another."


def _basis() -> Iterable[str]:
    yield "Ranked by similarity alone: no gain was measured, so none is expected in numbers."
    yield "Fit an adviser on measured gains for that."


def _similarity(value: float | None) -> str:
    if value is None or value != value:
        return "not measured"
    return f"{value:+.2f}"


def _share(value: float | None) -> str:
    return "none" if value is None or value != value else f"{value:.0%}"


def _align(rows: Sequence[Sequence[str]], left: int) -> Iterable[str]:
    """Columns of equal width: the first ``left`` flush left, the others flush right."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        cells = [
            text.ljust(width) if place < left else text.rjust(width)
            for place, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield ("  " + "  ".join(cells)).rstrip()
