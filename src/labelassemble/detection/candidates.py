"""Candidate lesions as a table and as a file, and back to what scores take."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from labelassemble.inference.frame_file import read_frame, write_frame
from labelassemble.metrics.lesions.lesions import Lesions

PLACE = {
    f"{name}{end}": pl.Float64
    for end in ("_mm", "_place")
    for name in (
        *("x", "y", "z"),
        *("x_min", "y_min", "z_min"),
        *("x_max", "y_max", "z_max"),
    )
}
CANDIDATE_COLUMNS = {
    "picture": pl.String,
    "class": pl.String,
    "score": pl.Float64,
    "size_mm": pl.Float64,
    **PLACE,
}
"""Columns of ``candidates.parquet``: one row a candidate. ``x_mm`` and so on: centre and box in
patient millimetres, RAS+ (x grows to the right, y to the front, z upwards), from edge to edge of
the voxels; ``size_mm`` is the volume in mm3. In 2-D, pixels of the image file from its left and
upper edge, z null, and the area. ``x_place`` and so on: the same in places along the first, second
and third axis of the image as it was answered, boxes half-open (``metrics.lesions.lesions``)."""


def candidate_rows(lesions: Lesions, picture: str, classes: Sequence[str]) -> pl.DataFrame:
    """Give the candidates of one image as rows (``CANDIDATE_COLUMNS``), in their order.

    Args:
        lesions: from ``find_lesions``.
        picture: name of the image.
        classes: names, in the order of ``Lesions.class_place``.
    """
    columns: dict[str, object] = {
        "picture": [picture] * lesions.score.size,
        "class": [classes[place] for place in lesions.class_place],
        "score": lesions.score,
        "size_mm": lesions.size_mm,
    }
    for end, centre, box in (
        ("_mm", lesions.centre_mm, lesions.box_mm),
        ("_place", lesions.centre, lesions.box),
    ):
        for axis, name in enumerate("xyz"):
            there = axis < len(lesions.shape)
            nothing = [None] * lesions.score.size
            columns[f"{name}{end}"] = centre[:, axis] if there else nothing
            columns[f"{name}_min{end}"] = box[:, 0, axis] if there else nothing
            columns[f"{name}_max{end}"] = box[:, 1, axis] if there else nothing
    return pl.DataFrame(columns, schema_overrides=CANDIDATE_COLUMNS).select(list(CANDIDATE_COLUMNS))


def rows_to_lesions(rows: pl.DataFrame, classes: Sequence[str], shape: tuple[int, ...]) -> Lesions:
    """Give the candidates of one image as ``match_lesions`` takes them, without their voxels.

    Args:
        rows: ``CANDIDATE_COLUMNS`` of one image; of other classes than these: left out.
        classes: the order of ``Lesions.class_place``.
        shape: of the image as it was answered.
    """
    own = rows.filter(pl.col("class").is_in(list(classes)))
    place = {name: number for number, name in enumerate(classes)}
    axes = "xyz"[: len(shape)]

    def read(end: str, middle: str) -> np.ndarray:
        return own.select(f"{axis}{middle}{end}" for axis in axes).to_numpy().astype(np.float64)

    centre, centre_mm = read("_place", ""), read("_mm", "")
    box, box_mm = (
        np.stack([read(end, "_min"), read(end, "_max")], axis=1) for end in ("_place", "_mm")
    )
    return Lesions(
        class_place=np.array([place[name] for name in own["class"]], dtype=np.int64),
        score=own["score"].to_numpy(),
        centre=centre,
        centre_mm=centre_mm,
        box=box,
        box_mm=box_mm,
        size_mm=own["size_mm"].to_numpy(),
        voxel=np.zeros(0, dtype=np.int64),
        voxel_start=np.zeros(own.height + 1, dtype=np.int64),
        shape=shape,
    )


def join_single_candidates(
    answers: pl.DataFrame, candidates: Mapping[str, pl.DataFrame]
) -> pl.DataFrame:
    """Take of the networks of ``single`` each class's lesions, those of the one that answers it.

    Args:
        answers: from ``assemble_single_answers``; its ``source`` says whose answers are taken.
        candidates: source to what its network found.
    """
    chosen = answers.select("class", "source").unique(maintain_order=True)
    return pl.concat(
        candidates[source].filter(pl.col("class") == name) for name, source in chosen.iter_rows()
    )


def write_candidates(candidates: pl.DataFrame, path: Path) -> None:
    """Write candidates as Parquet, aside, then renamed; the same table gives the same bytes."""
    write_frame(candidates, CANDIDATE_COLUMNS, path)


def read_candidates(path: Path) -> pl.DataFrame:
    """Read candidates (``CANDIDATE_COLUMNS``).

    Raises:
        RunError: no such file, or one that does not hold candidates.
    """
    return read_frame(path, CANDIDATE_COLUMNS, "a detection run's candidates")
