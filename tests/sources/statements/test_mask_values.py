import json

import nibabel
import numpy as np
import pytest
from PIL import Image

from labelassemble.errors import SourceError
from labelassemble.settings import SourceSettings
from labelassemble.sources.manifest_file import parse_manifest
from labelassemble.sources.read import read_source

SHARED = """
name = "mine"
[labels]
encoding = "mask_values"
case = '(?P<root>(?:.*/)?)images/(?P<case>c\\d+)\\.nii\\.gz'
mask = ["{root}masks/{case}.nii.gz", "{root}more/{case}.nii.gz"]
values = { "1" = "", "2" = "tumor", "3" = "cyst" }
[images]
glob = "**/*.nii.gz"
"""
OWN = """
name = "mine"
[labels]
encoding = "mask_values"
case = '(?P<case>(?P<patient>p\\d)_\\d)/ct\\.nii\\.gz'
[labels.masks]
tumor = "{case}/tumor.nii.gz"
cyst = "{case}/cyst.nii.gz"
[images]
glob = "**/ct.nii.gz"
"""
NNUNET = """
name = "mine"
[labels]
encoding = "mask_values"
case = 'imagesTr/(?P<case>.+)_0000(?P<ending>\\.[a-z.]+)'
mask = "labelsTr/{case}{ending}"
dataset = "dataset.json"
[images]
glob = "imagesTr/*_0000.*"
"""


def save(path, values):
    path.parent.mkdir(parents=True, exist_ok=True)
    volume = np.zeros((2, 2, 2), dtype=np.uint8)
    volume.ravel()[: len(values)] = values
    nibabel.save(nibabel.Nifti1Image(volume, np.eye(4)), path)


@pytest.fixture
def read(tmp_path):
    def read(manifest, images=None, progress=None):
        source = SourceSettings(name="mine", manifest="m", folder=tmp_path, images=images)
        return read_source(source, parse_manifest(manifest, "m"), progress)

    return read


def assessments(table):
    found = {name: {} for name in table.images["image"]}
    for image, term, assessment in (
        table.list_assessments().select("image", "term", "assessment").rows()
    ):
        found[image][term] = assessment
    return found


def test_values_that_stand_in_the_mask_and_values_that_do_not(read, tmp_path):
    for case, folder, values in (
        ("c1", "masks", [1, 2, 2]),
        ("c2", "more", [1]),
        ("c3", "masks", []),
    ):
        save(tmp_path / "images" / f"{case}.nii.gz", [])
        save(tmp_path / folder / f"{case}.nii.gz", values)
    done = []
    table = read(SHARED, progress=lambda *count: done.append(count))
    assert assessments(table) == {
        "images/c1.nii.gz": {"tumor": "positive", "cyst": "negative"},
        "images/c2.nii.gz": {"tumor": "negative", "cyst": "negative"},
        "images/c3.nii.gz": {"tumor": "negative", "cyst": "negative"},
    }
    assert table.scope == ("tumor", "cyst")
    assert table.images["patient"].to_list() == ["c1", "c2", "c3"]
    assert table.images["path"].null_count() == 0
    assert done == [(1, 3), (2, 3), (3, 3)]
    assert [one.path for one in table.inputs] == [tmp_path.name, "masks"]
    assert set(table.list_assessments()["reason"]) == {"mask holds it", "mask without it, in scope"}


def test_one_value_may_be_a_part_of_a_term_and_terms_may_be_excluded(read, tmp_path):
    save(tmp_path / "images" / "c1.nii.gz", [])
    save(tmp_path / "masks" / "c1.nii.gz", [3])
    both = SHARED.replace('"2" = "tumor"', '"2" = "cyst"')
    assert assessments(read(both)) == {"images/c1.nii.gz": {"cyst": "positive"}}
    narrow = SHARED + '[scope]\nterms = ["tumor"]\n'
    assert assessments(read(narrow)) == {"images/c1.nii.gz": {"tumor": "negative"}}
    with pytest.raises(SourceError, match=r"terms of the masks in scope\.terms: tumor, cyst"):
        read(SHARED + '[scope]\nterms = ["tumour"]\n')


def test_specks_say_nothing(read, tmp_path):
    save(tmp_path / "images" / "c1.nii.gz", [])
    save(tmp_path / "masks" / "c1.nii.gz", [2, 3, 3])
    found = assessments(read(SHARED.replace("values =", "smallest = 2\nvalues =")))
    assert found == {"images/c1.nii.gz": {"cyst": "positive"}}


def test_where_a_part_was_not_looked_at_nothing_is_denied(read, tmp_path):
    save(tmp_path / "images" / "c1.nii.gz", [])
    save(tmp_path / "masks" / "c1.nii.gz", [2, 9])
    found = assessments(read(SHARED.replace("values =", "ignore = [9]\nvalues =")))
    assert found == {"images/c1.nii.gz": {"tumor": "positive"}}
    with pytest.raises(SourceError, match=r"Say in labels\.values") as caught:
        read(SHARED)
    assert caught.value.got == "9"


def test_a_mask_a_term_and_one_that_is_not_there_says_nothing(read, tmp_path):
    for case in ("p1_1", "p1_2"):
        save(tmp_path / case / "ct.nii.gz", [])
    save(tmp_path / "p1_1" / "tumor.nii.gz", [])
    with pytest.raises(SourceError, match="none for any image"):
        read(OWN.replace("/tumor.nii", "/tumour.nii"))
    save(tmp_path / "p1_2" / "cyst.nii.gz", [5])
    table = read(OWN)
    assert assessments(table) == {
        "p1_1/ct.nii.gz": {"tumor": "negative"},
        "p1_2/ct.nii.gz": {"cyst": "positive"},
    }
    assert table.images["patient"].to_list() == ["p1", "p1"]


@pytest.mark.parametrize(
    "labels",
    [
        {"background": 0, "tumor": 1, "lesion": [1, 2], "ignore": 3},
        {"0": "background", "1": "tumor", "2": "cyst", "3": "ignore"},
    ],
)
def test_what_values_mean_may_stand_in_dataset_json(read, tmp_path, labels):
    (tmp_path / "dataset.json").write_text(json.dumps({"labels": labels}))
    for case, values in (("a", [1, 2]), ("b", [2]), ("c", [3])):
        save(tmp_path / "imagesTr" / f"{case}_0000.nii.gz", [])
        save(tmp_path / "labelsTr" / f"{case}.nii.gz", values)
    found = assessments(read(NNUNET))
    other = "lesion" if "lesion" in labels else "cyst"
    assert found == {
        "imagesTr/a_0000.nii.gz": {"tumor": "positive", other: "positive"},
        "imagesTr/b_0000.nii.gz": {"tumor": "negative", other: "positive"},
        "imagesTr/c_0000.nii.gz": {},
    }


def test_images_have_masks_too(read, tmp_path):
    (tmp_path / "dataset.json").write_text(json.dumps({"labels": {"tumor": 1}}))
    for name in ("imagesTr/a_0000.png", "labelsTr/a.png"):
        (tmp_path / name).parent.mkdir()
        Image.fromarray(np.eye(3, dtype=np.uint8)).save(tmp_path / name)
    assert assessments(read(NNUNET)) == {"imagesTr/a_0000.png": {"tumor": "positive"}}


def test_masks_may_lie_beside_the_images(read, tmp_path):
    save(tmp_path / "ct" / "c1.nii.gz", [])
    save(tmp_path / "seg" / "c1.nii.gz", [2])
    manifest = SHARED.replace("images/", "").replace("{root}masks", "../seg")
    table = read(manifest, images=tmp_path / "ct")
    assert assessments(table)["c1.nii.gz"]["tumor"] == "positive"


@pytest.mark.parametrize("content", [None, "{", "{}", '{"labels": 3}', '{"labels": {"a": "b"}}'])
def test_a_broken_dataset_json_is_refused(read, tmp_path, content):
    save(tmp_path / "imagesTr" / "a_0000.nii.gz", [])
    save(tmp_path / "labelsTr" / "a.nii.gz", [1])
    if content is not None:
        (tmp_path / "dataset.json").write_text(content)
    with pytest.raises(SourceError, match=r"dataset\.json with labels"):
        read(NNUNET)


def test_missing_masks_and_images_are_refused(read, tmp_path):
    with pytest.raises(SourceError, match="image files below"):
        read(SHARED)
    save(tmp_path / "other.nii.gz", [])
    with pytest.raises(SourceError, match=r"files that labels\.case matches"):
        read(SHARED)
    save(tmp_path / "images" / "c1.nii.gz", [])
    with pytest.raises(SourceError) as caught:
        read(SHARED)
    assert "masks/c1.nii.gz or " in caught.value.expected
    assert "more/c1.nii.gz" in caught.value.expected


@pytest.mark.parametrize(
    ("old", "new", "got"),
    [
        ("(?P<case>", "(?P<cas>", "case needs a group"),
        ("{case}", "{patient}", "{patient} in"),
        ("{root}masks", "{root", "'{root/{case}.nii.gz': "),
        ('"2" = "tumor"', '"two" = "tumor"', "voxel values are whole numbers, not 'two'"),
        ('"2" = "tumor"', '"0" = "tumor"', "voxel value 0 is background"),
        ("values =", 'dataset = "d.json"\nvalues =', "give values or dataset"),
        ("values =", 'masks = { a = "b" }\nvalues =', "give mask (one file"),
        ("mask = [", "mas = [", "no key 'mas'; nearest: mask"),
        ("name =", 'table = { file = "a.csv" }\nname =', "leave [table] out"),
    ],
)
def test_a_mistake_in_the_manifest_is_named(read, old, new, got):
    with pytest.raises(SourceError) as caught:
        read(SHARED.replace(old, new))
    assert got in caught.value.got
