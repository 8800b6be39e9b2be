"""What sources drew otherwise than in mask files, found again: balls around points of a table."""

from collections.abc import Callable, Sequence

import polars as pl

from labelassemble.settings import SourceSettings
from labelassemble.sources.encodings.point_rows import PointRows, read_points
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.problems import Problems
from labelassemble.sources.read import find_source_images, list_rows
from labelassemble.sources.settle_source import settle_source
from labelassemble.volumes.ball_mask import Ball, BallMask
from labelassemble.volumes.drawn_mask import DrawnMask

Drawn = dict[str, DrawnMask]
"""Term to what is drawn of it on one image."""


def find_drawn(
    settings: SourceSettings,
    manifest: Manifest,
    images: Sequence[str],
    is_asked: Callable[[str], bool] = bool,
) -> dict[str, Drawn]:
    """Find what is drawn on images, as it was read when the source was assembled.

    Args:
        settings: where the source lies.
        manifest: how it writes labels.
        images: names that the source gave them.
        is_asked: of which terms drawings are wanted.

    Returns:
        Image to term to drawing; images on which nothing is drawn are not there, nor is anything
        of sources that draw no such thing.

    Raises:
        SourceError: tables that are not as they were when the source was assembled.
    """
    if not images or not isinstance(manifest.labels, PointRows):
        return {}
    # What is wrong with rows was told when the source was assembled; they are set aside again.
    problems = Problems()
    settled = settle_source(settings, manifest, problems)
    labels = settled.labels
    assert isinstance(labels, PointRows)
    rows = list_rows(settings, settled, find_source_images(settings, settled), problems).rows
    points = read_points(rows, labels, problems).points
    wanted = points.filter(pl.col("image").is_in(list(images)))
    found: dict[str, Drawn] = {}
    keys = ["image", "term"]
    for (image, term), own in wanted.group_by(keys, maintain_order=True):
        if not is_asked(str(term)):
            continue
        lesions = own.select("x", "y", "z", pl.col("diameter_mm").fill_null(0.0)).unique().sort("*")
        balls = tuple(Ball((x, y, z), wide) for x, y, z, wide in lesions.iter_rows())
        place = f"points of {settings.name}/{image}"
        found.setdefault(str(image), {})[str(term)] = BallMask(balls, labels.space, place)
    return found
