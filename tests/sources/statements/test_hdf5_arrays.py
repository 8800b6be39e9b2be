from pathlib import Path

import h5py
import numpy as np
import pytest

from labelassemble.files.read_image import read_image
from labelassemble.pipeline.check_source import check_source

MANIFEST = """
name = "arrays"
split.values = { train = "train", test = "test" }
[labels]
encoding = "npz_arrays"
file = "set.h5"
classes = ["normal", "pneumonia"]
[scope]
no_finding = ["normal"]
"""


def write(path: Path, **arrays: np.ndarray) -> None:
    with h5py.File(path, "w") as file:
        for name, values in arrays.items():
            file[name] = values


def test_arrays_of_an_hdf5_file_are_read_as_those_of_an_npz_file(tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text(MANIFEST)
    pixels = np.random.default_rng(0).integers(0, 256, (5, 8, 8), dtype=np.uint8)
    arrays = {
        "train_images": pixels[:3],
        "train_labels": np.array([[0], [1], [1]]),
        "test_images": pixels[3:],
        "test_labels": np.array([[1], [0]]),
    }
    write(tmp_path / "set.h5", **arrays)
    check = check_source(str(tmp_path / "m.toml"), tmp_path)
    assert not check.problems
    assert check.table is not None
    images = check.table.images
    assert images["official_split"].to_list() == ["test", "test", "train", "train", "train"]
    found = np.array([read_image(Path(path)) for path in images["path"]])
    assert np.array_equal(found, np.concatenate([pixels[3:], pixels[:3]]) / np.float32(255))
    np.savez(tmp_path / "set.npz", **arrays)
    (tmp_path / "n.toml").write_text(MANIFEST.replace("set.h5", "set.npz"))
    other = check_source(str(tmp_path / "n.toml"), tmp_path)
    assert other.terms == check.terms


@pytest.mark.parametrize("names", [{"x": "y"}, {"train_labels": "y"}])
def test_other_arrays_are_told_and_a_broken_file_too(tmp_path: Path, names) -> None:
    (tmp_path / "m.toml").write_text(MANIFEST)
    write(tmp_path / "set.h5", **dict.fromkeys(names, np.zeros((2, 1))))
    (problem,) = check_source(str(tmp_path / "m.toml"), tmp_path).problems
    assert "<part>_images" in str(problem.error)
    (tmp_path / "set.h5").write_bytes(b"\x89HDF\r\n\x1a\n and no more")
    (problem,) = check_source(str(tmp_path / "m.toml"), tmp_path).problems
    assert "a whole HDF5 file" in str(problem.error)
