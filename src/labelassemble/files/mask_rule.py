"""How the numbers that a mask stores become the values that its manifest names."""

from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Shaped, UInt16

from labelassemble.errors import SourceError

HIGHEST = 65_535
"""No mask needs more values than 16 bits hold."""

_ROUNDING = 1e-4
"""Numbers that slope and intercept bring so near to a whole one are that one."""


class MaskRule(NamedTuple):
    """What a source's manifest says of the numbers in its masks.

    Attributes:
        named: value to what it means, 0 among them; None: anything but 0 is the one term drawn.
        above: only numbers above this are drawn, those at or below it are background; None: every
            number is a value.
        value: what a number above becomes.
        colours: ``#rrggbb`` of the values 1, 2, ...; none: masks are grey, or hold numbers.
    """

    named: Mapping[int, Hashable] | None = None
    above: float | None = None
    value: int = 1
    colours: tuple[str, ...] = ()


ANYTHING = MaskRule()
"""Anything but 0 is drawn."""


def apply_rule(
    numbers: Shaped[np.ndarray, "*space"], rule: MaskRule, path: Path
) -> UInt16[np.ndarray, "*space"]:
    """Turn a mask's numbers into values: cut at ``above``, then whole numbers from 0 to 65,535.

    Args:
        numbers: whole numbers or floats, scaled as the file says.
        rule: whether they are cut.
        path: the file, for errors.

    Raises:
        SourceError: fractions, numbers that are not finite, negative or huge ones.

    >>> apply_rule(np.array([0.0, 0.4, 0.9]), MaskRule(above=0.5), Path("m.nii")).tolist()
    [0, 0, 1]
    """
    is_float = numbers.dtype.kind == "f"
    if is_float and (lost := ~np.isfinite(numbers)).any():
        raise SourceError(
            f"whole numbers in the mask {path}",
            f"{int(lost.sum()):,} that are not finite",
            "Is it a mask?",
        )
    if rule.above is not None:
        return np.where(numbers > rule.above, rule.value, 0).astype(np.uint16)
    if is_float:
        whole = np.rint(numbers)
        if (parts := np.abs(numbers - whole) > _ROUNDING).any():
            raise SourceError(
                f"whole numbers in the mask {path}",
                f"{int(parts.sum()):,} fractions, such as {numbers[parts][0]:.4g}",
                "Is it a mask? Draw an interpolated one again from the original, or say from what "
                "number on something is drawn: labels.above = 0.5",
            )
        numbers = whole
    if numbers.dtype != np.uint8 and numbers.size:
        low, high = numbers.min(), numbers.max()
        if low < 0 or high > HIGHEST:
            raise SourceError(
                f"values from 0 to {HIGHEST:,} in the mask {path}",
                f"{low:g} to {high:g}",
                "Is it a mask?",
            )
    return numbers.astype(np.uint16, copy=False)


def join_values(
    values: Sequence[UInt16[np.ndarray, "*space"]], rule: MaskRule, paths: Sequence[Path]
) -> UInt16[np.ndarray, "*space"]:
    """Join several masks of one image: what any of them draws is drawn.

    Args:
        values: of each mask.
        rule: with names, two masks may not give one place two values.
        paths: their files, for errors.

    Raises:
        SourceError: masks of different shapes; two values at one place.

    >>> one, other = np.array([[0, 2, 0]], np.uint16), np.array([[0, 2, 2]], np.uint16)
    >>> join_values([one, other], MaskRule(), [Path("a.png"), Path("b.png")]).tolist()
    [[0, 2, 2]]
    """
    joined = values[0]
    for own, path in zip(values[1:], paths[1:], strict=True):
        refuse_shapes(joined.shape, own.shape, paths[0], path)
        if rule.named is not None and (both := (joined != 0) & (own != 0) & (joined != own)).any():
            raise SourceError(
                f"one value a place in the masks of one image, {paths[0]} and {path}",
                f"{int(both.sum()):,} places with two, such as {joined[both][0]} and "
                f"{own[both][0]}",
                "Give masks that overlap as labels.masks: a path a term",
            )
        joined = np.maximum(joined, own)
    return joined


def refuse_shapes(
    one: tuple[int, ...], other: tuple[int, ...], path: Path, other_path: Path
) -> None:
    """Refuse several masks of one image that are not of one shape.

    Raises:
        SourceError: names both files and both shapes.
    """
    if one != other:
        raise SourceError(
            f"masks of one image that are of one shape: {path}, {describe_shape(one)}",
            f"{describe_shape(other)} in {other_path}",
            "Take the masks that belong to this image, or give each image a pattern of its own",
        )


def describe_shape(shape: tuple[int, ...]) -> str:
    """Write a shape as people do: width by height of images, axes in order of volumes.

    >>> describe_shape((40, 60)), describe_shape((5, 6, 7))
    ('60 x 40 pixels', '5 x 6 x 7 voxels')
    """
    if len(shape) == 2:
        return f"{shape[1]} x {shape[0]} pixels"
    return " x ".join(map(str, shape)) + " voxels"
