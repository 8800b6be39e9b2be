"""Recipe, table and store in, the images that a dense network learns from and predictions out."""

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
from jaxtyping import Int

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.assembly.hide_ids import hides_ids
from labelassemble.detection.annotated import Annotated
from labelassemble.detection.annotated_image import AnnotatedImage, DrawnBoxes
from labelassemble.detection.annotated_image import OutlinedMask as DrawnImage
from labelassemble.detection.annotated_volume import AnnotatedVolume
from labelassemble.detection.dense_case import DenseCase
from labelassemble.detection.find_drawn import find_drawn
from labelassemble.detection.find_masks import MaskFiles, find_masks
from labelassemble.errors import RunError, SettingsError, some
from labelassemble.files.volume_file import is_volume
from labelassemble.images.batch import LabelArrays
from labelassemble.images.store import ImageStore
from labelassemble.settings import Recipe, SourceSettings
from labelassemble.sources.encodings.mask_values import MaskValues
from labelassemble.sources.encodings.point_rows import PointRows
from labelassemble.sources.linked_files import follow_link
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.manifest_file import load_manifest
from labelassemble.vocabulary.choose_vocabulary import choose_vocabulary
from labelassemble.vocabulary.harmonise import find_class
from labelassemble.vocabulary.vocabulary import Vocabulary, load_vocabulary
from labelassemble.volumes.drawn_mask import DrawnMask
from labelassemble.volumes.mask_meaning import MaskMeaning, find_drawn_meaning, find_meaning
from labelassemble.volumes.volume_cache import VolumeCache

CaseProgress = Callable[[int, int], None]
"""Called with how many are done and how many there are."""


class SourceMask(NamedTuple):
    """One source's mask of one image."""

    path: Path
    """The source's own file of the image."""
    files: tuple[tuple[Path, ...] | DrawnMask, ...]
    meaning: MaskMeaning


def open_annotated(
    recipe: Recipe,
    table: AssembledTable,
    records: Sequence[str],
    *,
    store: ImageStore | None,
    drawn_on: Collection[str],
    source: str | None = None,
    progress: CaseProgress | None = None,
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
        ImageError, SourceError: as ``VolumeCache.add`` and ``find_meaning``.
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
    masks = _find_masks(recipe, table, [name for name in names if name in drawn_on], source)
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


def _find_masks(
    recipe: Recipe, table: AssembledTable, records: Sequence[str], only: str | None
) -> dict[str, tuple[SourceMask, ...]]:
    """Masks of each image, source by source in the recipe's order."""
    vocabulary = load_vocabulary(choose_vocabulary(recipe))
    found: dict[str, tuple[SourceMask, ...]] = {}
    for settings in recipe.sources:
        if only is not None and settings.name != only:
            continue
        members = table.members.filter(
            (pl.col("source") == settings.name)
            & pl.col("record").is_in(list(records))
            & pl.col("path").is_not_null()
        )
        if members.is_empty():
            continue
        manifest = load_manifest(settings.manifest)
        if hides_ids(table):
            members = _name_again(members, settings, manifest, recipe.detection.dimensions)
        if not isinstance(manifest.labels, MaskValues):
            for record, mask in _find_drawn(recipe, settings, manifest, members, table.classes):
                found[record] = (*found.get(record, ()), mask)
            continue
        read = _SourceMasks(settings, manifest, manifest.labels, vocabulary, table.classes)
        files = read.find(members["image"].to_list())
        for record, image, path in members.select("record", "image", "path").iter_rows():
            if image in files:
                mask = SourceMask(Path(path), files[image].files, read.meaning(files[image].terms))
                found[record] = (*found.get(record, ()), mask)
    return found


def _name_again(
    members: pl.DataFrame, settings: SourceSettings, manifest: Manifest, dimensions: int
) -> pl.DataFrame:
    """Give images their own names in place of hashes: masks are found by these, and not told.

    Raises:
        SettingsError: what is drawn stands in no files beside the images.
    """
    if not isinstance(manifest.labels, MaskValues):
        if dimensions != 3:
            return members
        raise SettingsError(
            "masks as files, where ids are hashed (assembly.ids_key)",
            f"the source {settings.name!r}, whose labels are {manifest.labels.encoding}",
            "Convert what it draws to masks (labels.encoding = 'mask_values'), or take "
            "assembly.ids_key out",
        )
    folder = settings.images or settings.folder / manifest.images.folder
    paths = [follow_link(path) for path in members["path"]]
    names = [Path(path).relative_to(folder).as_posix() for path in paths]
    return members.with_columns(image=pl.Series(names, dtype=pl.String))


def _find_drawn(
    recipe: Recipe,
    settings: SourceSettings,
    manifest: Manifest,
    members: pl.DataFrame,
    classes: tuple[str, ...],
) -> Iterator[tuple[str, SourceMask]]:
    """What a source drew of its volumes otherwise than in files, image by image."""
    if recipe.detection.dimensions != 3:
        return
    vocabulary = load_vocabulary(choose_vocabulary(recipe))

    def is_asked(term: str) -> bool:
        return bool(find_class(term, manifest, vocabulary))

    # Who draws a shape has looked at what lies beside it; who marks a point need not have.
    listed = settings.name in recipe.detection.complete_boxes
    complete = listed or not isinstance(manifest.labels, PointRows)
    scope = manifest.looked_for
    kept = recipe.output / "store" / "headers.parquet"
    drawn = find_drawn(settings, manifest, members["image"].to_list(), is_asked, kept)
    for record, image, path in members.select("record", "image", "path").iter_rows():
        if image in drawn:
            terms = tuple(drawn[image])
            meaning = find_drawn_meaning(manifest, vocabulary, classes, terms, scope, complete)
            yield record, SourceMask(Path(path), tuple(drawn[image].values()), meaning)


class _SourceMasks:
    """Masks of one source and what they mean; the same terms are asked about once."""

    def __init__(
        self,
        settings: SourceSettings,
        manifest: Manifest,
        labels: MaskValues,
        vocabulary: Vocabulary,
        classes: tuple[str, ...],
    ) -> None:
        self.manifest, self.labels = manifest, labels
        self.vocabulary, self.classes = vocabulary, classes
        self.folder = settings.images or settings.folder / manifest.images.folder
        self.known: dict[tuple[str, ...], MaskMeaning] = {}

    def find(self, images: Sequence[str]) -> dict[str, MaskFiles]:
        return find_masks(self.labels, images, self.folder, self._is_asked)

    def meaning(self, terms: tuple[str, ...]) -> MaskMeaning:
        if terms not in self.known:
            self.known[terms] = find_meaning(
                self.manifest, self.vocabulary, self.classes, self.folder, terms
            )
        return self.known[terms]

    def _is_asked(self, term: str) -> bool:
        return bool(find_class(term, self.manifest, self.vocabulary))


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
            digest.update(file.read_bytes())
    return digest.hexdigest()
