"""Labels as voxel values of masks: what lies in an image is what its mask holds."""

import json
import re
from pathlib import Path
from string import Formatter
from typing import Annotated, Any, Literal

import polars as pl
from pydantic import Field, model_validator

from labelassemble.errors import SourceError
from labelassemble.setting_types import Settings
from labelassemble.sources.regular_expression import RegularExpression
from labelassemble.sources.rows import FACTS, Rows, make_rows
from labelassemble.sources.scope import Names

BACKGROUND = 0

COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


class MaskValues(Settings):
    """A term whose value stands in the mask is positive; a value that does not stand is negative.

    Masks are NIfTI volumes, or images (PNG, TIFF, BMP, JPEG). The value of a pixel is its grey
    level; of a palette its index; of one bit 1 or 255, whichever `values` names. Alpha is no mask.
    """

    encoding: Literal["mask_values"]
    case: RegularExpression
    """Regular expression with a group ``case`` that matches the path of an image whole; files that
    it does not match are no images. Groups ``patient``, ``split``, ``view``, ``age`` and ``sex``
    are facts (the patient is the case, if not); others may stand in the paths of masks."""
    mask: Names | None = None
    """Path of the mask below the images folder, with groups of `case` in braces:
    ``labelsTr/{case}.nii.gz``; ``*`` and ``?`` stand for any text and sign: ``{case}_mask*.png``.
    All masks of an image that are there are joined, numbered ones too (``a_mask.png``,
    ``a_mask_1.png``). Or a list of paths: of several folders the first that holds one counts."""
    values: dict[str, str] = Field(default={})
    """Voxel value to term; an empty term: a structure that is no finding. 0 is background and need
    not stand here; a value that does not stand here is an error. None: `dataset` says it. Of a
    coloured mask colours, such as ``"#ff0000"``, in place of values; black is background."""
    above: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    """Only what is above this number is drawn: 127 for masks from 0 to 255 that lossy compression,
    antialiasing or resizing blurred, 0.5 for probabilities. Unless given, such masks are errors."""
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
        colours = [value for value in self.values if COLOUR.fullmatch(value)]
        if strange := [
            value for value in self.values if value not in colours and not value.isdecimal()
        ]:
            raise ValueError(
                f'voxel values are whole numbers, not {strange[0]!r}; or colours, as "#ff0000"'
            )
        if colours and len(colours) < len(self.values):
            raise ValueError("values are all colours or all numbers")
        if self.above is not None and (
            self.dataset or self.ignore or colours or (self.mask and len(self._terms) > 1)
        ):
            raise ValueError(
                "above reads masks of one value: give one in values, or masks (a file a term), "
                "and neither dataset, ignore nor colours"
            )
        if self.values.get(str(BACKGROUND)):
            raise ValueError("voxel value 0 is background: no term")
        groups = re.compile(self.case).groupindex
        for path in (*(self.mask or ()), *self.masks.values()):
            if lost := [name for name in _names_in(path) if name not in groups]:
                raise ValueError(f"{{{lost[0]}}} in {path!r} is no group of case")
        return self

    @property
    def _terms(self) -> set[str]:
        return {value for value in self.values if value != str(BACKGROUND)}

    @property
    def colours(self) -> tuple[str, ...]:
        """The colours of `values`, which stand for 1, 2, ... in their order; none: numbers."""
        return tuple(value.lower() for value in self.values if COLOUR.fullmatch(value))

    @property
    def value(self) -> int:
        """What a number above `above` becomes."""
        return int(next(iter(self._terms))) if self.above is not None and self.mask else 1


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
            "Check the folder, or fix labels.case",
        )
    facts = {fact: [row[place] for row in rows] for place, fact in enumerate(FACTS)}
    behind = len(FACTS)
    masks = {f"mask {at}": [row[behind + at] for row in rows] for at in range(len(paths))}
    return make_rows(facts["image"], facts, **masks)


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
        for place, (value, term) in enumerate(labels.values.items(), start=1):
            meaning.setdefault(term, set()).add(place if labels.colours else int(value))
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
