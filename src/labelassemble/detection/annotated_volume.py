"""A volume in the cache, with the masks of every source that drew one."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Shaped, UInt8

from labelassemble.detection.annotated import MAX_BACKGROUND, OUTSIDE, State, join_states
from labelassemble.volumes.cached_volume import PLACES, CachedVolume
from labelassemble.volumes.geometry import spacing_of
from labelassemble.volumes.places import Coordinates
from labelassemble.volumes.read_patch import cut_patch


class AnnotatedVolume:
    """See ``Annotated``; nothing but the headers is in memory.

    Args:
        image: the volume.
        masks: the same volume with each source's mask, the first in doubt; all with the same
            classes. None of them: nothing is drawn.
        classes: how many there are.
    """

    def __init__(self, image: CachedVolume, masks: Sequence[CachedVolume], classes: int) -> None:
        self.volume, self.masks, self.classes = image, tuple(masks), classes

    @property
    def shape(self) -> tuple[int, ...]:
        """Voxels along right, anterior, superior."""
        return self.volume.shape

    @property
    def content(self) -> str:
        """Names in the cache are hashes of files and settings."""
        return "+".join(one.folder.name for one in self.masks or (self.volume,))

    @property
    def spacing(self) -> Float[np.ndarray, " axes"]:
        """In mm."""
        return np.array(spacing_of(self.volume.affine))

    @property
    def affine(self) -> Float[np.ndarray, "axes_and_1 axes_and_1"]:
        """To patient millimetres, RAS+."""
        return self.volume.affine

    def image(self) -> Shaped[np.ndarray, "*space"]:
        """Grey values in [0, 1], mapped."""
        return self.volume.image

    def cut(
        self, centre: Sequence[int], size: Sequence[int]
    ) -> tuple[Float[np.ndarray, "*space"], State]:
        """Cut a patch out; only its voxels are read from disk."""
        grey = cut_patch(self.volume.image, centre, size, 0).astype(np.float32)
        if self.masks:
            return grey, join_states(
                [cut_patch(one.state, centre, size, OUTSIDE) for one in self.masks]
            )
        nothing = np.broadcast_to(np.uint8(0), (self.classes, *self.shape))
        return grey, cut_patch(nothing, centre, size, OUTSIDE)

    def state(self) -> State:
        """Give what is drawn, of the whole volume."""
        if not self.masks:
            return np.zeros((self.classes, *self.shape), dtype=np.uint8)
        return np.asarray(join_states([one.state for one in self.masks]))

    def state_at(self, points: Coordinates) -> UInt8[np.ndarray, "classes points"]:
        """Give what is drawn at some voxels."""
        if not self.masks:
            return np.zeros((self.classes, len(points)), dtype=np.uint8)
        return join_states([one.state[(slice(None), *points.T)] for one in self.masks])

    def lesions(self, of_class: int) -> Coordinates:
        """Voxels of a class's lesions, many of them, evenly thinned out."""
        found = [_read_places(one, f"lesions_{of_class}") for one in self.masks]
        return np.concatenate([np.empty((0, 3), dtype=np.int64), *found])

    def body(self) -> Coordinates:
        """Some voxels inside the body, evenly spread."""
        # The cache keeps them in an order of which every beginning is evenly spread.
        return _read_places(self.volume, "body")[:MAX_BACKGROUND]


def _read_places(volume: CachedVolume, name: str) -> Coordinates:
    with np.load(volume.folder / PLACES) as kept:
        places: Coordinates = kept[name]
    return places
