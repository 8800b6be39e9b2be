"""Labels as voxel values of masks: what lies in an image is what its mask holds."""

import hashlib
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from string import Formatter
from typing import Annotated, Any, Literal

import numpy as np
import polars as pl
from pydantic import Field, model_validator

from labelassemble.errors import SourceError, some
from labelassemble.settings import Settings
from labelassemble.sources.encodings.folder_names import RegularExpression
from labelassemble.sources.input_file import InputFile
from labelassemble.sources.mask_file import count_values
from labelassemble.sources.problems import AT_ONCE, SET_ASIDE, Problem, Problems, plural
from labelassemble.sources.rows import FACTS, Rows, make_rows
from labelassemble.sources.scope import Names, Scope
from labelassemble.sources.verdicts import (
    NEGATIVE,
    NO_REASON,
    POSITIVE,
    UNKNOWN,
    Reason,
    Statements,
)

BACKGROUND = 0


class MaskValues(Settings):
    """A term whose value stands in the mask is positive; a value that does not stand is negative.

    Masks are NIfTI volumes, or pictures (PNG, TIFF, BMP).
    """

    encoding: Literal["mask_values"]
    case: RegularExpression
    """Regular expression with a group ``case`` that matches the path of an image whole; files that
    it does not match are no images. Groups ``patient``, ``split``, ``view``, ``age`` and ``sex``
    are facts (the patient is the case, if not); others may stand in the paths of masks."""
    mask: Names | None = None
    """Path of the mask below the images folder, with groups of `case` in braces:
    ``labelsTr/{case}.nii.gz``; or a list of paths, of which the first that is there counts."""
    values: dict[str, str] = Field(default={})
    """Voxel value to term; an empty term: a structure that is no finding. 0 is background and need
    not stand here; a value that does not stand here is an error. None: `dataset` says it."""
    dataset: str | None = None
    """A ``dataset.json`` as nnU-Net or the Decathlon writes it, which says what values mean."""
    masks: dict[str, str] = Field(default={})
    """Instead of `mask`: term to the path of its own mask, in which anything but 0 is the term. A
    mask that is not there says nothing; that no image has any is an error."""
    ignore: tuple[int, ...] = ()
    """Voxel values that say that nobody looked there: an image that holds one is negative for
    nothing. nnU-Net's label ``ignore`` is found by itself."""
    smallest: Annotated[int, Field(ge=1)] = 1
    """Voxels that a term needs to be positive; fewer are specks, which say nothing."""

    @model_validator(mode="after")
    def _fits(self) -> "MaskValues":
        if "case" not in re.compile(self.case).groupindex:
            raise ValueError("case needs a group (?P<case>...)")
        if bool(self.mask) == bool(self.masks):
            raise ValueError("give mask (one file of values) or masks (a file a term), one of both")
        if self.mask and bool(self.values) == bool(self.dataset):
            raise ValueError("give values or dataset, one of both: what voxel values mean")
        if strange := [value for value in self.values if not re.fullmatch(r"\d+", value)]:
            raise ValueError(f"voxel values are whole numbers, not {strange[0]!r}")
        if self.values.get(str(BACKGROUND)):
            raise ValueError("voxel value 0 is background: no term")
        groups = re.compile(self.case).groupindex
        for path in (*(self.mask or ()), *self.masks.values()):
            if lost := [name for name in _names_in(path) if name not in groups]:
                raise ValueError(f"{{{lost[0]}}} in {path!r} is no group of case")
        return self


def _names_in(path: str) -> list[str]:
    try:
        return [name for _, name, _, _ in Formatter().parse(path) if name is not None]
    except ValueError as error:
        raise ValueError(f"{path!r}: {error}") from error


def list_cases(images: pl.Series, labels: MaskValues) -> Rows:
    """Find the images among files; where their masks lie stands in the label cells.

    Raises:
        SourceError: no file is an image.

    >>> labels = MaskValues(
    ...     encoding="mask_values",
    ...     case=r"imagesTr/(?P<case>.+)_0000\\.nii\\.gz",
    ...     mask="labelsTr/{case}.nii.gz",
    ...     values={"1": "cyst"},
    ... )
    >>> rows = list_cases(pl.Series(["imagesTr/a_0000.nii.gz", "dataset.json"]), labels)
    >>> rows.facts["patient"].to_list(), rows.cells["mask 0"].to_list()
    (['a'], ['labelsTr/a.nii.gz'])
    """
    pattern = re.compile(labels.case)
    paths = (*(labels.mask or ()), *labels.masks.values())
    rows = []
    for image in images:
        if match := pattern.fullmatch(image):
            groups = {"image": image, **match.groupdict(default="")}
            groups.setdefault("patient", groups["case"])
            places = [path.format(**groups) for path in paths]
            rows.append((*(groups.get(fact, "") for fact in FACTS), *places))
    if not rows:
        raise SourceError(
            f"files that labels.case matches: {labels.case}",
            f"none among {len(images)}" + (f", such as {images[0]}" if len(images) else ""),
            "Check the folder, or mend labels.case",
        )
    facts = {fact: [row[place] for row in rows] for place, fact in enumerate(FACTS)}
    behind = len(FACTS)
    masks = {f"mask {at}": [row[behind + at] for row in rows] for at in range(len(paths))}
    return make_rows(facts["image"], facts, **masks)


def state_masks(
    rows: Rows,
    labels: MaskValues,
    scope: Scope,
    folder: Path,
    progress: Callable[[int, int], None] | None = None,
    problems: Problems = AT_ONCE,
) -> tuple[Statements, InputFile]:
    """Read the masks and make statements of what stands in them.

    Args:
        rows: as `list_cases` gives them.
        labels: where masks lie and what their values mean.
        scope: its terms, where only a part of the values' was looked for; else all of these.
        folder: the images folder.
        progress: called with (masks read, masks in all).
        problems: takes masks that are missing or cannot be read, and voxel values without a
            meaning: their images are to be left out.

    Raises:
        SourceError: the meaning of values cannot be read, or no image has a mask.
    """
    meaning, ignore = read_meaning(labels, folder)
    named = labels.masks or [term for term in meaning if term]
    terms = scope.terms or tuple(named)
    if strange := [term for term in terms if term not in named]:
        raise SourceError(
            f"terms of the masks in scope.terms: {some(named)}", some(strange), "Mend scope.terms"
        )
    state = np.zeros((rows.facts.height, len(terms)), dtype=np.uint8)
    digest, size, used = hashlib.sha256(), 0, 0
    wrong: dict[int, SourceError] = {}
    for row, places in enumerate(rows.cells.iter_rows()):
        paths = [folder / place for place in places]
        files: list[Path] = []
        try:
            if labels.masks:
                state[row], files = _state_own(
                    dict(zip(labels.masks, paths, strict=True)), terms, labels
                )
            else:
                state[row], files = _state_shared(paths, terms, labels, meaning, ignore)
        except SourceError as error:
            wrong[row] = error
        used += len(files)
        for file in files:
            stamp = file.stat()
            # Masks may lie beside the folder of images.
            digest.update(f"{os.path.relpath(file, folder)} {stamp.st_size}\n".encode())
            size += stamp.st_size
        if progress:
            progress(row + 1, state.shape[0])
    aside = _note_masks(rows.facts["image"], wrong, problems)
    if not used and not wrong:
        first = folder / rows.cells.row(0)[0]
        raise SourceError(
            f"masks such as {first}", "none for any image", "Check labels.masks and the folder"
        )
    reasons = (NO_REASON, Reason("mask holds it"), Reason("mask without it, in scope"))
    reason = np.select([state == POSITIVE, state == NEGATIVE], [1, 2], 0).astype(np.uint16)
    # Volumes are too large to be hashed at every reading: names and sizes stand for them.
    read = InputFile("masks", digest.hexdigest(), size, rows.facts.height)
    return Statements(terms, state, reason, reasons, aside), read


def _note_masks(
    images: pl.Series, wrong: dict[int, SourceError], problems: Problems
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


def _state_own(
    files: dict[str, Path], terms: tuple[str, ...], labels: MaskValues
) -> tuple[list[int], list[Path]]:
    """States of one image whose terms have a mask each, and the masks that are there."""
    there = {term: file for term, file in files.items() if term in terms and file.is_file()}
    counts = {term: count_values(file) for term, file in there.items()}
    voxels = {
        term: sum(number for value, number in found.items() if value != BACKGROUND)
        for term, found in counts.items()
    }
    return [_judge(voxels.get(term), labels, False) for term in terms], list(there.values())


def _state_shared(
    files: list[Path],
    terms: tuple[str, ...],
    labels: MaskValues,
    meaning: dict[str, set[int]],
    ignore: set[int],
) -> tuple[list[int], list[Path]]:
    """States of one image whose terms share a mask, and that mask."""
    file = next((one for one in files if one.is_file()), None)
    if file is None:
        raise SourceError(
            f"a mask at {' or '.join(map(str, files))}",
            "no such file",
            "Check labels.mask and the folder of masks; images without a mask must not match "
            "labels.case",
        )
    found = count_values(file)
    named = set().union(*meaning.values())
    strange = sorted(set(found) - named - ignore - {BACKGROUND})
    if strange:
        raise SourceError(
            f"voxel values that the manifest names in {file}: {some(map(str, sorted(named)))}",
            some(map(str, strange), 5),
            "Say in labels.values what the value means: a term, or nothing",
        )
    partly = any(value in found for value in ignore)
    voxels = {term: sum(found.get(value, 0) for value in meaning[term]) for term in terms}
    return [_judge(voxels[term], labels, partly) for term in terms], [file]


def _judge(voxels: int | None, labels: MaskValues, partly: bool) -> int:
    if voxels is None:
        return UNKNOWN
    if voxels >= labels.smallest:
        return POSITIVE
    return UNKNOWN if voxels or partly else NEGATIVE


def read_meaning(labels: MaskValues, folder: Path) -> tuple[dict[str, set[int]], set[int]]:
    """Give each term's voxel values, and the values that say that nobody looked.

    Args:
        labels: with `values` or `dataset`; a term ``""`` holds the values that are no finding.
        folder: the images folder, in which `dataset` lies.

    Raises:
        SourceError: no such `dataset`, or one without labels.
    """
    ignore, meaning = set(labels.ignore), dict[str, set[int]]()
    if labels.dataset is None:
        for value, term in labels.values.items():
            meaning.setdefault(term, set()).add(int(value))
        return meaning, ignore
    file = folder / labels.dataset
    try:
        content: Any = json.loads(file.read_text(encoding="utf-8-sig"))
        for left, right in dict(content["labels"]).items():
            # nnU-Net writes name: value, or name: values of a region; the Decathlon value: name.
            name, values = (right, left) if isinstance(right, str) else (left, right)
            whole = {int(one) for one in (values if isinstance(values, list) else [values])}
            if name == "ignore":
                ignore |= whole
            elif whole - {BACKGROUND}:
                meaning.setdefault(str(name), set()).update(whole - {BACKGROUND})
        return meaning, ignore
    except (OSError, ValueError, KeyError, TypeError) as error:
        said = error.strerror if isinstance(error, OSError) else f"{type(error).__name__}: {error}"
        raise SourceError(
            f"a dataset.json with labels at {file}", str(said), "Check labels.dataset"
        ) from error
