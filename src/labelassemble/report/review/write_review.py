"""The page of ``review`` as one HTML file."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labelassemble.report.embed_image import Embedded, embed_image
from labelassemble.report.number_format import format_count, format_score
from labelassemble.report.palette import NEGATIVE, POSITIVE
from labelassemble.report.render_page import render_page, write_page
from labelassemble.report.review.content import ReviewContent, ReviewedLabel

_SIDE = 240
"""Pixels of the longer side of an image."""
GIVEN_COLOURS = {"present": POSITIVE, "absent": NEGATIVE}


@dataclass(frozen=True)
class _Card:
    """One label."""

    number: int
    image: Embedded
    one: ReviewedLabel
    calibrated: str
    probability: str


def write_review(content: ReviewContent, path: Path) -> Path:
    """Write the page, as ``write_page`` does.

    Raises:
        RunError: the file cannot be written.
    """
    values = _describe_review(content)
    return write_page(render_page("review/page.html.jinja", values, ["report.css"]), path)


def _describe_review(content: ReviewContent) -> dict[str, Any]:
    rows = [
        {
            **row,
            "title": content.titles.get(row["class"], row["class"]),
            "wrong_present": _round(row["wrong_present"]),
            "wrong_absent": _round(row["wrong_absent"]),
        }
        for row in content.counts.sort("source", "class").iter_rows(named=True)
    ]
    return {
        "title": content.title,
        "run": content.run,
        "folds": content.folds,
        "quick": content.quick,
        "labels": content.labels,
        "lines": content.lines,
        "rows": rows,
        "cards": [_describe_label(*one) for one in enumerate(content.shown, start=1)],
        "given_colours": GIVEN_COLOURS,
    }


def _describe_label(number: int, one: ReviewedLabel) -> _Card:
    return _Card(
        number=number,
        image=embed_image(one.image, f"image {one.name}", _SIDE, photo=True),
        one=one,
        calibrated=format_score(one.calibrated),
        probability=format_score(one.probability),
    )


def _round(value: float | None) -> str:
    return format_count(None if value is None else round(value))
