"""Points that do not lie in their volume, told before anything is drawn."""

from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
from jaxtyping import Float

from labelassemble.errors import ImageError, plural
from labelassemble.files.patient_space import Space, outside, voxels_of
from labelassemble.files.series_path import SeriesPlace, find_series
from labelassemble.files.volume_file import is_volume_file, read_grid
from labelassemble.sources.dicom_scan import grid_of, see_series
from labelassemble.sources.problems import Problems

MAX_SERIES: Final = 20
"""Series that are looked at: all their slices' headers are read."""

_Grid = tuple[tuple[int, ...], Float[np.ndarray, "4 4"] | None]


def note_points_outside(
    points: pl.DataFrame, path: pl.DataFrame, space: Space, problems: Problems
) -> None:
    """Hold points against the grids of their volumes and of some series, whose headers are read.

    Args:
        points: ``POINT_COLUMNS``.
        path: columns image and path, null where there is none.
        space: how the points are written.
        problems: takes points that lie outside: their image's labels are right all the same, but
            where such points are, others may lie in the wrong place unseen. Points that lie inside
            with right and left, front and back exchanged too are a remark.
    """
    lost, images, example, asked = 0, 0, "", 0
    mirrored: Space = "ras" if space == "lps" else "lps"
    held, told_apart = 0, space == "voxel"
    placed = points.join(path, on="image", how="inner").drop_nulls("path")
    for (image, file), own in placed.group_by("image", "path", maintain_order=True):
        series = find_series(str(file))
        asked += series is not None
        if series is not None and (asked > MAX_SERIES or space == "voxel"):
            continue
        found = _read_series(series) if series else _read_volume(Path(str(file)))
        if found is None:
            continue
        shape, affine = found
        if len(shape) != 3 or (affine is None and space != "voxel"):
            continue
        numbers = own.select("x", "y", "z").rows()
        grid = np.eye(4) if affine is None else affine
        away = outside(voxels_of(numbers, space, grid), shape)
        held += len(numbers)
        told_apart |= bool(outside(voxels_of(numbers, mirrored, grid), shape).any())
        if away.any():
            lost, images = lost + int(away.sum()), images + 1
            first = ", ".join(f"{one:g}" for one in numbers[int(np.argmax(away))])
            example = example or f"{image}: {first}"
    if lost:
        problems.note(
            "points inside the volumes that they belong to",
            f"{plural(lost, 'point')} of {points.height:,} outside the volume, read as {space}, in "
            f"{plural(images, 'image')}",
            "Say in labels.space how they are written (lps, ras or voxel), or fix those rows",
            lost,
            example,
        )
    elif held and not told_apart:
        problems.remark(
            f"all of {plural(held, 'point')} lie inside their volumes as {space}, and would as "
            f"{mirrored} too",
            "Look at one on its image: the numbers do not tell whether right is left",
            held,
        )


def _read_volume(file: Path) -> _Grid | None:
    if not is_volume_file(file):
        return None
    try:
        return read_grid(file)
    except ImageError:
        return None  # Told as a damaged volume, or where it is opened.


def _read_series(place: SeriesPlace) -> _Grid | None:
    series = see_series(place.folder, place.uid)
    return grid_of(series) if series is not None else None
