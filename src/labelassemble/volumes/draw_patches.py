"""Which patches are seen: drawn here, cut out in ``read_patch``."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool

from labelassemble.errors import SettingsError
from labelassemble.settings import PatchSettings
from labelassemble.volumes.places import Places


class Patch(NamedTuple):
    """Where one patch lies and why.

    Attributes:
        image: number of the image.
        centre: its voxel in the patch's middle (the upper one of two); may lie near a border.
        of_class: number of the class for which it was drawn.
        lesion: whether it holds a voxel where that class is positive; else its middle was one where
            somebody ruled the class out.
    """

    image: int
    centre: tuple[int, ...]
    of_class: int
    lesion: bool


def draw_patches(
    generator: np.random.Generator, places: Sequence[Places], count: int, settings: PatchSettings
) -> list[Patch]:
    """Draw patches around lesions and background, the classes equally often in both.

    ``lesion_fraction`` of the patches is drawn as: a class among those with a lesion somewhere, an
    image that holds it, one of its voxels, and a shift of the patch within which the voxel stays
    inside. The rest as: a class that somebody ruled out somewhere, an image where, a place of its
    body that is negative for this class and positive for none. A class that is unknown in an image
    finds no background there.

    Args:
        generator: of everything that is drawn.
        places: of each image, all in 2-D or all in 3-D, with the same classes.
        count: patches.
        settings: size, ``lesion_fraction`` and ``shift``.

    Returns:
        The patches in random order. Without any lesion all are background, and the other way round.

    Raises:
        SettingsError: neither lesions nor background, or a size of another number of axes.
    """
    if not places or not places[0].lesions:
        raise SettingsError("images and classes to draw patches of", "none", "Check the masks")
    if any(len(one.shape) != len(settings.size) for one in places):
        raise SettingsError(
            f"patches with an axis for each of the images' {len(places[0].shape)}",
            f"size = {settings.size}",
            "Fix the size of patches",
        )
    holds = np.array([[len(own) > 0 for own in one.lesions] for one in places])
    lacks = np.array([one.negative.any(axis=0) for one in places])
    if not holds.any() and not lacks.any():
        raise SettingsError(
            "a voxel that is known, inside the body",
            f"none in {len(places)} images",
            "Check the masks, and body_above_hu",
        )
    share = settings.lesion_fraction if holds.any() and lacks.any() else float(holds.any())
    wanted = count * share
    lesions = int(wanted) + int(generator.random() < wanted - int(wanted))
    patches = [_draw_lesion(generator, places, holds, settings) for _ in range(lesions)]
    patches += [_draw_background(generator, places, lacks) for _ in range(count - lesions)]
    return [patches[place] for place in generator.permutation(count)]


def _draw_lesion(
    generator: np.random.Generator,
    places: Sequence[Places],
    holds: Bool[np.ndarray, "images classes"],
    settings: PatchSettings,
) -> Patch:
    of_class = int(generator.choice(np.flatnonzero(holds.any(axis=0))))
    image = int(generator.choice(np.flatnonzero(holds[:, of_class])))
    own = places[image].lesions[of_class]
    voxel = own[generator.integers(len(own))]
    reach = np.array([int(settings.shift * (side - 1) / 2.0) for side in settings.size])
    centre = voxel + generator.integers(-reach, reach + 1)
    return Patch(image, tuple(int(one) for one in centre), of_class, True)


def _draw_background(
    generator: np.random.Generator,
    places: Sequence[Places],
    lacks: Bool[np.ndarray, "images classes"],
) -> Patch:
    of_class = int(generator.choice(np.flatnonzero(lacks.any(axis=0))))
    image = int(generator.choice(np.flatnonzero(lacks[:, of_class])))
    own = np.flatnonzero(places[image].negative[:, of_class])
    centre = places[image].background[own[generator.integers(len(own))]]
    return Patch(image, tuple(int(one) for one in centre), of_class, False)
