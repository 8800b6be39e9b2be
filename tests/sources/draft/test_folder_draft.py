import cv2
import numpy as np

from labelassemble.sources.draft.folder_draft import draft_folder
from labelassemble.sources.draft.place_images import common_folder
from labelassemble.sources.draft.survey import survey_folder
from labelassemble.vocabulary.vocabulary import load_vocabulary

FIND = load_vocabulary("chest_radiograph").find


def draft(folder, files):
    for name, value in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), np.full((4, 4), value, np.uint8))
    return draft_folder(survey_folder(folder), FIND)


def values(draft, table):
    return {key: line.value for key, line in draft.tables[table].items()}


def encoding(draft):
    return draft.labels.labels["encoding"].value


def test_folders_as_classes(tmp_path):
    files = [
        f"data/{p}/{w}/{n}.png"
        for p in ("train", "test")
        for w in ("normal", "mass")
        for n in "abc"
    ]
    first, bare = draft(tmp_path, dict.fromkeys(files, 0))
    assert encoding(first) == "folder_names"
    assert first.labels.words == {"mass": "6 files"}
    assert values(first, "images") == {"folder": "data"}
    assert values(first, "split") == {"values": {"test": "test", "train": "train"}}
    assert bare.labels is None


def test_masks_in_a_folder_of_their_own_and_beside_the_images(tmp_path):
    files = {f"images/{w} ({n}).png": 0 for w in ("benign", "normal") for n in range(3)}
    masks = {name.replace("images", "masks"): 1 for name in files}
    first, second, _ = draft(tmp_path / "a", files | masks)
    assert encoding(first) == "folder_names"
    assert values(first, "images") == {"folder": "images"}
    assert "masks below masks/" in first.asides[0]
    assert encoding(second) == "mask_values"
    beside = {f"normal/x{n}.png": 0 for n in range(3)} | {f"benign/x{n}.png": 0 for n in range(3)}
    beside |= {name.replace(".png", "_mask.png"): 0 for name in beside}
    first = draft(tmp_path / "b", beside)[0]
    assert encoding(first) == "class_column"
    assert values(first, "table")["names"].startswith("(?!")
    assert "beside the images" in first.asides[0]


def test_masks_alone(tmp_path):
    files = {f"images/{n}.png": 0 for n in range(4)} | {f"masks/{n}.png": n % 3 for n in range(4)}
    first = draft(tmp_path, files)[0]
    labels = {key: line.value for key, line in first.labels.labels.items()}
    assert labels == {
        "encoding": "mask_values",
        "case": r"images/(?P<case>[^/]+)\.png",
        "mask": "masks/{case}.png",
        "values": {"1": "value_1", "2": "value_2"},
    }


def test_images_that_are_no_masks(tmp_path):
    files = {f"images/{n}.png": 0 for n in range(4)}
    for n in range(4):
        path = tmp_path / f"masks/{n}.png"
        path.parent.mkdir(exist_ok=True)
        cv2.imwrite(str(path), np.arange(64, dtype=np.uint8).reshape(8, 8))
    assert [one.labels for one in draft(tmp_path, files)] == [None]


def test_bare_images_with_and_without_patients(tmp_path):
    (with_patients,) = draft(tmp_path / "a", {f"x/{n // 2:04}_{n % 2}.png": 0 for n in range(12)})
    assert values(with_patients, "table")["names"] == ".+"
    assert values(with_patients, "images") == {"folder": "x"}
    (without,) = draft(tmp_path / "b", {f"{n}.png": 0 for n in range(4)})
    assert "No patient is known" in without.asides[0]
    assert without.tables == {}


def test_nothing(tmp_path):
    assert draft(tmp_path, {}) == []


def test_common_folders():
    assert common_folder(["a/b/c.png", "a/bc/d.png"]) == "a"
    assert common_folder(["a.png", "b/c.png"]) == "."
