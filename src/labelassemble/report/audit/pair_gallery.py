"""Pairs of images to be judged by eye: what was joined just so, and what was just not joined."""

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.report.audit.content import AuditContent
from labelassemble.report.embed_image import Embedded, embed_image

_SIDE = 180
"""Pixels of an image's longer side."""


class ShownPair(NamedTuple):
    """Two images that a link is about.

    Attributes:
        left, right: ``source/image``.
        evidence: what links them.
        measure: how far apart they are.
        images: both, to be shown; none where a file is not there.
    """

    left: str
    right: str
    evidence: str
    measure: float
    records: list[Embedded]


class Gallery(NamedTuple):
    """Pairs of one kind, and how many of them there are in all."""

    title: str
    words: str
    number: int
    pairs: list[ShownPair]


def draw_galleries(content: AuditContent) -> list[Gallery]:
    """Draw the weakest joins by fingerprints, and the closest pairs that only group."""
    joins = _take_links(content.table, ["same fingerprints"], falling=True)
    near = _take_links(content.table, ["look-alike"], falling=False)
    return [
        Gallery(
            "The weakest joins",
            "Images that became one image because they look the same, the least alike first. "
            "Each pair should be one image; where it is two, its assessments were mixed, and "
            'similar_images = "group" would keep them apart.',
            joins.height,
            _draw(content, joins),
        ),
        Gallery(
            "The closest pairs that were not joined",
            "Look-alikes, the most alike first: they stay on one side of the split, and their "
            "assessments stay apart. They may be copies after strong edits, follow-ups of one "
            "person, "
            "or frames of a video.",
            near.height,
            _draw(content, near),
        ),
    ]


def draw_pair(content: AuditContent, paths: Sequence[str], words: Sequence[str]) -> list[Embedded]:
    """Draw the images of these files; none at all if one of them cannot be shown."""
    if content.thumbnail is None:
        return []
    drawn = []
    for path, alt in zip(paths, words, strict=True):
        thumbnail = content.thumbnail(path)
        if thumbnail is None:
            return []
        drawn.append(embed_image(thumbnail, alt, _SIDE, photo=True))
    return drawn


def _take_links(table: AssembledTable, evidence: list[str], falling: bool) -> pl.DataFrame:
    """Links of these kinds between two images or within one, with both files."""
    named = table.members.select("record", "path", name=pl.format("{}/{}", "source", "image"))
    found = (
        table.links.filter(pl.col("evidence").is_in(evidence) & pl.col("measure").is_not_null())
        .sort(["measure", "left", "right"], descending=[falling, False, False])
        .join(named.rename({"name": "left"}), on="left", how="left", maintain_order="left")
        .join(
            named.rename({"name": "right"}),
            on="right",
            how="left",
            suffix="_right",
            maintain_order="left",
        )
    )
    if falling:
        return found
    return found.filter(pl.col("record").ne_missing(pl.col("record_right")))


def _draw(content: AuditContent, links: pl.DataFrame) -> list[ShownPair]:
    shown = []
    for one in links.head(max(content.examples, content.max_examples // 2)).iter_rows(named=True):
        paths = [path for path in (one["path"], one["path_right"]) if path is not None]
        words = [f"Image {one['left']}", f"Image {one['right']}"]
        records = draw_pair(content, paths, words) if len(paths) == 2 else []
        shown.append(ShownPair(one["left"], one["right"], one["evidence"], one["measure"], records))
    return shown
