"""Sources of one disease: tuberculosis, COVID-19, pneumonia; and MedMNIST."""

import json

import numpy as np
import pytest


@pytest.mark.parametrize(("manifest", "prefix"), [("montgomery", "MCUCXR"), ("shenzhen", "CHNCXR")])
def test_the_last_digit_is_tuberculosis(read, manifest, prefix):
    names = [f"{prefix}_0001_0.png", f"{prefix}_0104_1.png"]
    files = {f"CXR_png/{name}": "" for name in names}
    files[f"ClinicalReadings/{prefix}_0001_0.txt"] = "Patient's Sex: F"
    files["ManualMask/leftMask/MCUCXR_0001_0.png"] = ""
    found = read(manifest, files, missing_images="error")
    assert found.table.images["image"].to_list() == names
    assert found.found(names[0])["tuberculosis"] == "-"
    assert found.found(names[1]) == {"tuberculosis": "+"}
    assert found.table.images["patient"].to_list() == [f"{prefix}_0001", f"{prefix}_0104"]


def coco(names, annotations=()):
    kinds = ["ActiveTuberculosis", "ObsoletePulmonaryTuberculosis", "PulmonaryTuberculosis"]
    return json.dumps(
        {
            "images": [
                {"id": place, "file_name": name, "width": 512, "height": 512}
                for place, name in enumerate(names)
            ],
            "categories": [
                {"id": place + 1, "name": kind, "supercategory": "Tuberculosis"}
                for place, kind in enumerate(kinds)
            ],
            "annotations": [
                {"id": place, "image_id": image, "category_id": kind, "bbox": [1, 2, 30, 40]}
                for place, (image, kind) in enumerate(annotations)
            ],
        }
    )


def test_tbx11k(read, kin):
    names = [
        "tb/tb0003.png",
        "health/h0001.png",
        "sick/s0001.png",
        "extra/mc+shenzhen/train/CHNCXR_0327_1.png",
        "tb/tb1199.png",
        "tb/tb0900.png",
    ]
    found = read(
        "tbx11k",
        {
            "annotations/json/all_train.json": coco(names, [(0, 1), (5, 3)]),
            "annotations/json/all_val.json": coco(["tb/tb0005.png"], [(0, 2), (0, 1)]),
            "imgs/tb/tb0003.png": "",
        },
    )
    assert found.found(names[0]) == {
        "active_tuberculosis": "+",
        "inactive_tuberculosis": "-",
        "tuberculosis": "+",
    }
    # Healthy and otherwise sick: without tuberculosis, and nothing else is said.
    nothing = dict.fromkeys(("active_tuberculosis", "inactive_tuberculosis", "tuberculosis"), "-")
    assert found.found(names[1]) == found.found(names[2]) == nothing
    # Nobody drew boxes on other people's images, and one image was forgotten.
    assert found.found(names[3]) == found.found(names[4]) == {}
    # Which tuberculosis it is could not be reported.
    assert found.found(names[5]) == {"tuberculosis": "+"}
    assert found.found("tb/tb0005.png")["inactive_tuberculosis"] == "+"
    assert found.column("official_split")["tb/tb0005.png"] == "validate"
    assert found.column("path")[names[0]].endswith("imgs/tb/tb0003.png")
    assert found.classes.boxes.height == 4
    assert found.table.images["patient"].null_count() == 7
    assert kin("tbx11k") == {
        (source, "image", theirs)
        for source in ("montgomery", "shenzhen")
        for theirs in ("image", "patient")
    }


def test_covidx(read, kin):
    train = (
        "3 SARS-10.1148rg.242035193-g04mr34g0-Fig8a-day0.jpeg negative cohen\n"
        "419639-003251 MIDRC-RICORD-1C-419639-003251-46647-0.png positive ricord\n"
        "S03260 sub-S03260_ses-E06427_run-1_bp-chest_vp-pa_dx-corrected.png positive bimcv\n"
        "313a 10.1016-slash-j.hrcr.2020.04.015-a.png positive cohen\n"
    )
    uuid = "0004cfab-14fd-4e49-80ba-63a80b6bddd6"
    test = f"{uuid} {uuid}.png negative rnsa\n"
    found = read("covidx", {"train_COVIDx9B.txt": train, "test_COVIDx9B.txt": test})
    ricord = "MIDRC-RICORD-1C-419639-003251-46647-0.png"
    # One class only: what a patchwork's other images lack is not known.
    assert found.table.scope == ("COVID-19",)
    assert found.terms(ricord) == {"positive": "+"}
    assert found.found(ricord)["covid_19"] == "+"
    assert found.found(f"{uuid}.png") == {"covid_19": "-"}
    assert found.evidence(ricord) == {"laboratory"}
    assert found.evidence(f"{uuid}.png") == {"unstated"}
    assert found.column("patient")[ricord] == "419639-003251"
    assert set(found.column("official_split").values()) == {"train", "test"}
    assert {source for source, *_ in kin("covidx")} == {
        "rsna_pneumonia",
        "covid_chestxray",
        "bimcv_covid19_positive",
        "bimcv_covid19_negative",
    }


def test_covidx_of_three_classes(read):
    train = "30 pneumonia-7.jpg pneumonia cohen\n2 a.jpeg COVID-19 cohen\n"
    found = read(
        "covidx", {"train_COVIDx9A.txt": train, "test_COVIDx9A.txt": "5 b.png normal rsna\n"}
    )
    assert found.found("a.jpeg")["covid_19"] == "+"
    # Its pneumonia is an opacity: set aside, but no COVID-19.
    assert found.found("pneumonia-7.jpg") == found.found("b.png") == {"covid_19": "-"}


def test_covid_chestxray(read):
    rows = (
        "patientid,offset,sex,age,finding,RT_PCR_positive,survival,view,modality,filename\n"
        "2,0.0,M,65.0,Pneumonia/Viral/COVID-19,Y,Y,PA,X-ray,a.jpg\n"
        "3,0.0,F,40.0,Pneumonia/Viral/Herpes ,,Y,AP,X-ray,b.jpg\n"
        "4,0.0,F,40.0,Pneumonia/Bacterial/Staphylococcus/MRSA,,Y,AP,X-ray,c.jpg\n"
        "5,0.0,F,40.0,Pneumonia/Fungal/Pneumocystis,,Y,AP Supine,X-ray,d.jpg\n"
        "6,0.0,F,40.0,Pneumonia,,Y,AP,X-ray,e.jpg\n"
        "7,0.0,F,40.0,todo,,Y,AP,X-ray,f.jpg\n"
        "8,0.0,F,40.0,Tuberculosis,,Y,AP,X-ray,g.jpg\n"
        "9,0.0,F,40.0,No Finding,,Y,AP,X-ray,h.jpg\n"
        "9,0.0,F,40.0,No Finding,,Y,Axial,CT,i.jpg\n"
        "9,0.0,F,40.0,No Finding,,Y,L,X-ray,j.jpg\n"
    )
    found = read("covid_chestxray", {"metadata.csv": rows})
    assert found.evidence("a.jpg") == {"laboratory"}
    assert found.evidence("b.jpg") == {"unstated"}
    covid = found.found("a.jpg")
    assert covid["covid_19"] == covid["viral_pneumonia"] == covid["pneumonia"] == "+"
    assert (
        covid["bacterial_pneumonia"] == covid["mrsa_pneumonia"] == covid["fungal_pneumonia"] == "-"
    )
    # One virus is named; of the others nothing is said but COVID-19.
    assert found.found("b.jpg")["herpes_pneumonia"] == "+"
    assert found.found("b.jpg")["covid_19"] == "-"
    assert "influenza_pneumonia" not in found.found("b.jpg")
    assert found.found("c.jpg")["staphylococcal_pneumonia"] == "+"
    assert found.found("c.jpg")["mrsa_pneumonia"] == "+"
    assert found.found("d.jpg")["pneumocystis_pneumonia"] == "+"
    assert found.found("e.jpg") == {"pneumonia": "+"}
    assert found.found("f.jpg") == {}
    assert found.found("g.jpg")["viral_pneumonia"] == "-"
    assert "bacterial_pneumonia" not in found.found("g.jpg")
    assert found.found("h.jpg")["klebsiella_pneumonia"] == "-"
    assert found.table.excluded["image"].to_list() == ["i.jpg", "j.jpg"]


def test_kermany(read):
    files = {
        "chest_xray/train/PNEUMONIA/person1_bacteria_2.jpeg": "",
        "chest_xray/test/PNEUMONIA/person1_virus_6.jpeg": "",
        "chest_xray/test/NORMAL/IM-0001-0001.jpeg": "",
        "chest_xray/train/NORMAL/NORMAL2-IM-0001-0002.jpeg": "",
    }
    found = read("kermany_pneumonia", files, missing_images="error")
    said = {name.rpartition("/")[2]: found.found(name) for name in found.table.images["image"]}
    assert said["person1_bacteria_2.jpeg"]["bacterial_pneumonia"] == "+"
    assert said["person1_bacteria_2.jpeg"]["viral_pneumonia"] == "-"
    assert said["person1_virus_6.jpeg"]["pneumonia"] == "+"
    assert set(said["IM-0001-0001.jpeg"].values()) == {"-"}
    assert sorted(found.table.images["patient"]) == ["IM-0001", "IM-0001", "person1", "person1"]
    assert sorted(found.table.images["official_split"]) == ["test", "test", "train", "train"]


def test_chestmnist(read, tmp_path, kin):
    labels = np.zeros((2, 14), dtype=np.uint8)
    labels[0, [0, 12]] = 1
    images = np.zeros((2, 28, 28), dtype=np.uint8)
    np.savez_compressed(
        tmp_path / "chestmnist.npz",
        **{f"{part}_images": images for part in ("train", "val", "test")},
        **{f"{part}_labels": labels for part in ("train", "val", "test")},
    )
    found = read("chestmnist", {})
    assert found.found("val/0")["pleural_thickening"] == "+"
    assert found.found("val/0")["hernia"] == "-"
    assert set(found.terms("test/1").values()) == {"-"}
    assert found.column("official_split")["val/0"] == "validate"
    assert found.evidence("val/0") == {"text_mining"}
    assert kin("chestmnist") == set()


def test_pneumoniamnist(read, tmp_path):
    images = np.zeros((2, 64, 64), dtype=np.uint8)
    labels = np.array([[0], [1]], dtype=np.uint8)
    np.savez_compressed(
        tmp_path / "pneumoniamnist_64.npz", train_images=images, train_labels=labels
    )
    found = read("pneumoniamnist", {})
    assert found.found("train/0")["pneumonia"] == "-"
    assert found.found("train/1") == {"pneumonia": "+"}


def test_a_folder_without_labels(read):
    found = read("unlabelled_folder", {"a/b.png": ""}, missing_images="error")
    assert found.table.list_assessments().is_empty()
