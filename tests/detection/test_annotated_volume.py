from collections.abc import Callable
from pathlib import Path

import nibabel
import numpy as np

from labelassemble.detection.annotated import OUTSIDE
from labelassemble.detection.annotated_volume import AnnotatedVolume
from labelassemble.settings import VolumeSettings
from labelassemble.sources.assessments import NEGATIVE, POSITIVE, UNKNOWN
from labelassemble.volumes.mask_meaning import MaskMeaning
from labelassemble.volumes.volume_cache import VolumeCache

FIRST = MaskMeaning(("pdac", "cyst"), {0: (NEGATIVE, UNKNOWN), 1: (POSITIVE, UNKNOWN)})
SECOND = MaskMeaning(("pdac", "cyst"), {0: (NEGATIVE, NEGATIVE), 1: (POSITIVE, POSITIVE)})


def write(folder: Path, name: str, array: np.ndarray) -> Path:
    path = folder / f"{name}.nii.gz"
    nibabel.save(nibabel.Nifti1Image(array, np.diag([2.0, 2.0, 3.0, 1.0])), path)
    return path


def test_two_sources_drew_on_one_volume(tmp_path: Path) -> None:
    values = np.random.default_rng(0).integers(0, 100, (10, 9, 8)).astype(np.int16)
    one, other = (np.zeros(values.shape, dtype=np.uint8) for _ in range(2))
    one[2:4, 2:4, 2:4], other[5:8, 5:8, 5:8] = 1, 1
    image = write(tmp_path, "image", values)
    cache = VolumeCache(tmp_path / "cache", VolumeSettings(spacing_mm=None))
    masks = [
        cache.add(image, write(tmp_path, name, mask), meaning)
        for name, mask, meaning in (("one", one, FIRST), ("other", other, SECOND))
    ]
    annotated = AnnotatedVolume(masks[0], masks, 2)
    pdac, cyst = annotated.state()
    assert np.array_equal(pdac == POSITIVE, one == 1), "the first source is not in doubt"
    assert np.array_equal(cyst == POSITIVE, other == 1), "the second one says what it leaves open"
    grey, drawn = annotated.cut((0, 4, 4), (4, 4, 4))
    assert (drawn[:, :2] == OUTSIDE).all()
    assert np.array_equal(drawn[:, 2:], annotated.state()[:, :2, 2:6, 2:6])
    assert np.array_equal(grey[2:], annotated.image()[:2, 2:6, 2:6].astype(np.float32))
    points = np.array([[2, 2, 2], [6, 6, 6], [0, 0, 0]])
    assert np.array_equal(annotated.state_at(points), annotated.state()[(slice(None), *points.T)])
    assert annotated.spacing.tolist() == [2.0, 2.0, 3.0]
    assert annotated.content == "+".join(each.folder.name for each in masks)


def test_nothing_drawn(tmp_path: Path, make_recipe: Callable[..., object]) -> None:
    image = write(tmp_path, "image", np.full((6, 6, 6), 50, dtype=np.int16))
    kept = VolumeCache(tmp_path / "cache", VolumeSettings(spacing_mm=None)).add(image)
    annotated = AnnotatedVolume(kept, [], 2)
    assert not annotated.state().any()
    assert not annotated.state_at(np.zeros((3, 3), dtype=np.int64)).any()
    assert len(annotated.lesions(1)) == 0
    assert len(annotated.body()) > 100
    _, drawn = annotated.cut((0, 0, 0), (4, 4, 4))
    assert sorted(np.unique(drawn)) == [UNKNOWN, OUTSIDE]
