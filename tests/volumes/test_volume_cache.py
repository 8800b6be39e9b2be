import gzip
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from labelassemble.errors import ImageError, SourceError
from labelassemble.settings import PatchSettings, VolumeSettings
from labelassemble.sources.assessments import NEGATIVE, POSITIVE, UNKNOWN
from labelassemble.volumes import volume_cache as module
from labelassemble.volumes.draw_patches import draw_patches
from labelassemble.volumes.mask_meaning import MaskMeaning
from labelassemble.volumes.read_mask import read_mask
from labelassemble.volumes.read_volume import read_volume
from labelassemble.volumes.resample import VoxelGrid, find_positions, resample, resample_states
from labelassemble.volumes.volume_cache import VolumeCache
from labelassemble.volumes.window import window
from labelassemble.volumes.write_prediction import write_prediction

Write = Callable[..., Path]

AFFINE = np.array([[0, 0, -2.5, 30.0], [-0.8, 0, 0, 20], [0, 0.9, 0, 10], [0, 0, 0, 1]])
MEANING = MaskMeaning(
    ("tumor", "cyst"), {0: (NEGATIVE, UNKNOWN), 1: (NEGATIVE, UNKNOWN), 2: (POSITIVE, UNKNOWN)}
)


@pytest.fixture
def files(write_nifti: Write) -> tuple[Path, Path]:
    values = np.full((30, 28, 20), -1000, dtype=np.int16)
    values[4:26, 4:24, 2:18] = 40
    mask = np.zeros(values.shape, dtype=np.uint8)
    mask[6:20, 6:20, 4:12] = 1
    mask[10:16, 10:15, 6:10] = 2
    values[mask == 2] = 120
    return write_nifti(values, AFFINE), write_nifti(mask, AFFINE, "mask.nii.gz")


def test_a_cached_volume_is_what_reading_resampling_and_window_give(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    settings = VolumeSettings(spacing_mm=(1.5, 1.0, 2.0))
    kept = VolumeCache(tmp_path / "cache", settings).add(files[0], files[1], MEANING)
    volume = read_volume(files[0])
    plain = resample(volume, (1.5, 1.0, 2.0))
    assert kept.shape == plain.shape
    assert np.allclose(kept.affine, plain.affine)
    expected = window(plain.voxels, *settings.window_hu)
    assert np.abs(kept.image - expected).max() < 1e-3
    mask = read_mask(files[1], volume, MEANING)
    positions = find_positions(mask.affine, VoxelGrid(plain.shape, plain.affine))
    state = resample_states(mask.state, positions)
    assert np.array_equal(kept.state, state)
    assert kept.classes == ("tumor", "cyst")
    found = kept.places
    assert np.array_equal(found.lesions[0], np.argwhere(state[0] == POSITIVE))
    assert len(found.lesions[1]) == 0
    assert len(found.background) > 1000
    assert (plain.voxels[tuple(found.background.T)] > -500).all()
    assert not found.negative[:, 1].any()


def test_little_memory_gives_the_same_volume(files: tuple[Path, Path], tmp_path: Path) -> None:
    whole, slabs = (
        VolumeCache(tmp_path / str(gib), VolumeSettings(memory_gib=gib)).add(*files, MEANING)
        for gib in (1.0, 0.0005)
    )
    assert np.array_equal(whole.state, slabs.state)
    assert np.abs(whole.image.astype(np.float32) - slabs.image).max() < 1e-3
    assert np.array_equal(whole.places.background, slabs.places.background)
    # The file alone needs more than that.
    with pytest.raises(ImageError, match="memory_gib"):
        read_volume(files[0], VolumeSettings(memory_gib=3e-5))
    with pytest.raises(ImageError, match="GiB a layer"):
        VolumeCache(tmp_path / "none", VolumeSettings(memory_gib=1e-6)).add(*files, MEANING)
    assert not [one for one in (tmp_path / "none").iterdir() if one.name.startswith(".")]


def test_a_volume_is_made_once_and_known_by_content_and_settings(
    files: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = VolumeCache(tmp_path / "cache", VolumeSettings())
    first = cache.add(files[0], files[1], MEANING)
    moved = tmp_path / "elsewhere.nii.gz"
    moved.write_bytes(files[0].read_bytes())
    others = [
        VolumeCache(tmp_path / "cache", VolumeSettings(window_hu=(0.0, 100.0))).add(
            files[0], files[1], MEANING
        ),
        cache.add(files[0], files[1], MEANING._replace(smallest=5)),
        cache.add(files[0], None, MEANING),
    ]
    assert len({first.folder, *(one.folder for one in others)}) == 4
    monkeypatch.setattr(module, "open_volume", None)
    assert cache.add(moved, files[1], MEANING).folder == first.folder
    more = VolumeCache(tmp_path / "cache", VolumeSettings(memory_gib=8.0))
    assert more.add(files[0], files[1], MEANING).folder == first.folder


def test_a_killed_run_leaves_nothing_that_counts(
    files: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = VolumeCache(tmp_path / "cache", VolumeSettings())
    with monkeypatch.context() as patched:
        patched.setattr(module, "resample_states", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            cache.add(*files, MEANING)
    folders = [one for one in (tmp_path / "cache").iterdir() if one.is_dir()]
    assert [one.name for one in folders] == ["locks"]
    # What a process that was killed outright left half done goes too.
    kept = cache.add(*files, MEANING).folder
    half = kept.with_name(f".aside.{kept.name}")
    kept.rename(half)
    (half / "facts.json").unlink()
    assert cache.add(*files, MEANING).state.any()
    assert not half.exists()


def test_patches_come_from_disk_in_every_process(files: tuple[Path, Path], tmp_path: Path) -> None:
    kept = VolumeCache(tmp_path / "cache", VolumeSettings()).add(*files, MEANING)
    data = pickle.dumps(kept)
    assert len(data) < 1000
    again = pickle.loads(data)
    settings = PatchSettings(size=(12, 12, 12))
    patches = draw_patches(np.random.default_rng(0), [kept.places], 20, settings)
    for patch in patches:
        got = again.read(patch, (12, 12, 12))
        assert got.image.shape == (12, 12, 12)
        assert got.label[0].any() or not patch.lesion
        assert not got.known[1].any()
    assert sum(one.lesion for one in patches) == 10


def test_an_prediction_to_a_cached_volume_goes_back_to_its_file(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    kept = VolumeCache(tmp_path / "cache", VolumeSettings(spacing_mm=(1.0, 1.0, 1.0))).add(
        *files, MEANING
    )
    write_prediction(kept.like(), kept.state[0] == POSITIVE, tmp_path / "probability.nii.gz")
    volume = read_volume(files[0])
    own = read_mask(files[1], volume, MEANING)
    probability = read_volume(tmp_path / "probability.nii.gz")
    assert np.abs(probability.affine - volume.affine).max() < 1e-5
    both = (probability.voxels > 0) & own.positive[0]
    assert 2 * both.sum() / ((probability.voxels > 0).sum() + own.positive[0].sum()) > 0.9


def test_odd_things_are_noted(write_nifti: Write, files: tuple[Path, Path], tmp_path: Path) -> None:
    speck = np.zeros((30, 28, 20), dtype=np.uint8)
    speck[11, 11, 7] = 2
    coarse = VolumeSettings(spacing_mm=(6.0, 6.0, 6.0))
    kept = VolumeCache(tmp_path / "cache", coarse).add(
        files[0], write_nifti(speck, AFFINE, "speck.nii"), MEANING
    )
    assert kept.notes == ("tumor: 1 voxels in the file, none at this spacing",)
    shifted = read_volume(files[0]).voxels + 1024
    cache = VolumeCache(tmp_path / "cache", VolumeSettings(window_hu=(900.0, 1200.0)))
    kept = cache.add(write_nifti(shifted, name="shifted.nii"))
    assert kept.notes == ("no value below 24: Hounsfield units of air are near -1000",)
    assert kept.classes == ()
    with pytest.raises(ImageError, match="Are these Hounsfield units"):
        VolumeCache(tmp_path / "cache", VolumeSettings()).add(
            write_nifti(shifted + 5000, name="more.nii")
        )


def test_bad_input_leaves_nothing_half_done(
    write_nifti: Write, files: tuple[Path, Path], tmp_path: Path
) -> None:
    cache = VolumeCache(tmp_path / "cache", VolumeSettings())
    strange = np.full((30, 28, 20), 7, dtype=np.uint8)
    with pytest.raises(SourceError, match="7 in 16,800 voxels"):
        cache.add(files[0], write_nifti(strange, AFFINE, "s.nii"), MEANING)
    with pytest.raises(ImageError, match="mm apart"):
        cache.add(files[0], write_nifti(strange, np.eye(4), "s.nii"), MEANING)
    with pytest.raises(ImageError, match="meaning of a mask"):
        cache.add(files[0], files[1])
    with pytest.raises(ImageError, match="no such file"):
        cache.add(tmp_path / "none.nii.gz")
    (tmp_path / "file").write_text("")
    with pytest.raises(ImageError, match="can be written"):
        VolumeCache(tmp_path / "file", VolumeSettings()).add(files[0])
    folders = [one.name for one in (tmp_path / "cache").iterdir() if one.is_dir()]
    assert folders == ["locks"]


def test_a_series_is_known_by_its_slices_whatever_their_names(
    write_series: Write, tmp_path: Path
) -> None:
    stored = np.random.default_rng(0).integers(0, 2000, (6, 8, 9)).astype(np.uint16)
    folder = write_series(stored)
    cache = VolumeCache(tmp_path / "cache", VolumeSettings())
    first = cache.add(folder)
    (folder / "IM0000").rename(folder / "Z")
    assert cache.add(folder).folder == first.folder
    assert first.like().unit == "HU"


@pytest.mark.parametrize("spacing", [(1.5, 1.0, 2.0), (9.0, 9.0, 9.0)])
@pytest.mark.parametrize("which", [0, 1])
def test_one_wrong_bit_in_a_packed_file_is_an_error(
    files: tuple[Path, Path], tmp_path: Path, which: int, spacing: tuple[float, float, float]
) -> None:
    """Stored, not squeezed, every byte is a voxel's: only the checksum shows the wrong one."""
    path, cache = files[which], VolumeCache(tmp_path / "c", VolumeSettings(spacing_mm=spacing))
    content = bytearray(gzip.compress(gzip.decompress(path.read_bytes()), compresslevel=0))
    for place in (2_000, len(content) - 60):
        content[place] ^= 1
        path.write_bytes(bytes(content))
        with pytest.raises(ImageError, match="CRC check failed") as caught:
            cache.add(files[0], files[1], MEANING)
        assert str(path) in caught.value.expected
        content[place] ^= 1
    path.write_bytes(bytes(content))
    assert cache.add(files[0], files[1], MEANING).state.any()


def test_several_masks_of_one_volume_are_joined(
    files: tuple[Path, Path], write_nifti: Write, tmp_path: Path
) -> None:
    more = np.zeros((30, 28, 20), dtype=np.uint8)
    more[20:25, 5:9, 4:9] = 2
    other = write_nifti(more, AFFINE, "more.nii.gz")
    cache = VolumeCache(tmp_path / "cache", VolumeSettings(spacing_mm=(2.5, 0.8, 0.9)))
    one, both = (
        cache.add(files[0], [group], MEANING) for group in ((files[1],), (files[1], other))
    )
    assert both.folder != one.folder
    gained = (both.state[0] == POSITIVE) & (one.state[0] != POSITIVE)
    assert gained.sum() == (more == 2).sum()
