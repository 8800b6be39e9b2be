import multiprocessing
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from labelassemble.errors import ImageError
from labelassemble.files.read_image import read_image
from labelassemble.images.build_store import build_store
from labelassemble.images.known_files import stamp_file
from labelassemble.settings import ImageSettings


@pytest.fixture
def arrays(tmp_path: Path) -> Path:
    generator = np.random.default_rng(0)
    np.savez_compressed(
        tmp_path / "mnist.npz",
        train_images=generator.integers(0, 256, (3, 28, 28), dtype=np.uint8),
        train_colours=generator.integers(0, 256, (1, 28, 28, 3), dtype=np.uint8),
        train_deep=generator.integers(0, 60_000, (1, 28, 28), dtype=np.uint16),
        train_labels=np.zeros((3, 1), dtype=np.uint8),
    )
    return tmp_path / "mnist.npz"


def test_an_image_inside_an_array_is_read_as_one(arrays: Path) -> None:
    with np.load(arrays) as whole:
        for row in range(3):
            image = read_image(Path(f"{arrays}#train_images/{row}"))
            assert np.array_equal(image, whole["train_images"][row] / np.float32(255))
        luma = whole["train_colours"][0] @ np.array([0.299, 0.587, 0.114])
    colours = read_image(Path(f"{arrays}#train_colours/0"))
    assert np.abs(colours * 255 - luma).max() < 1
    deep = read_image(Path(f"{arrays}#train_deep/0"))
    assert (deep.min(), deep.max()) == (0, 1)


def test_a_store_holds_them_and_knows_when_the_file_changed(arrays: Path, tmp_path: Path) -> None:
    files = {f"m/train/{row}": Path(f"{arrays}#train_images/{row}") for row in range(3)}
    settings = ImageSettings(size=28)
    store = build_store(files, settings, tmp_path / "store")
    assert len(set(store.content.values())) == 3
    before = stamp_file(f"{arrays}#train_images/0")
    assert before is not None
    np.savez(arrays, train_images=np.arange(3 * 784, dtype=np.uint8).reshape(3, 28, 28))
    assert stamp_file(f"{arrays}#train_images/0") != before
    again = build_store(files, settings, tmp_path / "store")
    assert set(again.content.values()).isdisjoint(store.content.values())


@pytest.mark.parametrize(
    ("inside", "got"),
    [("train_images/3", "IndexError"), ("test_images/0", "KeyError"), ("train_labels/0", "shape")],
)
def test_what_is_not_there_is_told(arrays: Path, inside: str, got: str) -> None:
    with pytest.raises(ImageError) as caught:
        read_image(Path(f"{arrays}#{inside}"))
    assert got in caught.value.got


def test_a_broken_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "broken.npz").write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(ImageError, match="BadZipFile"):
        read_image(tmp_path / "broken.npz#train_images" / "0")


def test_one_image_of_an_hdf5_file_is_read(tmp_path: Path) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (5, 9, 8), dtype=np.uint8)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("group/x", data=pixels, chunks=(2, 9, 8), compression="gzip")
        file["one"] = 7
    place = f"{tmp_path}/a.h5#group/x"
    for row in range(5):
        assert np.array_equal(read_image(Path(f"{place}/{row}")), pixels[row] / np.float32(255))
    with multiprocessing.get_context("fork").Pool(2) as pool:
        again = pool.map(read_image, [Path(f"{place}/{row}") for row in range(5)])
    assert np.array_equal(np.array(again), pixels / np.float32(255))
    for inside in ("group/x/5", "y/0", "group/0", "one/0"):
        with pytest.raises(ImageError, match="Fetch"):
            read_image(tmp_path / f"a.h5#{inside}")
    (tmp_path / "broken.h5").write_bytes(b"\x89HDF\r\n\x1a\n and no more")
    with pytest.raises(ImageError, match="Fetch"):
        read_image(tmp_path / "broken.h5#x" / "0")


def test_hdf5_without_its_library_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "b.h5").write_bytes(b"1")
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(ImageError, match=r"labelassemble\[hdf5\]"):
        read_image(tmp_path / "b.h5#x" / "0")


def test_an_array_that_grows_beyond_the_bounds_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "zeros.npz"
    np.savez_compressed(file, train_images=np.zeros((900, 32, 32), dtype=np.uint8))
    monkeypatch.setattr("labelassemble.files.growth.HARMLESS", 2**17)
    with pytest.raises(ImageError, match=r"(?s)train_images\.npy.*LABELASSEMBLE_UNPACKED_RATIO"):
        read_image(Path(f"{file}#train_images/0"))
