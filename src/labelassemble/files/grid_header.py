"""What the header of a MetaImage or NRRD file says: where its voxels stand, and where they lie."""

import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal, NamedTuple

import numpy as np
from jaxtyping import Float

from labelassemble.bounds import BoundError, read_bounds

Packing = Literal["raw", "zlib", "gzip", "bzip2"]


MAX_PARTS: Final = 100_000
"""Files that a volume may be in."""


class GridHeader(NamedTuple):
    """A header, read.

    Attributes:
        path: of the header.
        data: file that holds the voxels; the header's own, where they stand behind it.
        skip: bytes of that file before the first voxel; none: as many as leave room for all
            voxels at its end.
        lines: lines of that file before those bytes.
        packing: how voxels are packed.
        kind: of the numbers, with their order of bytes.
        shape: voxels along each axis; the first runs fastest.
        affine: index of a voxel's centre to patient millimetres, RAS+; none: the header does not
            say where right and left are, or has other than three axes.
        notes: what the header left out, a sentence each.
        packed: bytes of the packed voxels; none: the header does not say.
        parts: files that hold the voxels one after the other along the last axis, ``data`` the
            first of them; none: all stand in ``data``.
    """

    path: Path
    data: Path
    skip: int | None
    lines: int
    packing: Packing
    kind: np.dtype
    shape: tuple[int, ...]
    affine: Float[np.ndarray, "4 4"] | None
    notes: tuple[str, ...] = ()
    packed: int | None = None
    parts: tuple[Path, ...] = ()


def make_affine(
    directions: Float[np.ndarray, "3 3"],
    origin: Float[np.ndarray, "3"],
    signs: tuple[float, float, float],
) -> Float[np.ndarray, "4 4"]:
    """Make an affine of a header's axes.

    Args:
        directions: a column an axis of the file: the way from one voxel to the next, in mm.
        origin: the first voxel's centre, in mm.
        signs: -1 where the header's space grows to the left, the back or the feet.

    >>> steps, first = np.diag([1.0, 2.0, 3.0]), np.array([10.0, 20.0, 30.0])
    >>> make_affine(steps, first, (-1.0, -1.0, 1.0))[0].tolist()
    [-1.0, -0.0, -0.0, -10.0]
    """
    affine = np.eye(4)
    affine[:3, :3] = directions
    affine[:3, 3] = origin
    affine[:3] *= np.array(signs)[:, None]
    return affine


def find_beside(header: Path, name: str) -> Path:
    """Give the file of voxels that a header names, which lies beside it.

    Windows writes ``\\``; what stands on a disk of those who made it counts by its last name.
    """
    plain = name.strip().replace("\\", "/")
    beside = header.parent / plain
    if beside.is_file() or "/" not in plain:
        return beside
    return header.parent / plain.rpartition("/")[2]


def list_parts_named(header: Path, written: str, behind: Sequence[str]) -> tuple[Path, ...]:
    """Give the files that hold the slices of a volume; none: all voxels stand in one file.

    Args:
        header: beside which they lie.
        written: what the header says: ``LIST``, whose names stand on the lines behind, or a
            pattern with its first and last number and the step, ``slice%03d.raw 1 40 1``.
        behind: lines behind it.

    Raises:
        ValueError: no such list or pattern; says so in a phrase.

    >>> list_parts_named(Path("/a/b.mhd"), "s%02d.raw 9 10 1", [])[-1].name
    's10.raw'
    """
    words = written.split()
    if words[0].upper() == "LIST":
        names = [line.strip() for line in behind if line.strip()]
        if not names:
            raise ValueError("a list of files of slices without a name in it")
        return tuple(find_beside(header, one) for one in names)
    if "%" not in written:
        return ()
    form = re.fullmatch(r"([^%]*)%(0?\d*)d([^%]*)", words[0]) if len(words) >= 4 else None
    if form is None:
        raise ValueError(f"files of slices as {written!r}: name%03d.raw, first, last, step is read")
    first, last, step = (int(one) for one in parse_numbers(" ".join(words[1:4]), 3, "data file"))
    if step == 0 or (last - first) // step > MAX_PARTS or (last - first) * step < 0:
        raise ValueError(f"files of slices from {first} to {last} by {step}")
    numbers = range(first, last + (1 if step > 0 else -1), step)
    return tuple(
        find_beside(header, f"{form[1]}{number:{form[2]}d}{form[3]}") for number in numbers
    )


def parse_numbers(text: str, count: int | None, field: str) -> list[float]:
    """Read numbers with blanks between them.

    Raises:
        ValueError: other than so many, or text; says so in a phrase.

    >>> parse_numbers("1 2.5", 2, "Offset")
    [1.0, 2.5]
    """
    try:
        numbers = [float(one) for one in text.replace(",", " ").split()]
    except ValueError:
        raise ValueError(f"{field} = {text!r}, which are no numbers") from None
    if count is not None and len(numbers) != count:
        raise ValueError(f"{field} = {text!r}, where {count} numbers should stand")
    if not all(np.isfinite(numbers)):
        raise ValueError(f"{field} = {text!r}")
    return numbers


def parse_shape(text: str, axes: int, field: str) -> tuple[int, ...]:
    """Read voxels along each axis.

    Raises:
        ValueError: as ``parse_numbers``; a part of a voxel, none, or more than any disk holds.
    """
    numbers = parse_numbers(text, axes, field)
    if any(not number.is_integer() or not 1 <= number < 2**31 for number in numbers):
        raise ValueError(f"{field} = {text!r}, which is no size of a volume")
    shape = tuple(int(number) for number in numbers)
    refuse_voxels(shape)
    return shape


def refuse_voxels(shape: Sequence[int]) -> None:
    """Refuse a volume of more voxels than ``voxels`` of the bounds.

    Raises:
        BoundError: says how many.
    """
    count, most = math.prod(int(side) for side in shape), read_bounds().voxels
    if count > most:
        raise BoundError(f"{count:,} voxels, more than {most:,}", "voxels")
