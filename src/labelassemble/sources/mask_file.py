"""The values that stand in one mask."""

from pathlib import Path

import numpy as np

from labelassemble.errors import SourceError

HIGHEST = 65_535
"""No mask needs more values than 16 bits hold."""


def count_values(file: Path) -> dict[int, int]:
    """Count how many voxels (or pixels) of a mask have each value.

    Args:
        file: a NIfTI volume, or a picture (PNG, TIFF, BMP); each channel counts.

    Returns:
        Value, 0 to 65,535, to a count of 1 or more.

    Raises:
        SourceError: a file that cannot be read, fractions, values out of range.
    """
    values = _read_volume(file) if file.name.endswith((".nii", ".nii.gz")) else _read_picture(file)
    whole = np.rint(values) if values.dtype.kind == "f" else values
    if values.dtype.kind == "f" and not np.array_equal(whole, values):
        raise SourceError(f"whole numbers in the mask {file}", "fractions", "Is it a mask?")
    if whole.size and whole.min() < 0:
        raise SourceError(f"values from 0 in the mask {file}", f"{whole.min()}", "Is it a mask?")
    highest = int(whole.max()) if whole.size else 0
    if highest > HIGHEST:
        raise SourceError(
            f"values up to {HIGHEST:,} in the mask {file}", f"{highest}", "Is it a mask?"
        )
    counts = np.bincount(whole.astype(np.uint16).ravel())
    return {int(value): int(counts[value]) for value in np.flatnonzero(counts)}


def _read_volume(file: Path) -> np.ndarray:
    # Only here: nibabel is slow to import, and most sources hold no volume.
    import nibabel

    try:
        return np.asanyarray(nibabel.load(file).dataobj)  # type: ignore[attr-defined]
    except Exception as error:
        # Damaged volumes raise nearly anything; all of it means the same to the user.
        raise _unreadable(file, error) from error


def _read_picture(file: Path) -> np.ndarray:
    from PIL import Image

    try:
        with Image.open(file) as picture:
            return np.asarray(picture)
    except Exception as error:
        raise _unreadable(file, error) from error


def _unreadable(file: Path, error: Exception) -> SourceError:
    first = (str(error).strip() or type(error).__name__).splitlines()[0]
    return SourceError(f"a whole mask at {file}", first, "Fetch the file again")
