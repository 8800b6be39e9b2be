import io
import zipfile

import numpy as np
import pytest

from labelassemble.errors import SourceError
from labelassemble.settings import SourceSettings
from labelassemble.sources.manifest_file import load_manifest
from labelassemble.sources.read import read_source

SEVERAL = """
name = "mine"
[labels]
encoding = "npz_arrays"
file = "small*.npz"
several = true
classes = ["Mass", "Edema"]
[split]
values = { train = "train", val = "validate" }
"""
ONE = """
name = "mine"
[labels]
encoding = "npz_arrays"
file = "small.npz"
classes = ["none", "Mass", "Edema"]
[scope]
no_finding = ["none"]
[split]
values = { train = "train", val = "validate" }
"""


def images(count):
    return np.zeros((count, 4, 4), dtype=np.uint8)


def save(folder, name="small.npz", **arrays):
    np.savez_compressed(folder / name, **arrays)


def states(table):
    names = table.images["image"]
    return {
        names[int(i)]: row.tolist()
        for i, row in zip(table.assessments.image, table.assessments.state, strict=True)
    }


def test_a_column_a_class_and_zeros_are_negative(read_handmade, tmp_path):
    labels = np.array([[1, 0], [0, 0], [1, 1]], dtype=np.uint8)
    save(tmp_path, train_images=images(3), train_labels=labels)
    table = read_handmade(None, SEVERAL)
    assert table.scope == table.assessments.columns == ("Mass", "Edema")
    assert states(table) == {"train/0": [3, 1], "train/1": [1, 1], "train/2": [3, 3]}
    place = f"{tmp_path}/small.npz#train_images/1"
    assert table.images.filter(image="train/1")["path"].to_list() == [place]


def test_a_class_index_and_the_parts_are_the_split(read_handmade, tmp_path):
    save(
        tmp_path,
        train_images=images(12),
        train_labels=np.arange(12)[:, None] % 3,
        val_images=images(1),
        val_labels=np.array([[2]]),
    )
    table = read_handmade(None, ONE)
    assert table.scope == ("Mass", "Edema")
    assert {name: state for name, state in states(table).items() if name != "val/0"} == {
        f"train/{place}": [[1, 1], [3, 1], [1, 3]][place % 3] for place in range(12)
    }
    paths = dict(table.images.select("image", "path").iter_rows())
    assert all(path.endswith(f"{name.split('/')[1]}") for name, path in paths.items())
    assert table.images.group_by("official_split").len().sort("len").rows() == [
        ("validate", 1),
        ("train", 12),
    ]
    assert table.inputs[0].rows == 13


def test_an_empty_part_is_no_mistake(read_handmade, tmp_path):
    save(
        tmp_path,
        train_images=images(1),
        train_labels=np.array([[1, 0]]),
        val_images=images(0),
        val_labels=np.zeros((0, 2), dtype=int),
    )
    assert read_handmade(None, SEVERAL).images.height == 1


@pytest.mark.parametrize(
    ("labels", "got"),
    [
        (np.array([[1, 0, 0]]), "3 columns, 0 to 1"),
        (np.array([[2, 0]]), "2 columns, 0 to 2"),
        (np.array([[-1, 0]]), "2 columns, -1 to 0"),
        (np.array([[0.5, 0]]), "2 columns, 0.0 to 0.5"),
        (np.array([[np.nan, 0]]), "2 columns"),
        (np.array([["1", "0"]]), "2 columns"),
        (np.array([1]), "1 column, 1 to 1"),
        (np.array(1), "1 column, 1 to 1"),
    ],
)
def test_labels_of_another_form_are_refused(read_handmade, tmp_path, labels, got):
    save(tmp_path, train_images=images(1), train_labels=labels)
    with pytest.raises(SourceError) as caught:
        read_handmade(None, SEVERAL)
    assert "2 columns of 0 and 1" in caught.value.expected
    assert got in caught.value.got


def test_arrays_that_do_not_belong_together_are_refused(read_handmade, tmp_path):
    save(tmp_path, train_images=images(2), train_labels=np.array([[1, 0]]))
    with pytest.raises(SourceError, match="1 and 2 in train"):
        read_handmade(None, SEVERAL)
    save(tmp_path, images=images(1), labels=np.array([[1, 0]]))
    with pytest.raises(SourceError, match="<part>_images and <part>_labels"):
        read_handmade(None, SEVERAL)


def test_what_is_no_npz_file_is_refused(read_handmade, tmp_path):
    whole = io.BytesIO()
    np.savez_compressed(whole, train_images=images(50), train_labels=np.ones((50, 2), dtype=int))
    unpacked = io.BytesIO()
    np.save(unpacked, np.ones(3))
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("train_labels.npy", b"")
        file.writestr("train_images.npy", b"no array")
    pickled = io.BytesIO()
    np.savez(pickled, train_images=images(1), train_labels=np.array([[{}, 1]], dtype=object))
    for content in (b"", b"text", unpacked, whole.getvalue()[:-40], archive, pickled):
        raw = content if isinstance(content, bytes) else content.getvalue()
        (tmp_path / "small.npz").write_bytes(raw)
        with pytest.raises(SourceError) as caught:
            read_handmade(None, SEVERAL)
        assert "npz file at" in caught.value.expected or "arrays" in caught.value.expected


def test_two_sizes_of_one_data_set_are_refused(read_handmade, tmp_path):
    for name in ("small.npz", "small_64.npz"):
        save(tmp_path, name, train_images=images(1), train_labels=np.array([[1, 0]]))
    with pytest.raises(SourceError, match="other sizes hold the same images"):
        read_handmade(None, SEVERAL)


@pytest.mark.parametrize("name", ["pneumoniamnist.npz", "deep/pneumoniamnist_64.npz"])
def test_arrays_within_an_archive_are_to_be_unpacked(tmp_path, name):
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr(name, b"never read")
    source = SourceSettings(name="chest", manifest="pneumoniamnist", folder=tmp_path)
    with pytest.raises(SourceError, match=r"in all\.zip.*\n.*Unpack all\.zip"):
        read_source(source, load_manifest("pneumoniamnist"))
