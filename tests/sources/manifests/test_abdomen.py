"""Abdominal CT: lesions as voxel values, in volumes of eight voxels."""

import json
from pathlib import Path

import nibabel
import numpy as np
import pydicom
import pytest
from tests.pacs_tree import make_object

from labelassemble.errors import SourceError


@pytest.fixture
def save(tmp_path: Path):
    """Write a volume with these voxel values, the rest background."""

    def save(name, *values):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        volume = np.zeros((2, 2, 2), dtype=np.uint8)
        volume.ravel()[: len(values)] = values
        nibabel.save(nibabel.Nifti1Image(volume, np.eye(4)), path)

    return save


@pytest.mark.parametrize("root", ["", "Task03_Liver/"])
def test_msd_liver(read, save, kin, root):
    for place, values in enumerate([(1, 2), (1,)]):
        save(f"{root}imagesTr/liver_{place}.nii.gz", 1)
        save(f"{root}labelsTr/liver_{place}.nii.gz", *values)
    save(f"{root}imagesTs/liver_141.nii.gz", 1)
    found = read("msd03_liver", {f"{root}imagesTr/._liver_0.nii.gz": "junk"})
    first, second = found.table.images["image"]
    assert found.table.images.height == 2
    assert found.found(first) == {"liver_tumor": "+", "liver_lesion": "+"}
    assert found.found(second)["liver_tumor"] == found.found(second)["liver_metastasis"] == "-"
    # Who denies a tumor has not denied a cyst.
    assert "liver_lesion" not in found.found(second)
    assert found.table.images["patient"].to_list() == ["liver_0", "liver_1"]
    assert found.table.images["path"].null_count() == 0
    assert found.evidence(first) == {"radiologist"}
    assert kin("msd03_liver") == {("lits", "patient", "patient")}


def test_msd_pancreas_mixes_three_neoplasms(read, save):
    save("imagesTr/pancreas_001.nii.gz", 1)
    save("labelsTr/pancreas_001.nii.gz", 1, 2)
    found = read("msd07_pancreas", {})
    said = found.found("imagesTr/pancreas_001.nii.gz")
    assert said == {"pancreatic_neoplasm": "+", "pancreatic_lesion": "+"}


def test_msd_colon(read, save):
    save("imagesTr/colon_001.nii.gz", 1)
    save("labelsTr/colon_001.nii.gz", 1)
    found = read("msd10_colon", {})
    said = found.found("imagesTr/colon_001.nii.gz")
    assert said == {"colon_cancer": "+", "colon_tumor": "+", "colon_lesion": "+"}


@pytest.mark.parametrize(
    ("image", "mask"),
    [
        ("volume-7.nii", "segmentation-7.nii"),
        ("Training Batch 1/volume-7.nii", "Training Batch 1/segmentation-7.nii"),
        ("volumes/volume-7.nii.gz", "segmentations/segmentation-7.nii.gz"),
    ],
)
def test_lits_in_the_folders_that_people_have(read, save, image, mask):
    save(image, 1)
    save(mask, 1, 2)
    found = read("lits", {})
    assert found.found(image)["liver_tumor"] == "+"
    assert found.column("patient") == {image: "7"}


def test_one_voxel_value_means_two_things_in_kits(read, save, kin):
    for case in ("case_00000", "case_00001"):
        save(f"{case}/imaging.nii.gz", 1)
    save("case_00000/segmentation.nii.gz", 1, 2)
    save("case_00001/segmentation.nii.gz", 1)
    image, other = "case_00000/imaging.nii.gz", "case_00001/imaging.nii.gz"
    old, new = read("kits19", {}), read("kits23", {})
    assert old.found(image)["kidney_tumor"] == new.found(image)["kidney_tumor"] == "+"
    # In 2019 a cyst was drawn as kidney, so nobody denies it.
    assert "kidney_cyst" not in old.found(image)
    assert new.found(image)["kidney_cyst"] == "-"
    assert old.table.scope == ("tumor",)
    assert old.found(other)["renal_cell_carcinoma"] == "-"
    assert old.column("patient")[image] == new.column("patient")[image] == "case_00000"
    save("case_00001/segmentation.nii.gz", 1, 3)
    assert read("kits23", {}).found(other)["kidney_cyst"] == "+"
    with pytest.raises(SourceError) as caught:
        read("kits19", {})
    assert caught.value.got == "3"
    assert kin("kits23") == {("kits19", "image", "image"), ("kits19", "patient", "patient")}


def test_kits_cases_without_published_masks_are_passed_over(read, save):
    save("data/case_00209/imaging.nii.gz", 1)
    save("data/case_00209/segmentation.nii.gz", 2)
    save("data/case_00210/imaging.nii.gz", 1)
    assert read("kits19", {}).table.images["patient"].to_list() == ["case_00209"]


def test_panorama(read, save):
    for study in ("100000_00001", "100047_00001", "100047_00002"):
        save(f"batch_1/{study}_0000.nii.gz", 1)
    save("panorama_labels/manual_labels/100000_00001.nii.gz", 1, 2, 3, 4, 5, 6)
    for study in ("100047_00001", "100047_00002"):
        save(f"panorama_labels/automatic_labels/{study}.nii.gz", 2, 3, 4, 5, 6)
    found = read("panorama", {})
    first, second, third = found.table.images["image"]
    assert found.found(first)["pdac"] == found.found(first)["pancreatic_neoplasm"] == "+"
    # Another lesion may be there: only ductal adenocarcinoma was asked for.
    assert found.found(second) == found.found(third) == {"pdac": "-"}
    assert found.table.images["patient"].to_list() == ["100000", "100047", "100047"]
    save("panorama_labels/manual_labels/100000_00001.nii.gz", 7)
    with pytest.raises(SourceError, match="Say in labels"):
        read("panorama", {})


def test_organs_are_no_findings(read, save):
    save("BDMAP_00000001/ct.nii.gz", 1)
    save("BDMAP_00000001/segmentations/liver.nii.gz", 1)
    save("BDMAP_00000001/segmentations/postcava.nii.gz")
    save("BDMAP_00000002/ct.nii.gz", 1)
    found = read("abdomenatlas", {})
    assert found.terms("BDMAP_00000001/ct.nii.gz") == {"liver": "+", "postcava": "-"}
    assert found.classes.list_assessments().is_empty()
    assert found.classes.scope == ()
    assert found.table.images["patient"].to_list() == ["BDMAP_00000001", "BDMAP_00000002"]


@pytest.mark.parametrize("ending", [".nii.gz", ".nii"])
def test_a_data_set_of_nnunet(read, save, ending):
    labels = {"background": 0, "kidney tumor": 1, "kidney cyst": 2, "ignore": 3}
    content = {"channel_names": {"0": "CT"}, "labels": labels, "file_ending": ending}
    for case, values in (("case_001", (1,)), ("case_002", (3,)), ("case_003", ())):
        save(f"imagesTr/{case}_0000{ending}", 1)
        save(f"imagesTr/{case}_0001{ending}", 1)
        save(f"labelsTr/{case}{ending}", *values)
    found = read("nnunet_dataset", {"dataset.json": json.dumps(content)})
    one, two, three = (f"imagesTr/case_00{place}_0000{ending}" for place in (1, 2, 3))
    assert found.terms(one) == {"kidney tumor": "+", "kidney cyst": "-"}
    assert found.terms(two) == {}
    assert found.terms(three) == {"kidney tumor": "-", "kidney cyst": "-"}
    assert found.table.images.height == 3
    assert found.table.scope == ("kidney tumor", "kidney cyst")


def test_controls_of_the_pancreas_as_dicom_series(read, save, tmp_path):
    for person in (1, 2):
        place = f"Pancreas-CT/PANCREAS_000{person}/1.2.9.{person}/1.2.3.{person}"
        (tmp_path / place).mkdir(parents=True)
        for at in range(3):
            made = make_object(study=person, Modality="CT", PatientID=f"PANCREAS_000{person}")
            made.SeriesInstanceUID = f"1.2.3.{person}"
            pydicom.dcmwrite(tmp_path / place / f"{at}.dcm", made, enforce_file_format=True)
        save(f"TCIA_pancreas_labels-02-05-2017/label000{person}.nii.gz", 1)
    found = read("pancreas_ct", {})
    assert found.column("patient") == {"1.2.3.1": "PANCREAS_0001", "1.2.3.2": "PANCREAS_0002"}
    assert found.found("1.2.3.1") == {"pdac": "-"}
    assert found.table.images["path"].null_count() == 0


def test_a_lesion_mask_that_is_empty_denies(read, save):
    for case, lesion in (("PanTS_00000001", (1,)), ("PanTS_00000002", ())):
        save(f"ImageTr/{case}/ct.nii.gz", 1)
        save(f"LabelTr/{case}/segmentations/pancreatic_lesion.nii.gz", *lesion)
    found = read("pants", {})
    assert found.found("ImageTr/PanTS_00000001/ct.nii.gz") == {"pancreatic_lesion": "+"}
    denied = found.found("ImageTr/PanTS_00000002/ct.nii.gz")
    assert denied["pdac"] == denied["pancreatic_cyst"] == "-"
