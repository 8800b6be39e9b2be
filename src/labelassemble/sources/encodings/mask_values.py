"""Labels as voxel values of masks: what lies in an image is what its mask holds."""

import re
from string import Formatter
from typing import Annotated, Literal

from pydantic import Field, model_validator

from labelassemble.setting_types import Names, Settings
from labelassemble.sources.regular_expression import RegularExpression

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
