"""The boxes of a source, wherever they stand, in pixels of its image files."""

from pathlib import Path

import polars as pl

from labelassemble.sources.box_frame import BoxFrame
from labelassemble.sources.frame_table import read_frame_table
from labelassemble.sources.input_file import InputFile
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.place_boxes import place_in_frames
from labelassemble.sources.problems import AT_ONCE, Problems
from labelassemble.sources.seen_boxes import BoxManner


def place_source_boxes(
    boxes: pl.DataFrame,
    images: pl.DataFrame,
    manifest: Manifest,
    folder: Path,
    problems: Problems = AT_ONCE,
) -> tuple[pl.DataFrame, tuple[InputFile, ...]]:
    """Bring boxes into pixels of their image files; those that cannot be right are reported.

    Args:
        boxes: ``BOX_COLUMNS``, as they are written.
        images: columns image, path and patient.
        manifest: how they are written.
        folder: the source's folder.
        problems: as `place_boxes` and `read_frame_table` take them.

    Returns:
        ``BOX_COLUMNS``, and the files that sizes were read from.
    """
    labels, inputs = manifest.labels, tuple[InputFile, ...]()
    manner = BoxManner("labels", BoxFrame(), None)
    if manifest.boxes is not None:
        manner = BoxManner("boxes", manifest.boxes, manifest.boxes.format)
    elif isinstance(labels, BoxFrame):
        manner = BoxManner("labels", labels, labels.format)
    # A word that nothing was found has no place, whatever fills its cells.
    boxes = boxes.filter(~pl.col("term").is_in(list(manifest.scope.no_finding)).fill_null(False))
    table = manner.layout.frame_table
    if table is not None and manner.layout.frame_columns is None:
        boxes, inputs = read_frame_table(folder, table, boxes, problems)
    return place_in_frames(boxes, images, manner, problems), inputs
