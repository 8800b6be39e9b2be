"""Candidate lesions as a table and as a file, and back to what scores take."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from labelassemble.inference.frame_file import read_frame, write_frame
from labelassemble.metrics.lesions.lesions import Lesions

SIZE = {2: "size_px", 3: "size_mm3"}
"""Column of a candidate's size: an area in pixels of the image file, a volume in mm3."""

UNIT = {2: "px", 3: "mm"}


def candidate_columns(dimensions: int) -> dict[str, Any]:
    """Give the columns of ``candidates.parquet``, a row a candidate.

    In 3-D ``size_mm3``, and ``x_mm`` and so on: centre and box in patient millimetres, RAS+ (x
    grows to the right, y to the front, z upwards), from edge to edge of the voxels. In 2-D
    ``size_px`` and ``x_px``, ``y_px`` and so on: pixels of the image file from its left and upper
    edge. ``x_place`` and so on: the same in places along the first, second and third axis of the
    image as it was predicted, boxes half-open (``metrics.lesions.lesions``).

    Args:
        dimensions: of the images.

    >>> list(candidate_columns(2))[3:7]
    ['size_px', 'x_px', 'y_px', 'x_min_px']
    """
    axes = "xyz"[:dimensions]
    places = [
        f"{axis}{part}_{end}"
        for end in (UNIT[dimensions], "place")
        for part in ("", "_min", "_max")
        for axis in axes
    ]
    numbers = dict.fromkeys(("score", SIZE[dimensions], *places), pl.Float64)
    return {"record": pl.String, "class": pl.String, **numbers}


def candidate_rows(lesions: Lesions, record: str, classes: Sequence[str]) -> pl.DataFrame:
    """Give the candidates of one image as rows (``candidate_columns``), in their order.

    Args:
        lesions: from ``find_lesions``.
        image: name of the image.
        classes: names, in the order of ``Lesions.class_place``.
    """
    dimensions = len(lesions.shape)
    columns: dict[str, object] = {
        "record": [record] * lesions.score.size,
        "class": [classes[place] for place in lesions.class_place],
        "score": lesions.score,
        SIZE[dimensions]: lesions.size,
    }
    for end, centre, box in (
        (UNIT[dimensions], lesions.centre_mm, lesions.box_mm),
        ("place", lesions.centre, lesions.box),
    ):
        for axis, name in enumerate("xyz"[:dimensions]):
            columns[f"{name}_{end}"] = centre[:, axis]
            columns[f"{name}_min_{end}"] = box[:, 0, axis]
            columns[f"{name}_max_{end}"] = box[:, 1, axis]
    schema = candidate_columns(dimensions)
    return pl.DataFrame(columns, schema_overrides=schema).select(list(schema))


def rows_to_lesions(rows: pl.DataFrame, classes: Sequence[str], shape: tuple[int, ...]) -> Lesions:
    """Give the candidates of one image as ``match_lesions`` takes them, without their voxels.

    Args:
        rows: ``candidate_columns`` of one image; of other classes than these: left out.
        classes: the order of ``Lesions.class_place``.
        shape: of the image as it was predicted.
    """
    own = rows.filter(pl.col("class").is_in(list(classes)))
    place = {name: number for number, name in enumerate(classes)}
    axes = "xyz"[: len(shape)]

    unit = UNIT[len(shape)]

    def read(end: str, middle: str) -> np.ndarray:
        return own.select(f"{axis}{middle}_{end}" for axis in axes).to_numpy().astype(np.float64)

    centre, centre_mm = read("place", ""), read(unit, "")
    box, box_mm = (
        np.stack([read(end, "_min"), read(end, "_max")], axis=1) for end in ("place", unit)
    )
    return Lesions(
        class_place=np.array([place[name] for name in own["class"]], dtype=np.int64),
        score=own["score"].to_numpy(),
        centre=centre,
        centre_mm=centre_mm,
        box=box,
        box_mm=box_mm,
        size=own[SIZE[len(shape)]].to_numpy(),
        voxel=np.zeros(0, dtype=np.int64),
        voxel_start=np.zeros(own.height + 1, dtype=np.int64),
        shape=shape,
    )


def join_single_candidates(
    predictions: pl.DataFrame, candidates: Mapping[str, pl.DataFrame]
) -> pl.DataFrame:
    """Take of the networks of ``single`` each class's lesions, those of the one that predicts
    it.

    Args:
        predictions: from ``assemble_single_predictions``; its ``source`` says whose predictions are
            taken.
        candidates: source to what its network found.
    """
    chosen = predictions.select("class", "source").unique(maintain_order=True)
    return pl.concat(
        candidates[source].filter(pl.col("class") == name) for name, source in chosen.iter_rows()
    )


def write_candidates(candidates: pl.DataFrame, path: Path) -> None:
    """Write candidates as Parquet, aside, then renamed; the same table gives the same bytes."""
    write_frame(candidates, candidate_columns(_dimensions(candidates.columns)), path)


def read_candidates(path: Path) -> pl.DataFrame:
    """Read candidates (``candidate_columns``).

    Raises:
        RunError: no such file, or one that does not hold candidates.
    """
    try:
        with path.open("rb") as file:
            columns = list(pl.read_parquet_schema(file))
    except (OSError, pl.exceptions.PolarsError):
        columns = []  # Told by what follows.
    return read_frame(path, candidate_columns(_dimensions(columns)), "a detection run's candidates")


def _dimensions(columns: Sequence[str]) -> int:
    return 2 if SIZE[2] in columns else 3
