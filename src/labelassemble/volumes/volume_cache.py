"""Volumes of any size in, worked through slab by slab, kept on disk as they are learned from."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock
from jaxtyping import Int

from labelassemble.errors import ImageError
from labelassemble.files.series_path import find_series
from labelassemble.files.volume_file import list_parts
from labelassemble.images.hash_files import hash_files
from labelassemble.settings import VolumeSettings
from labelassemble.sources.assessments import POSITIVE
from labelassemble.storage.write_aside import write_folder_aside
from labelassemble.volumes.cached_volume import FACTS, IMAGE, PLACES, STATE, CachedVolume
from labelassemble.volumes.drawn_mask import DrawnMask
from labelassemble.volumes.geometry import FileGeometry, ras_affine, ras_shape
from labelassemble.volumes.mask_meaning import MaskMeaning
from labelassemble.volumes.places import spread_points, thin_out
from labelassemble.volumes.read_mask import MaskPaths, count_values, open_masks, read_values
from labelassemble.volumes.read_volume import open_volume
from labelassemble.volumes.resample import (
    VoxelGrid,
    resample_array,
    resample_states,
    resampled_grid,
)
from labelassemble.volumes.slabs import plan_slabs, read_slabs
from labelassemble.volumes.volume import VolumeFile
from labelassemble.volumes.window import window

CACHING = 2
"""Version of the way from file to cache; a change makes every volume be worked through again."""

VOXEL_BYTES = 24
"""Memory that work on a voxel takes: the file's numbers, float32, and copies of it."""


class VolumeCache:
    """A folder of volumes, each known by the content of its files and by the settings.

    A volume is made in a folder aside, which is renamed when everything is on disk: a run that is
    killed loses the volume it was at, and the next one resumes. Runs that make the same volume
    at once wait for each other. Memory stays below ``memory_gib``, whatever the volume's size.

    Args:
        folder: made if it is not there.
        settings: spacing, window, and what to accept.
    """

    def __init__(self, folder: Path, settings: VolumeSettings) -> None:
        self.folder, self.settings = folder, settings

    def add(
        self,
        image: Path,
        masks: MaskPaths | None = None,
        meaning: MaskMeaning | None = None,
        series: str | None = None,
    ) -> CachedVolume:
        """Give a volume, made now if it is not there yet.

        Args:
            image: as ``read_volume`` takes it.
            masks: as ``read_mask`` takes them; None: nothing is known of any voxel.
            meaning: what their values say; without masks, only its classes count.
            series: SeriesInstanceUID, where a folder holds several.

        Raises:
            ImageError: as ``read_volume`` and ``read_mask``; a folder that cannot be written; one
                layer of the volume that does not fit into memory.
            SourceError: as ``read_mask``.
        """
        if masks is not None and meaning is None:
            raise ImageError(
                "the meaning of a mask's values", "a mask without", "Give find_meaning(...) too"
            )
        given = () if masks is None else (masks,) if isinstance(masks, Path) else masks
        places = [one if isinstance(one, DrawnMask) else _group(one) for one in given]
        try:
            key = self._name(image, places, meaning, series)
            ready = self.folder / key
            if not (ready / FACTS).exists():
                (self.folder / "locks").mkdir(parents=True, exist_ok=True)
                with FileLock(self.folder / "locks" / key):
                    if not (ready / FACTS).exists():
                        with write_folder_aside(ready, locked=True) as aside:
                            self._make(aside, image, places, meaning, series)
        except OSError as error:
            raise ImageError(
                f"a folder for volumes at {self.folder} that can be written",
                error.strerror or str(error),
                "Free some room there, or choose another output folder",
            ) from error
        return CachedVolume(ready)

    def _name(
        self,
        image: Path,
        masks: Sequence[tuple[Path, ...] | DrawnMask],
        meaning: MaskMeaning | None,
        series: str | None,
    ) -> str:
        drawn = [one for one in masks if isinstance(one, DrawnMask)]
        groups = [(image,), *(() if isinstance(one, DrawnMask) else one for one in masks)]
        for path in (path for group in groups for path in group):
            if not path.exists() and find_series(str(path)) is None:
                raise ImageError(f"a volume at {path}", "no such file or folder", "Check the path")
        files: dict[str, Path] = {}
        for place, group in enumerate(groups):
            lists = [
                sorted(path.iterdir()) if path.is_dir() else list_parts(path) for path in group
            ]
            inside = [one for each in lists for one in each]
            files |= {
                f"{place}/{number}": one for number, one in enumerate(inside) if one.is_file()
            }
        digests = hash_files(files, self.folder)
        # Within a folder, names of slices do not matter.
        content = sorted((name.split("/")[0], digest) for name, digest in digests.items())
        told = {
            "version": CACHING,
            "content": content,
            "series": series,
            "settings": self.settings.model_dump(mode="json", exclude={"memory_gib"}),
            "meaning": None if meaning is None else _describe_meaning(meaning),
        } | ({"drawn": [one.digest for one in drawn]} if drawn else {})
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:32]

    def _make(
        self,
        aside: Path,
        image: Path,
        masks: Sequence[tuple[Path, ...] | DrawnMask],
        meaning: MaskMeaning | None,
        series: str | None,
    ) -> None:
        file = open_volume(image, self.settings, series)
        own = VoxelGrid(ras_shape(file.geometry), ras_affine(file.geometry))
        grid = resampled_grid(own, self.settings.spacing_mm)
        body, lowest, highest = self._store_image(file, grid, aside)
        notes = [*file.notes, *self._judge_units(lowest, highest)]
        classes: tuple[str, ...] = () if meaning is None else meaning.classes
        lesions = [np.empty((0, 3), dtype=np.int64)] * len(classes)
        counts: Mapping[int, int] = {}
        if meaning is not None and masks:
            files = open_masks(masks, file.geometry, meaning, self.settings, image)
            for one, of in zip(files, masks, strict=True):
                notes += one.notes if isinstance(of, DrawnMask) else ()
            counts = count_values(files, meaning, self.settings)
            spoken = meaning.without_specks(counts)
            lesions = self._store_states(files, spoken, file.geometry, grid, aside)
            notes += _find_lost(spoken, counts, lesions)
        kept: dict[str, Any] = {f"lesions_{place}": one for place, one in enumerate(lesions)}
        np.savez(aside / PLACES, body=body, **kept)
        facts = {
            "image": str(image),
            "masks": [
                [one.place] if isinstance(one, DrawnMask) else [str(path) for path in one]
                for one in masks
            ],
            "classes": classes,
            "shape": grid.shape,
            "affine_mm": grid.affine.tolist(),
            "unit": file.unit,
            "lowest": lowest,
            "highest": highest,
            "counts": {str(value): count for value, count in counts.items()},
            "notes": notes,
            "file": {
                "shape": file.geometry.shape,
                "affine_mm": file.geometry.affine.tolist(),
                "axes": file.geometry.axes,
                "flips": file.geometry.flips,
            },
            "settings": self.settings.model_dump(mode="json"),
        }
        (aside / FACTS).write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")

    def _store_image(
        self, file: VolumeFile, grid: VoxelGrid, folder: Path
    ) -> tuple[Int[np.ndarray, "_ 3"], float, float]:
        """Places of the body, and the file's lowest and highest value."""
        target = np.lib.format.open_memmap(
            folder / IMAGE, mode="w+", dtype=np.float16, shape=grid.shape
        )
        points = spread_points(grid.shape)
        bright = np.zeros(len(points), dtype=bool)
        plan = plan_slabs(file.geometry, grid, VOXEL_BYTES, self.settings)
        lowest, highest = np.inf, -np.inf
        for slab in read_slabs(plan, file.read):
            lowest = min(lowest, float(slab.voxels.min()))
            highest = max(highest, float(slab.voxels.max()))
            values = resample_array(slab.voxels, slab.positions, plan.sigmas)
            layers = slab.target[plan.axis]
            inside = (points[:, plan.axis] >= layers.start) & (points[:, plan.axis] < layers.stop)
            local = points[inside]
            local[:, plan.axis] -= layers.start
            bright[inside] = values[tuple(local.T)] > self.settings.body_above_hu
            target[slab.target] = window(values, *self.settings.window_hu)
        target.flush()
        return points[bright], lowest, highest

    def _store_states(
        self,
        files: Sequence[VolumeFile],
        meaning: MaskMeaning,
        geometry: FileGeometry,
        grid: VoxelGrid,
        folder: Path,
    ) -> list[Int[np.ndarray, "_ 3"]]:
        """Places of each class's lesions."""
        classes, table = len(meaning.classes), meaning.table()
        target = np.lib.format.open_memmap(
            folder / STATE, mode="w+", dtype=np.uint8, shape=(classes, *grid.shape)
        )
        plan = plan_slabs(geometry, grid, VOXEL_BYTES + 2 * classes, self.settings)
        # No smoothing: a small lesion would drown.
        found: list[list[np.ndarray]] = [[] for _ in range(classes)]
        for slab in read_slabs(plan, lambda start, stop: read_values(files, start, stop)):
            states = resample_states(np.take(table, slab.voxels, axis=1), slab.positions)
            target[(slice(None), *slab.target)] = states
            for own, state in zip(found, states, strict=True):
                where = np.argwhere(state == POSITIVE)
                where[:, plan.axis] += slab.target[plan.axis].start
                own.append(where)
        target.flush()
        return [thin_out(np.concatenate(own)) for own in found]

    def _judge_units(self, lowest: float, highest: float) -> list[str]:
        low, high = self.settings.window_hu
        if lowest >= high or highest <= low:
            raise ImageError(
                f"values within the window from {low:g} to {high:g} (window_hu)",
                f"{lowest:g} to {highest:g}",
                "Are these Hounsfield units? Fix scl_slope and scl_inter, or window_hu",
            )
        if lowest < 0.0:
            return []
        return [f"no value below {lowest:g}: Hounsfield units of air are near -1000"]


def _group(files: Path | Sequence[Path]) -> tuple[Path, ...]:
    return (files,) if isinstance(files, Path) else tuple(files)


def _describe_meaning(meaning: MaskMeaning) -> dict[str, Any]:
    states = {str(value): list(row) for value, row in sorted(meaning.states.items())}
    return {**meaning._asdict(), "states": states}


def _find_lost(
    meaning: MaskMeaning,
    counts: Mapping[int, int],
    lesions: Sequence[Int[np.ndarray, "_ 3"]],
) -> list[str]:
    """Say which classes the coarser grid has lost."""
    lost = []
    for place, (name, own) in enumerate(zip(meaning.classes, lesions, strict=True)):
        held = sum(
            count for value, count in counts.items() if meaning.states[value][place] == POSITIVE
        )
        if held and not len(own):
            lost.append(f"{name}: {held:,} voxels in the file, none at this spacing")
    return lost
