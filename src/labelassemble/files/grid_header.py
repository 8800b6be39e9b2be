"""What the header of a MetaImage or NRRD file says: where its voxels stand, and where they lie."""

from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Float

Packing = Literal["raw", "zlib", "gzip", "bzip2"]


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
    return tuple(int(number) for number in numbers)
