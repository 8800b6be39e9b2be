"""Masks opened, statements of what stands in them out: bad masks do not stop the others."""

import hashlib
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from labelassemble.errors import ImageError, SourceError, plural, some
from labelassemble.files.mask_rule import MaskRule, describe_shape
from labelassemble.files.read_size import read_size
from labelassemble.files.volume_file import is_volume_file, open_volume_file
from labelassemble.sources.assessments import (
    NEGATIVE,
    NO_REASON,
    POSITIVE,
    UNKNOWN,
    Reason,
    Statements,
)
from labelassemble.sources.encodings.mask_values import BACKGROUND, MaskValues
from labelassemble.sources.input_file import InputFile
from labelassemble.sources.mask_file import MaskCounts, count_mask_values
from labelassemble.sources.mask_table import PieceRow, list_mask_files, list_pieces
from labelassemble.sources.problems import AT_ONCE, SET_ASIDE, Problem, Problems
from labelassemble.sources.rows import Rows
from labelassemble.sources.scope import Scope
from labelassemble.sources.statements.mask_places import ImageMasks, MaskFolders, find_image_masks
from labelassemble.sources.statements.mask_values import read_meaning


def state_masks(
    rows: Rows,
    labels: MaskValues,
    scope: Scope,
    folder: Path,
    progress: Callable[[int, int], None] | None = None,
    problems: Problems = AT_ONCE,
) -> tuple[Statements, InputFile, pl.DataFrame]:
    """Read the masks and make statements of what stands in them.

    Args:
        rows: as `list_cases` gives them.
        labels: where masks lie and what their values mean.
        scope: its terms, where only a part of the values' was looked for; else all of these.
        folder: the images folder.
        progress: called with (masks read, masks in all).
        problems: takes masks that are missing or cannot be read, and voxel values without a
            meaning: their images are to be left out. Masks of several files, empty masks, and masks
            of another size than their image, which only lesions need, are remarks.

    Returns:
        Statements, what stands for the masks' bytes, and where they lie (``SOURCE_MASK_COLUMNS``).

    Raises:
        SourceError: the meaning of values cannot be read, or no image has a mask.
    """
    one = _Reader(labels, scope, folder)
    state = np.zeros((rows.facts.height, len(one.terms)), dtype=np.uint8)
    digest, size, used = hashlib.sha256(), 0, 0
    wrong: dict[int, SourceError] = {}
    images = rows.facts["image"].to_list()
    empty: list[str] = []
    misfits: list[str] = []
    pieces: list[PieceRow] = []
    found = find_image_masks(rows, labels, MaskFolders(folder))
    for row, (image, masks) in enumerate(zip(images, found, strict=True)):
        asked = one.choose(masks)
        pieces += list_mask_files(image, masks, labels)
        try:
            held = one.read(asked, rows.cells.row(row))
            state[row] = one.judge(held)
            if held and not any(_drawn(counted) for counted in held.values()):
                empty.append(image)
            if not problems.at_once:
                misfits += _compare_shapes(folder / image, asked, held)
        except SourceError as error:
            wrong[row] = error
        for file in (file for files in asked.values() for file in files):
            used += 1
            length = file.stat().st_size if file.exists() else 0
            # Masks may lie beside the folder of images.
            digest.update(f"{os.path.relpath(file, folder)} {length}\n".encode())
            size += length
        if progress:
            progress(row + 1, len(images))
    aside = _note_masks(images, wrong, problems)
    if images and not used and not wrong:
        first = folder / rows.cells.row(0)[0]
        raise SourceError(
            f"masks such as {first}", "none for any image", "Check labels.masks and the folder"
        )
    _remark(empty, misfits, len(images), problems)
    reasons = (NO_REASON, Reason("mask holds it"), Reason("mask without it, in scope"))
    reason = np.select([state == POSITIVE, state == NEGATIVE], [1, 2], 0).astype(np.uint16)
    # Volumes are too large to be hashed at every reading: names and sizes stand for them.
    read = InputFile("masks", digest.hexdigest(), size, rows.facts.height)
    return Statements(one.terms, state, reason, reasons, aside), read, list_pieces(pieces)


def _note_masks(
    images: Sequence[str], wrong: Mapping[int, SourceError], problems: Problems
) -> pl.Series | None:
    """Note all masks that cannot be understood, by what is to be done; gives why rows stay out."""
    kinds: dict[str, list[int]] = {}
    for row, error in wrong.items():
        kinds.setdefault(error.do, []).append(row)
    for do, rows in kinds.items():
        first = wrong[rows[0]]
        names = some((images[row] for row in rows), 3)
        what = f"{plural(len(rows), 'image')} with a mask that is not {first.expected} ({names})"
        alone = first if len(rows) == 1 else None
        problems.add(Problem("problem", what, do, len(rows), first.got, first.expected, alone))
    if not wrong:
        return None
    reasons = [f"{SET_ASIDE}its mask" if row in wrong else None for row in range(len(images))]
    return pl.Series("aside", reasons, dtype=pl.String)


def _remark(empty: Sequence[str], misfits: Sequence[str], images: int, problems: Problems) -> None:
    if empty:
        problems.remark(
            f"masks of {len(empty):,} of {plural(images, 'image')} are empty: negative for all "
            "that their masks show",
            "Nothing, if somebody looked; where nobody did, leave the masks out",
            len(empty),
            empty[0],
        )
    if misfits:
        problems.remark(
            f"{plural(len(misfits), 'mask')} of another size than their image",
            "Labels of images are right all the same; lesions cannot be learnt from them. Take the "
            "masks that belong to these images",
            len(misfits),
            misfits[0],
        )


class _Reader:
    """Reads the masks of one image after the other; what their values mean is worked out once."""

    def __init__(self, labels: MaskValues, scope: Scope, folder: Path) -> None:
        self.labels, self.folder = labels, folder
        self.meaning, self.ignore = read_meaning(labels, folder)
        named = labels.masks or [term for term in self.meaning if term]
        self.terms = scope.terms or tuple(named)
        if strange := [term for term in self.terms if term not in named]:
            raise SourceError(
                f"terms of the masks in scope.terms: {some(named)}",
                some(strange),
                "Fix scope.terms",
            )
        self.rule = make_rule(labels, self.meaning, self.ignore)

    def choose(self, masks: Sequence[ImageMasks]) -> dict[str, tuple[Path, ...]]:
        """Files of each term that has masks of its own; of all terms under no name."""
        if not self.labels.masks:
            return {"": masks[0].files}
        of_term = dict(zip(self.labels.masks, masks, strict=True))
        return {term: of_term[term].files for term in self.terms if of_term[term].files}

    def read(
        self, files: Mapping[str, tuple[Path, ...]], places: Sequence[str]
    ) -> dict[str, MaskCounts]:
        """Count values in the masks of one image.

        Raises:
            SourceError: no mask where there must be one; a value without a name.
        """
        if not self.labels.masks and not files[""]:
            raise SourceError(
                f"a mask at {' or '.join(str(self.folder / place) for place in places)}",
                "no such file",
                "Check labels.mask and the folder of masks; images without a mask must not match "
                "labels.case",
            )
        held = {term: count_mask_values(own, self.rule) for term, own in files.items()}
        named = self.rule.named
        if named is not None and (strange := sorted(set(held[""].counts) - set(named))):
            values = sorted(set(named) - self.ignore - {BACKGROUND})
            raise SourceError(
                f"voxel values that the manifest names in {files[''][0]}: {some(map(str, values))}",
                some(map(str, strange), 5),
                "Say in labels.values what the value means: a term, or nothing",
            )
        return held

    def judge(self, held: Mapping[str, MaskCounts]) -> list[int]:
        """States of the terms in one image."""
        if self.labels.masks:
            return [self._judge(_drawn(held[one]) if one in held else None) for one in self.terms]
        counts = held[""].counts
        partly = any(value in counts for value in self.ignore)
        voxels = [sum(counts.get(value, 0) for value in self.meaning[one]) for one in self.terms]
        return [self._judge(number, partly) for number in voxels]

    def _judge(self, voxels: int | None, partly: bool = False) -> int:
        if voxels is None:
            return UNKNOWN
        if voxels >= self.labels.smallest:
            return POSITIVE
        return UNKNOWN if voxels or partly else NEGATIVE


def make_rule(
    labels: MaskValues, meaning: Mapping[str, Collection[int]], ignore: Collection[int]
) -> MaskRule:
    """Say how numbers in masks are read.

    Args:
        labels: what the manifest says of them.
        meaning: values of each term.
        ignore: values of what nobody looked at.
    """
    if labels.masks:
        return MaskRule(above=labels.above)
    named: dict[int, tuple[str, ...]] = {BACKGROUND: (), **dict.fromkeys(ignore, ("ignore",))}
    for term, values in meaning.items():
        for value in values:
            named[value] = (*named.get(value, ()), term)
    return MaskRule(named, labels.above, labels.value, labels.colours)


def _drawn(counted: MaskCounts) -> int:
    return sum(number for value, number in counted.counts.items() if value != BACKGROUND)


def _compare_shapes(
    image: Path, files: Mapping[str, tuple[Path, ...]], held: Mapping[str, MaskCounts]
) -> list[str]:
    """Masks of another size than their image; images that cannot be read are reported elsewhere."""
    told = []
    for term, counted in held.items():
        mask = files[term][0]
        try:
            if is_volume_file(mask) != is_volume_file(image):
                continue
            if is_volume_file(image):
                # Stored in another order, a mask may lie on the same places all the same.
                shape = open_volume_file(image).shape
                fits = sorted(shape) == sorted(counted.shape)
            else:
                size = read_size(image)
                shape = (size.height, size.width)
                fits = shape == counted.shape
        except ImageError:
            continue
        if not fits:
            told.append(
                f"{mask} has {describe_shape(counted.shape)}, its image {image} "
                f"{describe_shape(shape)}"
            )
    return told
