"""Recipe, table and store in, the images that a dense network learns from and predictions out."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl
from jaxtyping import Int

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.detection.annotated import Annotated
from labelassemble.detection.annotated_image import AnnotatedImage
from labelassemble.detection.annotated_volume import AnnotatedVolume
from labelassemble.detection.dense_case import DenseCase
from labelassemble.detection.drawn_image import DrawnBoxes
from labelassemble.detection.drawn_image import OutlinedMask as DrawnImage
from labelassemble.detection.source_mask import SourceMask, read_source_masks
from labelassemble.errors import RunError, SettingsError, some
from labelassemble.files.volume_file import is_volume
from labelassemble.images.batch import LabelArrays, make_labels
from labelassemble.images.store import ImageStore
from labelassemble.settings import Recipe
from labelassemble.sources.read_progress import ReadProgress
from labelassemble.storage.fetch_object import bring
from labelassemble.volumes.drawn_mask import DrawnMask
from labelassemble.volumes.volume_cache import VolumeCache


def open_annotated(
    recipe: Recipe,
    table: AssembledTable,
    records: Sequence[str],
    *,
    store: ImageStore | None,
    drawn_on: Collection[str],
    source: str | None = None,
    progress: ReadProgress | None = None,
) -> dict[str, Annotated]:
    """Find the images and what was drawn on them; volumes come into the cache as they are met.

    Args:
        recipe: where sources lie; ``detection`` says what is made of volumes.
        table: the assembled table, whose classes the grounds have.
        images: of the table.
        store: decoded images; needed in 2-D.
        drawn_on: images whose masks and boxes may be looked at: not those of the test split
            while a network is made.
        source: the one whose drawings count; None: all, in the order of the recipe.
        progress: called with (images done, images in all).

    Raises:
        SettingsError: images where ``detection.dimensions`` says volumes, or the other way round.
        RunError: an image without a file.
        RunError, ImageError, SourceError: as ``read_source_masks`` and ``VolumeCache.add``.
    """
    names = list(records)
    own = table.records.filter(pl.col("record").is_in(names))
    path = {
        name: None if one is None else Path(one)
        for name, one in own.select("record", "path").rows()
    }
    lost = [name for name in names if path.get(name) is None]
    if lost:
        raise RunError(
            "an image file for every image",
            f"none for {some(lost, 3)}",
            "Set missing_images to 'error' or 'exclude' in the recipe, and assemble again",
        )
    places = {name: one for name, one in path.items() if one is not None}
    _refuse_dimensions(places, recipe.detection.dimensions)
    masks = read_source_masks(recipe, table, [name for name in names if name in drawn_on], source)
    if recipe.detection.dimensions == 3:
        cache = VolumeCache(recipe.output / "volumes", recipe.detection.volumes)
        annotated: dict[str, Annotated] = {}
        for done, name in enumerate(names, start=1):
            kept = [cache.add(one.path, one.files, one.meaning) for one in masks.get(name, ())]
            image = kept[0] if kept else cache.add(places[name])
            annotated[name] = AnnotatedVolume(image, kept, len(table.classes))
            if progress:
                progress(done, len(names))
        return annotated
    if store is None:
        raise RunError("a store of decoded images", "none", "Assemble with images first")
    return _open_images(
        recipe, table, places, store=store, masks=masks, drawn_on=drawn_on, only=source
    )


def open_cases(
    recipe: Recipe,
    table: AssembledTable,
    records: Sequence[str],
    *,
    store: ImageStore | None,
    progress: ReadProgress | None = None,
) -> list[DenseCase]:
    """Open records with all that is known of them and drawn on them, to be scored or shown.

    Args:
        recipe: as ``open_annotated`` takes it.
        table: the assembled table.
        records: some of it; of the test split too.
        store: decoded images; needed in 2-D.
        progress: called with (records done, records in all).

    Raises:
        SettingsError, RunError, ImageError, SourceError: as ``open_annotated``.
    """
    labels = make_labels(table, table.classes)
    place = {name: row for row, name in enumerate(labels.record)}
    rows = np.array([place[name] for name in records], dtype=np.int64)
    drawn_on = set(records)
    annotated = open_annotated(
        recipe, table, records, store=store, drawn_on=drawn_on, progress=progress
    )
    return make_cases(annotated, labels, table.classes, rows, recipe.detection.exclusive)


def make_cases(
    annotated: Mapping[str, Annotated],
    labels: LabelArrays,
    classes: Sequence[str],
    rows: Int[np.ndarray, " rows"],
    exclusive: Sequence[str] = (),
) -> list[DenseCase]:
    """Bring images and what the table knows of them together.

    Args:
        grounds: of all images asked for.
        labels: of the table that is learned from, which may hide some.
        classes: of the grounds, in their order; those of ``labels`` are among them.
        rows: of ``labels``, such as those of one split.
        exclusive: ``detection.exclusive``.
    """
    apart = [labels.classes.index(name) for name in exclusive if name in labels.classes]
    place = {name: number for number, name in enumerate(classes)}
    own = np.array([place[name] for name in labels.classes], dtype=np.int64)
    return [
        DenseCase(
            annotated[labels.record[row]],
            labels.label[row],
            labels.known[row],
            rows=own,
            record=labels.record[row],
            row=int(row),
            source=int(labels.source[row]),
            exclusive=apart,
        )
        for row in rows
    ]


def _refuse_dimensions(path: Mapping[str, Path], dimensions: int) -> None:
    wrong = [name for name, one in path.items() if is_volume(one) != (dimensions == 3)]
    if wrong:
        raise SettingsError(
            f"{'volumes' if dimensions == 3 else 'images'}, as detection.dimensions says",
            f"{len(wrong):,} files of the other kind: {some(wrong, 3)}",
            "Fix detection.dimensions, or keep volumes and images in recipes of their own",
        )


def _open_images(
    recipe: Recipe,
    table: AssembledTable,
    path: Mapping[str, Path],
    *,
    store: ImageStore,
    masks: Mapping[str, tuple[SourceMask, ...]],
    drawn_on: Collection[str],
    only: str | None,
) -> dict[str, Annotated]:
    store.find_rows(list(path))
    boxes = table.boxes.filter(
        pl.col("record").is_in(list(drawn_on)) & pl.col("class").is_in(list(table.classes))
    )
    if only is not None:
        boxes = boxes.filter(pl.col("source") == only)
    complete = set(recipe.detection.complete_boxes)
    place = {name: number for number, name in enumerate(table.classes)}
    by_record: dict[str, list[DrawnBoxes]] = {}
    # A reader's boxes beside another's: what any of them drew is positive.
    boxes = boxes.join(
        table.members.select("record", "source", "image", "path"),
        on=["record", "source", "image"],
        how="left",
        maintain_order="left",
    )
    keys = ["record", "source", "class", "frame_width", "frame_height", "path"]
    for (name, source, of_class, width, height, file), own in boxes.group_by(
        keys, maintain_order=True
    ):
        frame = None if width is None else (int(str(width)), int(str(height)))
        numbers = own.select("x_min", "y_min", "x_max", "y_max").to_numpy()
        drawn_file = None if file is None else Path(str(file))
        all_of_it = str(source) in complete
        drawn = DrawnBoxes(place[str(of_class)], numbers, frame, all_of_it, drawn_file)
        by_record.setdefault(str(name), []).append(drawn)
    return {
        name: AnnotatedImage(
            store,
            name,
            one,
            fit=recipe.images.fit,
            boxes=by_record.get(name, []),
            masks=[
                DrawnImage(_files_of(mask), mask.meaning, mask.path) for mask in masks.get(name, ())
            ],
            classes=len(table.classes),
            digest=_digest(by_record.get(name, []), masks.get(name, ())),
        )
        for name, one in path.items()
    }


def _files_of(mask: SourceMask) -> tuple[tuple[Path, ...], ...]:
    """Files of a mask; what is drawn otherwise is drawn on volumes alone."""
    return tuple(one for one in mask.files if not isinstance(one, DrawnMask))


def _digest(boxes: Sequence[DrawnBoxes], masks: Sequence[SourceMask]) -> str:
    digest = hashlib.sha256()
    for drawn in boxes:
        digest.update(f"{drawn.of_class} {drawn.frame} {drawn.complete} ".encode())
        digest.update(np.ascontiguousarray(drawn.boxes).tobytes())
    for mask in masks:
        digest.update(f"{sorted(mask.meaning.states.items())} {mask.meaning.smallest} ".encode())
        rule = mask.meaning.rule
        digest.update(f"{rule.above} {rule.value} {rule.colours} ".encode())
        for file in (file for files in _files_of(mask) for file in files):
            digest.update(bring(file).read_bytes())
    return digest.hexdigest()
