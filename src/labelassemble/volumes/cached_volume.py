"""One volume of a cache: its arrays stay on disk and are mapped when they are used."""

import json
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, UInt8

from labelassemble.sources.assessments import UNKNOWN
from labelassemble.volumes.draw_patches import Patch
from labelassemble.volumes.geometry import Affine, FileGeometry
from labelassemble.volumes.places import Places, settle_places
from labelassemble.volumes.read_patch import PatchArrays, read_patch
from labelassemble.volumes.volume import Volume

IMAGE, STATE, PLACES, FACTS = "image.npy", "state.npy", "places.npz", "facts.json"


class CachedVolume:
    """A volume after reorientation, resampling and window, with its mask.

    It can be handed to other processes; each maps the files for itself.

    Args:
        folder: as ``VolumeCache`` makes it.

    Attributes:
        folder: where it lies.
        classes: names of the first axis of ``state``.
        shape: right, anterior, superior.
        affine: index of a voxel's centre to patient millimetres, RAS+.
        notes: what was done or is odd, a sentence each; for the report.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        facts: dict[str, Any] = json.loads((folder / FACTS).read_text(encoding="utf-8"))
        self.classes: tuple[str, ...] = tuple(facts["classes"])
        self.shape: tuple[int, ...] = tuple(facts["shape"])
        self.affine: Affine = np.array(facts["affine_mm"])
        self.notes: tuple[str, ...] = tuple(facts["notes"])
        self._facts = facts

    @cached_property
    def image(self) -> Float[np.ndarray, "right anterior superior"]:
        """Grey values in [0, 1], float16, mapped."""
        mapped: Float[np.ndarray, "right anterior superior"] = np.load(
            self.folder / IMAGE, mmap_mode="r"
        )
        return mapped

    @cached_property
    def state(self) -> UInt8[np.ndarray, "classes right anterior superior"]:
        """0 unknown, 1 negative, 3 positive, mapped; without a mask everything is unknown."""
        if (self.folder / STATE).exists():
            mapped: UInt8[np.ndarray, "classes right anterior superior"] = np.load(
                self.folder / STATE, mmap_mode="r"
            )
            return mapped
        return np.broadcast_to(np.uint8(UNKNOWN), (len(self.classes), *self.shape))

    @cached_property
    def places(self) -> Places:
        """Where patches may be centred."""
        with np.load(self.folder / PLACES) as kept:
            lesions = tuple(kept[f"lesions_{place}"] for place in range(len(self.classes)))
            return settle_places(self.state, lesions, kept["body"])

    def like(self) -> Volume:
        """Give the volume as ``write_prediction`` and ``write_lesions`` want it."""
        own = self._facts["file"]
        file = FileGeometry(
            tuple(own["shape"]),
            np.array(own["affine_mm"]),
            tuple(own["axes"]),
            tuple(own["flips"]),
        )
        return Volume(self.image, self.affine, self._facts["unit"], file, self.notes)

    def read(self, patch: Patch, size: tuple[int, int, int]) -> PatchArrays:
        """Cut one patch out; only its voxels are read from disk."""
        return read_patch(self.image, self.state, patch.centre, size)

    def __reduce__(self) -> tuple[type["CachedVolume"], tuple[Path]]:
        return CachedVolume, (self.folder,)
