"""A file that is larger than memory in, slabs of it out, each read once, in the file's order."""

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from jaxtyping import Shaped

from labelassemble.errors import ImageError
from labelassemble.settings import VolumeSettings
from labelassemble.volumes.geometry import FileGeometry, ras_affine, ras_shape, to_ras
from labelassemble.volumes.resample import (
    SMOOTHING_REACH,
    Positions,
    VoxelGrid,
    find_positions,
    smoothing_sigmas,
)

_SLAB_BYTES = 256 * 2**20
"""Memory for one slab where there is more: larger slabs make nothing faster."""

Read = Callable[[int, int], Shaped[np.ndarray, "i j slices"]]


class SlabPlan(NamedTuple):
    """How a file is worked through: axes and positions, and which slices make which layers.

    Attributes:
        file: how the file stores its voxels.
        axis: which of right, anterior, superior runs along the file's slices.
        positions: of the new grid's voxels in the file, along each axis.
        sigmas: of the smoothing.
        layers: first and last (exclusive) layer of each slab on the new grid.
    """

    file: FileGeometry
    axis: int
    positions: tuple[Positions, Positions, Positions]
    sigmas: tuple[float, ...]
    layers: tuple[tuple[int, int], ...]


class Slab(NamedTuple):
    """One slab, as it stands in the file, and where it goes.

    Attributes:
        voxels: right, anterior, superior; the slices that the layers need.
        positions: as in ``SlabPlan``, but within these slices and for these layers.
        target: these layers, as an index of the new grid.
    """

    voxels: Shaped[np.ndarray, "right anterior superior"]
    positions: tuple[Positions, Positions, Positions]
    target: tuple[slice, slice, slice]


def plan_slabs(
    file: FileGeometry, grid: VoxelGrid, voxel_bytes: int, settings: VolumeSettings
) -> SlabPlan:
    """Cut the new grid into slabs that memory holds.

    Args:
        file: how the file stores its voxels.
        grid: the new grid.
        voxel_bytes: bytes that working on a voxel takes, copies included.
        settings: ``memory_gib``.

    Raises:
        ImageError: not even one layer fits.
    """
    axis = file.axes.index(2)
    positions = find_positions(ras_affine(file), grid)
    sigmas = smoothing_sigmas(positions)
    old, new = ras_shape(file), grid.shape
    plane = math.prod(max(old[k], new[k]) for k in range(3) if k != axis)
    at = positions[axis]
    slices_per_layer = abs(float(at[1] - at[0])) if len(at) > 1 else 1.0
    edge = 2 * _reach(sigmas[axis])
    per_layer = max(1.0, slices_per_layer)
    allowed = settings.memory_gib * 2**30 / (plane * voxel_bytes)
    wanted = _SLAB_BYTES / (plane * voxel_bytes)
    thickness = int((min(allowed, max(wanted, edge + per_layer)) - edge) / per_layer)
    if thickness < 1:
        needed = plane * voxel_bytes * (edge + per_layer) / 2**30
        raise ImageError(
            f"one layer of a volume in {settings.memory_gib:g} GiB (memory_gib)",
            f"{' x '.join(map(str, old))} voxels, which need {needed:.4g} GiB a layer",
            "Raise memory_gib, or give a coarser spacing_mm",
        )
    starts = range(0, new[axis], thickness)
    layers = [(start, min(start + thickness, new[axis])) for start in starts]
    # The file is read from its first slice to its last: packed files cannot be read backwards.
    layers = layers[::-1] if file.flips[axis] else layers
    return SlabPlan(file, axis, positions, sigmas, tuple(layers))


def read_slabs(plan: SlabPlan, read: Read) -> Iterator[Slab]:
    """Read the slices of each slab; those that two slabs share are read once."""
    forward = _Forward(read)
    count, reach = plan.file.shape[2], _reach(plan.sigmas[plan.axis])
    flipped = plan.file.flips[plan.axis]
    for start, stop in plan.layers:
        at = np.clip(plan.positions[plan.axis][start:stop], 0.0, count - 1.0)
        low = max(0, math.floor(at.min()) - reach)
        high = min(count, math.floor(at.max()) + 1 + reach)
        first, last = (count - high, count - low) if flipped else (low, high)
        positions, target = list(plan.positions), [slice(None)] * 3
        positions[plan.axis] = at - low
        target[plan.axis] = slice(start, stop)
        yield Slab(
            to_ras(forward.read(first, last), plan.file),
            (positions[0], positions[1], positions[2]),
            (target[0], target[1], target[2]),
        )
    forward.finish(count)


def _reach(sigma: float) -> int:
    """Slices beyond a position that its value depends on."""
    return 1 + (math.ceil(SMOOTHING_REACH * sigma + 0.5) if sigma > 0.0 else 0)


class _Forward:
    """Reads rising spans of slices and keeps the last one, so that nothing is read again."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._start = self._reached = 0
        self._kept: Shaped[np.ndarray, "i j slices"] | None = None

    def read(self, start: int, stop: int) -> Shaped[np.ndarray, "i j slices"]:
        kept, own = self._kept, self._start
        if kept is None or not own <= start <= own + kept.shape[2]:
            kept = self._read(start, stop)
        else:
            kept = kept[..., start - own :]
            if start + kept.shape[2] < stop:
                rest = self._read(start + kept.shape[2], stop)
                kept = np.concatenate([kept, rest], axis=2)
        self._start, self._kept = start, kept
        self._reached = max(self._reached, stop)
        return kept[..., : stop - start]

    def finish(self, count: int) -> None:
        """Read the last slice if no slab needed it: behind it a packed file has its checksum."""
        if self._reached < count:
            self._read(count - 1, count)
