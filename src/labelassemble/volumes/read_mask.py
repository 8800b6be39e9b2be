"""A mask's files in, what is known of every voxel and class out, on its image's own grid."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, UInt8, UInt16

from labelassemble.errors import ImageError
from labelassemble.files.mask_rule import HIGHEST, apply_rule, join_values
from labelassemble.settings import VolumeSettings
from labelassemble.sources.assessments import POSITIVE, UNKNOWN
from labelassemble.volumes.drawn_mask import DrawnMask
from labelassemble.volumes.geometry import (
    Affine,
    FileGeometry,
    farthest_mm,
    ras_affine,
    ras_shape,
    to_file,
    to_ras,
)
from labelassemble.volumes.mask_meaning import MaskMeaning, refuse_unnamed
from labelassemble.volumes.read_volume import DEFAULTS, open_volume, read_voxels
from labelassemble.volumes.volume import Volume, VolumeFile, refuse_too_large

MaskPaths = Path | Sequence[Path | Sequence[Path] | DrawnMask]
"""Files of a mask: one; one a term; or several in place of one, which are joined. In place of the
file of a term what was drawn of it otherwise."""

COUNTED_BYTES = 64 * 2**20
"""Memory for counting; more makes nothing faster."""

COUNTING_BYTES = 16
"""Memory that counting a voxel takes, copies included."""


class Mask(NamedTuple):
    """What is known of each voxel.

    Attributes:
        classes: names of the first axis.
        state: 0 unknown, 1 negative, 3 positive (``sources.assessments``).
        affine: the image's.
        counts: voxels of each value in the file.
    """

    classes: tuple[str, ...]
    state: UInt8[np.ndarray, "classes right anterior superior"]
    affine: Affine
    counts: Mapping[int, int]

    @property
    def positive(self) -> Bool[np.ndarray, "classes right anterior superior"]:
        """Where each class is."""
        positive: Bool[np.ndarray, "classes right anterior superior"] = self.state == POSITIVE
        return positive

    @property
    def known(self) -> Bool[np.ndarray, "classes right anterior superior"]:
        """Where somebody looked for each class."""
        known: Bool[np.ndarray, "classes right anterior superior"] = self.state != UNKNOWN
        return known

    @property
    def empty(self) -> tuple[str, ...]:
        """Classes that somebody looked for and of which no voxel is positive."""
        seen = [bool((one != UNKNOWN).any()) for one in self.state]
        held = [bool((one == POSITIVE).any()) for one in self.state]
        return tuple(
            name
            for name, looked, there in zip(self.classes, seen, held, strict=True)
            if looked and not there
        )


def read_mask(
    paths: MaskPaths,
    like: Volume,
    meaning: MaskMeaning,
    settings: VolumeSettings = DEFAULTS,
) -> Mask:
    """Read the mask of a volume.

    Args:
        paths: its file; or, where each term has a mask of its own, their files in the order of
            ``find_meaning``'s ``own_masks``. In place of a file several, of which any may draw.
        like: the image, as ``read_volume`` gave it, not resampled.
        meaning: what voxel values say.
        settings: ``tolerance_mm`` and ``memory_gib``.

    Raises:
        ImageError: a file that cannot be read, a 4-D file, a geometry other than the image's.
        SourceError: a voxel value that ``meaning`` does not name, fractions.
    """
    files = open_masks(paths, like.file, meaning, settings)
    shape = ras_shape(like.file)
    needed = int(np.prod(shape)) * (2 + len(meaning.classes))
    refuse_too_large(needed, f"{len(meaning.classes)} classes of {shape} voxels", settings)
    values = np.empty(like.file.shape, dtype=np.uint16)
    counts = count_values(files, meaning, settings, values)
    table = meaning.without_specks(counts).table()
    state = np.stack([to_ras(row[values], like.file) for row in table])
    return Mask(meaning.classes, state, ras_affine(like.file), counts)


def open_masks(
    paths: MaskPaths,
    like: FileGeometry,
    meaning: MaskMeaning,
    settings: VolumeSettings = DEFAULTS,
    image: Path | None = None,
) -> tuple[VolumeFile, ...]:
    """Open the files of a mask and hold their geometry against the image's.

    Their voxels may be stored in another order than the image's; their places may not differ.

    Raises:
        ImageError: as ``read_mask``, but for what only the voxels show.
    """
    places = (paths,) if isinstance(paths, Path) else tuple(paths)
    if len(places) != max(1, meaning.own_masks):
        raise ImageError(
            f"{max(1, meaning.own_masks)} files of a mask",
            f"{len(places)}",
            "Give the files whose terms find_meaning was reported",
        )
    name = "its image" if image is None else f"its image {image}"
    return tuple(
        _open_drawn(place, like)
        if isinstance(place, DrawnMask)
        else _join_files(
            [
                _open_mask(one, like, settings, name)
                for one in ([place] if isinstance(place, Path) else place)
            ],
            meaning,
        )
        for place in places
    )


def _open_drawn(drawn: DrawnMask, like: FileGeometry) -> VolumeFile:
    made = drawn.draw(like)

    def read(start: int, stop: int) -> UInt16[np.ndarray, "i j slices"]:
        return made.read(start, stop).astype(np.uint16)

    return VolumeFile(Path(drawn.place), like, np.dtype(np.uint16), "unknown", made.notes, read)


def _open_mask(path: Path, like: FileGeometry, settings: VolumeSettings, image: str) -> VolumeFile:
    file = open_volume(path, settings)
    shape, own = ras_shape(like), ras_shape(file.geometry)
    apart = farthest_mm(ras_affine(file.geometry), ras_affine(like), shape)
    if own != shape or apart > settings.tolerance_mm:
        sizes = f"{' x '.join(map(str, own))} voxels for {' x '.join(map(str, shape))}; "
        raise ImageError(
            f"the mask {path} on the grid of {image}, within {settings.tolerance_mm:g} mm",
            f"{sizes if own != shape else ''}places up to {apart:.4g} mm apart",
            "Take the mask that belongs to this image, or resample the mask onto it",
        )
    return _reorder(file, like, settings)


def _join_files(files: Sequence[VolumeFile], meaning: MaskMeaning) -> VolumeFile:
    """Make one file of several masks of one image, and values of its numbers; 1 of own masks."""
    paths, rule = [file.place for file in files], meaning.rule

    def read(start: int, stop: int) -> UInt16[np.ndarray, "i j slices"]:
        values = [apply_rule(file.read(start, stop), rule, file.place) for file in files]
        joined = join_values(values, rule, paths)
        return (joined != 0).astype(np.uint16) if meaning.own_masks else joined

    return files[0]._replace(kind=np.dtype(np.uint16), read=read)


def _reorder(file: VolumeFile, like: FileGeometry, settings: VolumeSettings) -> VolumeFile:
    """Read a mask slice by slice in the order in which its image is stored."""
    if (file.geometry.axes, file.geometry.flips) == (like.axes, like.flips):
        return file
    refuse_too_large(file.bytes_in_memory, f"{file.place}, stored across its image", settings)
    ordered = to_file(read_voxels(file), like)
    return file._replace(geometry=like, read=lambda start, stop: ordered[..., start:stop])


def read_values(
    files: Sequence[VolumeFile], start: int, stop: int
) -> UInt16[np.ndarray, "i j slices"]:
    """Read voxel values of some slices; files of their own are joined, a bit each.

    Raises:
        SourceError: as ``apply_rule`` and ``join_values``.
    """
    if len(files) == 1:
        return files[0].read(start, stop)
    joined = np.zeros((*files[0].geometry.shape[:2], stop - start), dtype=np.uint16)
    for place, file in enumerate(files):
        joined |= file.read(start, stop) << np.uint16(place)
    return joined


def count_values(
    files: Sequence[VolumeFile],
    meaning: MaskMeaning,
    settings: VolumeSettings,
    target: UInt16[np.ndarray, "i j k"] | None = None,
) -> dict[int, int]:
    """Count the voxels of each value, slab by slab, and refuse values without a meaning.

    Args:
        files: as ``open_masks`` gives them.
        meaning: what values say.
        settings: ``memory_gib``.
        target: where the values go, if they are wanted.

    Raises:
        SourceError: as ``read_mask``.
    """
    plane = files[0].geometry.shape[0] * files[0].geometry.shape[1]
    depth = files[0].geometry.shape[2]
    budget = min(settings.memory_gib * 2**30, COUNTED_BYTES)
    step = max(1, int(budget / (plane * COUNTING_BYTES)))
    total = np.zeros(HIGHEST + 1, dtype=np.int64)
    for start in range(0, depth, step):
        stop = min(start + step, depth)
        values = read_values(files, start, stop)
        if target is not None:
            target[..., start:stop] = values
        total += np.bincount(values.ravel(), minlength=HIGHEST + 1)
    counts = {int(value): int(total[value]) for value in np.flatnonzero(total)}
    refuse_unnamed(counts, meaning, files[0].place)
    return counts
