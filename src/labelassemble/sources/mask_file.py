"""The values that stand in the masks of one image."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from labelassemble.errors import ImageError, SourceError
from labelassemble.files.mask_image import count_levels, read_mask_image
from labelassemble.files.mask_rule import (
    ANYTHING,
    HIGHEST,
    MaskRule,
    apply_rule,
    join_values,
    refuse_shapes,
)
from labelassemble.files.soft_mask import find_many_levels, tell_soft
from labelassemble.files.volume_file import (
    is_volume_file,
    open_volume_file,
    refuse_other_volume,
)

VOXELS_AT_ONCE = 2**24
"""Voxels of a volume that are counted at once; more makes nothing faster."""


class MaskCounts(NamedTuple):
    """What the masks of one image hold.

    Attributes:
        shape: height and width of an image; voxels along each axis of a volume.
        counts: value, 0 to 65,535, to a count of 1 or more.
    """

    shape: tuple[int, ...]
    counts: dict[int, int]


def count_mask_values(files: Path | Sequence[Path], rule: MaskRule = ANYTHING) -> MaskCounts:
    """Count how many voxels (or pixels) of a mask have each value.

    Args:
        files: a volume, or an image; or several masks of one image, of one shape: what any
            of them draws is drawn.
        rule: what the manifest says of numbers.

    Raises:
        SourceError: as ``read_mask_image``, ``apply_rule`` and ``join_values``.
    """
    paths = [files] if isinstance(files, Path) else list(files)
    volumes = [path for path in paths if is_volume_file(path)]
    for path in (path for path in paths if path not in volumes):
        try:
            refuse_other_volume(path)
        except ImageError as error:
            raise _as_mask(error) from error
    if len(volumes) == len(paths):
        return _count_volumes(paths, rule)
    if volumes:
        raise SourceError(
            "masks of one image that are all volumes or all images",
            f"{volumes[0]} beside {next(path for path in paths if path not in volumes)}",
            "Name one kind in labels.mask",
        )
    images = [read_mask_image(path, rule) for path in paths]
    shape = images[0].values.shape
    if len(images) == 1:
        return MaskCounts(shape, images[0].counts)
    return MaskCounts(shape, count_levels(join_values([one.values for one in images], rule, paths)))


def _count_volumes(paths: Sequence[Path], rule: MaskRule) -> MaskCounts:
    try:
        files = [open_volume_file(path) for path in paths]
        shape = files[0].shape
        for file in files[1:]:
            refuse_shapes(shape, file.shape, paths[0], file.path)
        if not shape:
            raise SourceError(f"a mask at {paths[0]}", "no axis", "Fetch the file again")
        total = np.zeros(HIGHEST + 1, dtype=np.int64)
        step = max(1, VOXELS_AT_ONCE // max(1, math.prod(shape[:-1])))
        for start in range(0, shape[-1], step):
            stop = min(start + step, shape[-1])
            slabs = [apply_rule(file.read(start, stop), rule, file.path) for file in files]
            total += np.bincount(join_values(slabs, rule, paths).ravel(), minlength=HIGHEST + 1)
    except ImageError as error:
        raise _as_mask(error) from error
    counts = {int(value): int(total[value]) for value in np.flatnonzero(total)}
    if rule.named is None and rule.above is None and (soft := find_many_levels(counts)):
        raise SourceError(*tell_soft(soft, counts, paths[0]))
    return MaskCounts(shape, counts)


def _as_mask(error: ImageError) -> SourceError:
    return SourceError(
        error.expected.replace("a whole volume", "a whole mask"), error.got, error.do
    )
