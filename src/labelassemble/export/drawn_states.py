"""What the sources drew on a record, as a state at every place of its own file."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.detection.annotated import State, join_states
from labelassemble.detection.drawn_image import OutlinedMask, read_drawn
from labelassemble.detection.source_mask import SourceMask, read_source_masks
from labelassemble.errors import ImageError
from labelassemble.files.volume_file import is_volume
from labelassemble.settings import DetectionSettings, Recipe, SourceSettings
from labelassemble.volumes.drawn_mask import DrawnMask
from labelassemble.volumes.mask_meaning import refuse_unnamed
from labelassemble.volumes.read_mask import read_mask
from labelassemble.volumes.read_volume import read_volume
from labelassemble.volumes.volume import Volume


class DrawnRecord(NamedTuple):
    """A record on which somebody drew.

    Attributes:
        path: its file, or where nobody drew on that, the file of another member.
        masks: what each source drew on it.
    """

    path: Path
    masks: tuple[SourceMask, ...]


def find_drawn(
    table: AssembledTable, cache: Path, complete: Collection[str] = ()
) -> tuple[AssembledTable, dict[str, DrawnRecord]]:
    """Find the records on which somebody drew, and the classes that somebody drew.

    Args:
        table: with absolute paths, all of volumes or all of images.
        cache: folder in which hashes of files are kept between runs.
        complete: sources whose points show every lesion of their classes.

    Returns:
        The table with the classes that a term of a source with masks means, or that follow from
        one; and what was drawn, by record.

    Raises:
        RunError: masks that are missing, or are not as they were when the table was assembled.
        SourceError: as ``find_meaning``.
    """
    legends = [table.legends[name] for name in table.masks["source"].unique()]
    drawn = {one.of_class for legend in legends for one in legend.terms if one.of_class}
    drawn |= {up for legend in legends for one in drawn for up in legend.imply_up.get(one, ())}
    classes = tuple(name for name in table.classes if name in drawn)
    paths = dict(table.records.drop_nulls("path").select("record", "path").iter_rows())
    solid = any(is_volume(Path(one)) for one in paths.values())
    masks = table.masks
    if masks.is_empty() or not classes:
        return replace(table, classes=classes), {}
    settings = table.manifest.get("settings")
    if isinstance(settings, dict) and settings.get("ids_key"):
        masks = masks.with_columns(sha256=pl.lit(None, pl.String))  # Hidden by a key.
    table = replace(table, classes=classes, masks=masks)
    recipe = Recipe(
        name="export",
        output=cache,
        sources=tuple(
            SourceSettings(name=name, manifest="as assembled", folder=cache)
            for name in table.legends
        ),
        detection=DetectionSettings(
            dimensions=3 if solid else 2,
            complete_boxes=tuple(one for one in table.legends if one in complete),
        ),
    )
    found = read_source_masks(recipe, table, list(paths))
    drawn_on = {}
    for name, own in found.items():
        own_file = Path(paths[name])
        on_it = any(mask.path == own_file for mask in own)
        drawn_on[name] = DrawnRecord(own_file if on_it else own[0].path, own)
    return table, drawn_on


def read_states(drawn: DrawnRecord) -> tuple[Volume | None, State]:
    """Read what was drawn at every place of a record's file.

    Returns:
        Of a volume the volume itself, and states on its grid (right, anterior, superior); of an
        image None, and states by row and column.

    Raises:
        ImageError, SourceError: as ``read_mask`` and ``read_mask_image``.
    """
    if not is_volume(drawn.path):
        return None, join_states([_draw(one) for one in drawn.masks])
    volume = read_volume(drawn.path)
    states: list[State] = []
    for mask in drawn.masks:
        like = volume if mask.path == drawn.path else read_volume(mask.path)
        states.append(read_mask(mask.files, like, mask.meaning).state)
        if states[-1].shape[1:] != volume.shape:
            raise ImageError(
                f"masks of one record on one grid: {' x '.join(map(str, volume.shape))} voxels",
                f"{' x '.join(map(str, like.shape))} in {mask.path}",
                'Assemble again with assembly.similar_images = "group", which joins no images',
            )
    return volume, join_states(states)


def _draw(mask: SourceMask) -> State:
    files: Sequence[tuple[Path, ...]] = [
        one for one in mask.files if not isinstance(one, DrawnMask)
    ]
    values = read_drawn(OutlinedMask(tuple(files), mask.meaning, mask.path))
    found, number = np.unique(values, return_counts=True)
    counts = dict(zip(found.tolist(), number.tolist(), strict=True))
    refuse_unnamed(counts, mask.meaning, files[0][0])
    state: State = mask.meaning.without_specks(counts).table()[:, values]
    return state
