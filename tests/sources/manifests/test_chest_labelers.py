"""CheXpert and MIMIC-CXR: columns that a program filled from reports."""

import pytest

CHEXPERT = (
    "Path,Sex,Age,Frontal/Lateral,AP/PA,No Finding,Enlarged Cardiomediastinum,Cardiomegaly,"
    "Lung Opacity,Lung Lesion,Edema,Consolidation,Pneumonia,Atelectasis,Pneumothorax,"
    "Pleural Effusion,Pleural Other,Fracture,Support Devices\n"
)


def test_chexpert(read):
    small = "CheXpert-v1.0-small"
    train = (
        f"{small}/train/patient00001/study1/view1_frontal.jpg,Female,68,Frontal,AP"
        ",1.0,,,,,,,,,0.0,,,,1.0\n"
        f"{small}/train/patient00002/study2/view1_frontal.jpg,Unknown,0,Frontal,PA"
        ",,,,1.0,,,-1.0,,,,-1.0,,1.0,\n"
        f"{small}/train/patient00002/study2/view2_lateral.jpg,Female,87,Lateral,"
        ",,,,1.0,,,-1.0,,,,-1.0,,1.0,\n"
    )
    valid = (
        f"{small}/valid/patient64541/study1/view1_frontal.jpg,Male,73,Frontal,AP"
        ",0.0,1.0,0.0,1.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0\n"
    )
    files = {"train.csv": CHEXPERT + train, "valid.csv": CHEXPERT + valid}
    image = "train/patient00001/study1/view1_frontal.jpg"
    found = read("chexpert", {**files, image: ""})
    first, second, third = sorted(found.table.images["image"])
    # Blank is silence, and `No Finding` says nothing of devices.
    assert found.terms(first)["Support Devices"] == "+"
    assert set(found.terms(first).values()) == {"+", "-"}
    assert len(found.terms(first)) == 13
    assert found.terms(second) == {
        "Lung Opacity": "+",
        "Consolidation": "?",
        "Pleural Effusion": "?",
        "Fracture": "+",
    }
    # A child may be 1 where its parent is 0: each stays as the source says it.
    assert found.found(third)["enlarged_cardiomediastinum"] == "+"
    assert found.evidence(second) == {"text_mining"}
    assert found.evidence(third) == {"consensus"}
    assert list(found.column("patient").values()) == [
        "patient00001",
        "patient00002",
        "patient64541",
    ]
    assert list(found.column("official_split").values()) == ["train", "train", "validate"]
    assert list(found.column("view").values()) == ["AP", "PA", "AP"]
    assert list(found.column("sex").values()) == ["F", None, "M"]
    assert found.column("age")[third] == 73
    assert found.column("path")[first].endswith(image)
    assert found.table.excluded["reason"].to_list() == ["column 'Frontal/Lateral' is 'Lateral'"]


def test_chexpert_no_finding_beside_a_finding_does_not_count(read):
    row = "train/patient1/study1/view1_frontal.jpg,Male,50,Frontal,AP,1.0,,1.0" + "," * 10 + ",\n"
    valid = row.replace("train/patient1", "valid/patient2").replace("1.0,,1.0", "1.0,,")
    found = read("chexpert", {"train.csv": CHEXPERT + row, "valid.csv": CHEXPERT + valid})
    assert found.terms("train/patient1/study1/view1_frontal.jpg") == {"Cardiomegaly": "+"}


METADATA = (
    "dicom_id,subject_id,study_id,PerformedProcedureStepDescription,ViewPosition,Rows,Columns\n"
    'aa-1,10000032,50414267,"CHEST (PA AND LAT)",PA,3056,2544\n'
    'aa-2,10000032,50414267,"CHEST (PA AND LAT)",LATERAL,3056,2544\n'
    "bb-1,10000764,57375967,CHEST (PORTABLE AP),AP,3056,2544\n"
    "bb-2,10000764,57375967,CHEST (PORTABLE AP),,3056,2544\n"
    "cc-1,10000898,50771383,CHEST (PORTABLE AP),AP,3056,2544\n"
)
SPLIT = (
    "dicom_id,study_id,subject_id,split\naa-1,50414267,10000032,train\n"
    "aa-2,50414267,10000032,train\nbb-1,57375967,10000764,validate\n"
    "bb-2,57375967,10000764,validate\ncc-1,50771383,10000898,test\n"
)
MIMIC = (
    "subject_id,study_id,Atelectasis,Cardiomegaly,Consolidation,Edema,Enlarged Cardiomediastinum,"
    "Fracture,Lung Lesion,Lung Opacity,No Finding,Pleural Effusion,Pleural Other,Pneumonia,"
    "Pneumothorax,Support Devices\n"
    "10000032,50414267,,,,,,,,,1.0,,,,,\n"
    "10000764,57375967,,,1.0,,,,,,,,,-1.0,0.0,\n"
)


@pytest.mark.parametrize("labeler", ["chexpert", "negbio"])
def test_mimic_labels_stand_by_study(read, labeler):
    files = {
        "mimic-cxr-2.0.0-metadata.csv": METADATA,
        "mimic-cxr-2.0.0-split.csv": SPLIT,
        f"mimic-cxr-2.0.0-{labeler}.csv": MIMIC,
        "files/p10/p10000032/s50414267/aa-1.jpg": "",
    }
    found = read(f"mimic_cxr_{labeler}", files)
    assert found.column("patient") == {"aa-1": "10000032", "bb-1": "10000764"}
    assert found.column("official_split") == {"aa-1": "train", "bb-1": "validate"}
    assert found.column("view") == {"aa-1": "PA", "bb-1": "AP"}
    assert found.column("path")["aa-1"].endswith("s50414267/aa-1.jpg")
    assert len(found.terms("aa-1")) == 12
    assert "Support Devices" not in found.terms("aa-1")
    assert found.terms("bb-1") == {"Consolidation": "+", "Pneumonia": "?", "Pneumothorax": "-"}
    assert found.evidence("bb-1") == {"text_mining"}
    assert dict(found.table.excluded.select("image", "reason").iter_rows()) == {
        "aa-2": "column 'ViewPosition' is 'LATERAL'",
        "bb-2": "column 'ViewPosition' is ''",
        "cc-1": f"mimic-cxr-2.0.0-{labeler}.csv has no row of it",
    }


def test_mimic_by_hand(read, kin):
    labels = (
        "study_id,Airspace Opacity,Atelectasis,Cardiomegaly,Consolidation,Edema,"
        "Enlarged Cardiomediastinum,Fracture,Lung Lesion,No Finding,Pleural Effusion,"
        "Pleural Other,Pneumonia,Pneumothorax,Support Devices\n"
        "50771383,1.0,,,-1.0,,,,,,0.0,,,,1.0\n"
    )
    files = {
        "mimic-cxr-2.0.0-metadata.csv": METADATA,
        "mimic-cxr-2.0.0-split.csv": SPLIT,
        "mimic-cxr-2.1.0-test-set-labeled.csv": labels,
    }
    found = read("mimic_cxr_radiologist", files)
    said = {"Airspace Opacity": "+", "Consolidation": "?", "Pleural Effusion": "-"}
    assert found.terms("cc-1") == {**said, "Support Devices": "+"}
    # What the other two tables call Lung Opacity.
    assert found.found("cc-1")["lung_opacity"] == "+"
    assert "airspace_opacity" not in found.found("cc-1")
    assert found.evidence("cc-1") == {"report"}
    assert found.table.images.height == 1
    assert ("mimic_cxr_chexpert", "image", "image") in kin("mimic_cxr_radiologist")
    assert ("mimic_cxr_chexpert", "patient", "patient") in kin("mimic_cxr_negbio")
