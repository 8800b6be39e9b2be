import json

import numpy as np
import pytest

from labelassemble.sources.draft.other_files import guess_other_files
from labelassemble.sources.draft.survey import survey_folder


def guess(folder):
    found = list(guess_other_files(survey_folder(folder)))
    return found[0] if found else None


def values(found):
    return {key: line.value for key, line in found.labels.items()}


def write(folder, name, content=b""):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())


def coco(names, categories=("Mass", "Edema")):
    return {
        "images": [{"id": n, "file_name": name} for n, name in enumerate(names)],
        "categories": [{"id": n, "name": name} for n, name in enumerate(categories)],
        "annotations": [{"id": 1, "image_id": 0, "category_id": 0, "bbox": [1, 1, 2, 2]}],
    }


def test_coco(tmp_path):
    names = [f"{patient:04}_{image}.png" for patient in range(4) for image in range(2)]
    write(tmp_path, "train.json", coco(names))
    write(tmp_path, "val.json", coco(["9999_1.png"], ("Mass", "Cyst")))
    write(tmp_path, "other.json", {"images": []})
    write(tmp_path, "broken.json", b"{")
    found = guess(tmp_path)
    assert values(found)["file"] == ("train.json", "val.json")
    assert "patient" in values(found)["patient_pattern"]
    assert found.words == {"Mass": "2 images", "Cyst": "0 images", "Edema": "0 images"}


@pytest.mark.parametrize("numbered", [True, False])
def test_nnunet_and_decathlon(tmp_path, numbered):
    labels = {"background": 0, "liver": 1, "tumour": 2, "whole": [1, 2], "ignore": 3}
    write(
        tmp_path,
        "Task/dataset.json",
        {"labels": labels}
        if numbered
        else {"labels": {"0": "background", "1": "liver", "2": "tumour"}},
    )
    for case in ("a", "b"):
        write(tmp_path, f"Task/imagesTr/{case}{'_0000' * numbered}.nii.gz")
        write(tmp_path, f"Task/labelsTr/{case}.nii.gz")
    found = guess(tmp_path)
    assert "2 cases" in found.what
    assert values(found)["images.folder"] == "Task"
    assert values(found)["dataset"] == "dataset.json"
    assert values(found)["mask"] == "labelsTr/{case}.nii.gz"
    assert ("_0000" in values(found)["case"]) == numbered
    assert list(found.words) == ["liver", "tumour", *(["whole"] if numbered else [])]


@pytest.mark.parametrize("several", [True, False])
def test_arrays(tmp_path, several):
    labels = np.array([[1, 0, 1], [0, 0, 1]]) if several else np.array([[0], [2]])
    arrays = {"train_images": np.zeros((2, 4, 4)), "train_labels": labels, "val_labels": labels}
    np.savez(tmp_path / "a.npz", **arrays, val_images=np.zeros((2, 4, 4)))
    np.savez(tmp_path / "b.npz", x=np.zeros(3))
    (tmp_path / "c.npz").write_bytes(b"no")
    found = guess(tmp_path)
    assert values(found)["classes"] == ("class_0", "class_1", "class_2")
    assert values(found)["several"] == several
    assert values(found)["split.values"] == {"train": "train", "val": "validate"}
    assert found.words["class_2"] == ("4 images" if several else "2 images")
    assert found.own_scope


def test_reports(tmp_path):
    for number, term in enumerate(["normal", "Opacity/lung/left", "Opacity/mild", "normal"]):
        write(tmp_path, f"images/x{number}.png")
        text = f'<r><uId id="{number}"/><MeSH><major>{term}</major><automatic>q</automatic></MeSH>'
        text += f'<text>A long text, number {number}</text><parentImage id="x{number}"/></r>'
        write(tmp_path, f"reports/{number}.xml", text.encode())
    write(tmp_path, "reports/broken.xml", b"<r>")
    write(tmp_path, "reports/bomb.xml", b'<!DOCTYPE r [<!ENTITY a "b">]><r/>')
    found = guess(tmp_path)
    assert values(found) == {
        "encoding": "xml_terms",
        "file": "reports/*.xml",
        "terms": ("MeSH/major",),
        "image": "parentImage@id",
    }
    assert found.words == {"Opacity": "2 times"}
    assert list(found.none) == ["normal"]


def test_pascal_voc(tmp_path):
    for number in range(4):
        write(tmp_path, f"x{number}.jpg")
        text = f"<annotation><filename>x{number}.jpg</filename><object><name>mass</name></object>"
        text += "<object><name>cyst</name></object></annotation>"
        write(tmp_path, f"{number}.xml", text.encode())
    found = guess(tmp_path)
    assert values(found)["image"] == "annotation/filename" or values(found)["image"] == "filename"
    assert values(found)["terms"] == ("object/name",)


def test_nothing_of_these(tmp_path):
    write(tmp_path, "dataset.json", {"labels": {"a": 1}})
    write(tmp_path, "a.xml", b"<r><a>x</a></r>")
    assert guess(tmp_path) is None


def test_arrays_of_words_are_no_numbers_of_classes(tmp_path):
    words = np.array([["a"], ["b"]])
    np.savez(tmp_path / "a.npz", train_images=np.zeros((2, 8, 8), np.uint8), train_labels=words)
    assert list(guess_other_files(survey_folder(tmp_path))) == []
