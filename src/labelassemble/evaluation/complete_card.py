"""What is known of a network after its training, put into its model card."""

from pathlib import Path

import polars as pl

from labelassemble.evaluation.card_lines import (
    TEST_CALLS,
    TEST_SCORES,
    THRESHOLDS,
    describe_calls,
    describe_operation,
    describe_scores,
)
from labelassemble.evaluation.scored_sample import ALL
from labelassemble.inference.operating_file import OPERATING, read_operation
from labelassemble.storage.sums import verify
from labelassemble.storage.write_aside import write_text
from labelassemble.training.card_header import add_test_scores, join_header, split_header
from labelassemble.training.card_sections import put_section
from labelassemble.training.run_folder import CARD


def tell_thresholds(folder: Path) -> None:
    """Put a run's thresholds, as ``operating.json`` has them, into its card.

    Raises:
        RunError: a damaged ``operating.json``.
    """
    place = folder / CARD
    if place.is_file() and (folder / OPERATING).is_file():
        card = verify(place).read_text(encoding="utf-8")
        told = put_section(card, THRESHOLDS, describe_operation(read_operation(folder / OPERATING)))
        _write_changed(card, told, place)


def tell_test_scores(
    folder: Path, scores: pl.DataFrame, points: pl.DataFrame | None, confidence: float
) -> None:
    """Put a run's test scores into its card, and into the header that the Hub reads.

    Args:
        folder: the run folder.
        scores: ``RESULT_COLUMNS`` of this network.
        points: ``OPERATING_COLUMNS`` of it; None: it makes no calls.
        confidence: level of the intervals.

    Raises:
        RunError: a card whose header is damaged.
    """
    place = folder / CARD
    if not place.is_file():
        return
    card = verify(place).read_text(encoding="utf-8")
    header, body = split_header(card)
    body = put_section(body, TEST_SCORES, describe_scores(scores, confidence))
    if points is not None:
        body = put_section(body, TEST_CALLS, describe_calls(points))
    pooled = scores.filter(pl.col("source") == ALL).to_dicts()
    _write_changed(card, join_header(add_test_scores(header, pooled, confidence), body), place)


def _write_changed(before: str, now: str, place: Path) -> None:
    if now != before:
        write_text(now, place)
