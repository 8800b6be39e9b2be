"""Sources that radiologists read: NIH and what was made of it, VinDr-CXR."""

import pytest

LOCAL = (
    "Aortic enlargement,Atelectasis,Calcification,Cardiomegaly,Clavicle fracture,Consolidation,"
    "Edema,Emphysema,Enlarged PA,ILD,Infiltration,Lung Opacity,Lung cavity,Lung cyst,"
    "Mediastinal shift,Nodule/Mass,Pleural effusion,Pleural thickening,Pneumothorax,"
    "Pulmonary fibrosis,Rib fracture,Other lesion,COPD,Lung tumor,Pneumonia,Tuberculosis,"
)


def flags(*positive, other="Other diseases"):
    names = [*LOCAL.rstrip(",").split(","), other, "No finding"]
    return ",".join("1" if name in positive else "0" for name in names)


def test_vindr_of_physionet(read):
    train = (
        f"image_id,rad_id,{LOCAL}Other diseases,No finding\n"
        f"aaa,R10,{flags('Nodule/Mass', 'Other lesion')}\naaa,R8,{flags('No finding')}\n"
        f"aaa,R9,{flags('Tuberculosis')}\n"
    )
    test = f"image_id,{LOCAL}Other disease,No finding\nbbb,{flags('COPD', other='Other disease')}\n"
    boxes = (
        "image_id,rad_id,class_name,x_min,y_min,x_max,y_max\n"
        "aaa,R10,Nodule/Mass,900.5,587.8,1205.4,888.7\naaa,R10,Other lesion,1,1,2,2\n"
        "aaa,R8,No finding,,,,\n"
    )
    files = {
        "annotations/image_labels_train.csv": train,
        "annotations/image_labels_test.csv": test,
        "annotations/annotations_train.csv": boxes,
        "annotations/annotations_test.csv": (
            "image_id,class_name,x_min,y_min,x_max,y_max\nbbb,Atelectasis,1,2,3,4\n"
        ),
        "train/aaa.dicom": "",
    }
    found = read("vindr_cxr", files)
    assert found.found("aaa", "R10")["nodule_or_mass"] == "+"
    assert found.found("aaa", "R10")["tuberculosis"] == "-"
    assert set(found.found("aaa", "R8").values()) == {"-"}
    assert found.found("aaa", "R9")["tuberculosis"] == "+"
    assert found.table.assessments.readings == 4
    assert found.found("bbb")["copd"] == "+"
    assert found.found("bbb")["atelectasis"] == "+"
    assert found.evidence("aaa") == {"radiologist"}
    assert found.evidence("bbb") == {"consensus"}
    assert found.column("official_split") == {"aaa": "train", "bbb": "test"}
    assert found.column("path")["aaa"].endswith("train/aaa.dicom")
    classes = found.classes.boxes.sort("image").select("image", "class", "reader", "x_max").rows()
    assert classes == [("aaa", "nodule_or_mass", "R10", 1205.4), ("bbb", "atelectasis", None, 3.0)]
    assert found.table.images["patient"].null_count() == 2


def test_vindr_of_kaggle(read, kin):
    rows = (
        "image_id,class_name,class_id,rad_id,x_min,y_min,x_max,y_max\n"
        "a,Cardiomegaly,3,R10,691.0,1375.0,1653.0,1831.0\na,Aortic enlargement,0,R9,1,2,3,4\n"
        "a,No finding,14,R8,,,,\nb,No finding,14,R8,,,,\nb,Other lesion,9,R9,1,2,3,4\n"
    )
    found = read("vindr_cxr_kaggle", {"vinbigdata-train.csv": rows})
    assert found.found("a", "R10")["cardiomegaly"] == "+"
    assert found.found("a", "R8")["cardiomegaly"] == found.found("a", "R9")["cardiomegaly"] == "-"
    assert found.table.assessments.readings == 5
    assert found.table.boxes.height == 3
    assert set(found.classes.boxes["class"]) == {"cardiomegaly", "aortic_enlargement"}
    assert kin("vindr_cxr_kaggle") == {("vindr_cxr", "image", "image")}


def test_nih(read):
    header = (
        "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,"
        "View Position,OriginalImage[Width,Height],OriginalImagePixelSpacing[x,y]\n"
    )
    rows = (
        "00000001_000.png,Cardiomegaly|Emphysema,0,1,57,M,PA,2682,2749,0.143,0.143\n"
        "00000002_000.png,No Finding,0,2,80,M,AP,2500,2048,0.171,0.171\n"
    )
    boxes = (
        "Image Index,Finding Label,Bbox [x,y,w,h],,,\n"
        "00000002_000.png,Infiltrate,225,547,86,79,,,\n"
    )
    found = read(
        "nih_chestxray14",
        {
            "Data_Entry_2017_v2020.csv": header + rows,
            "BBox_List_2017.csv": boxes,
            "train_val_list.txt": "00000001_000.png\n",
            "test_list.txt": "00000002_000.png\n",
        },
        split="official",
    )
    assert found.found("00000001_000.png")["emphysema"] == "+"
    assert found.found("00000002_000.png", evidence="text_mining")["infiltration"] == "-"
    assert found.found("00000002_000.png", "boxes")["infiltration"] == "+"
    assert found.evidence("00000002_000.png") == {"text_mining", "radiologist"}
    assert found.classes.boxes.select("class", "x_max", "frame_width").rows() == [
        ("infiltration", 311.0, 1024)
    ]
    assert found.column("official_split")["00000002_000.png"] == "test"


def test_nih_google(read, kin):
    rows = (
        "Image Index,Finding Labels,Patient ID,Patient Age,Patient Gender,View Position,"
        "Fracture,Pneumothorax,Airspace opacity,Nodule or mass,Set Id\n"
        "00000013_005.png,Emphysema|Infiltration,13,60,M,AP,NO,YES,YES,NO,test\n"
    )
    found = read("nih_google", {"google2019_nih-chest-xray-labels.csv": rows})
    said = found.found("00000013_005.png")
    assert (said["pneumothorax"], said["airspace_opacity"], said["lung_opacity"]) == ("+", "+", "+")
    assert (said["nodule_or_mass"], said["nodule"], said["mass"], said["rib_fracture"]) == (
        "-",
    ) * 4
    assert found.evidence("00000013_005.png") == {"consensus"}
    assert kin("nih_google") == {
        ("nih_chestxray14", "image", "image"),
        ("nih_chestxray14", "patient", "patient"),
    }


@pytest.mark.parametrize(
    "boxes", ["stage_2_train_labels.csv", "kaggle_stage_2_train_labels.csv", None]
)
def test_rsna(read, boxes):
    files = {
        "stage_2_detailed_class_info.csv": (
            "patientId,class\naa,No Lung Opacity / Not Normal\nbb,Lung Opacity\n"
            "bb,Lung Opacity\ncc,Normal\n"
        )
    }
    if boxes:
        files[boxes] = (
            "patientId,x,y,width,height,Target\naa,,,,,0\nbb,264.0,152.0,213.0,379.0,1\n"
            "bb,562.0,152.0,256.0,453.0,1\ncc,,,,,0\n"
        )
    found = read("rsna_pneumonia", files)
    assert found.found("aa") == found.found("cc") == {"lung_opacity": "-"}
    assert found.found("bb") == {"lung_opacity": "+"}
    assert found.table.assessments.readings == 3
    assert found.table.boxes.height == (2 if boxes else 0)
    assert found.table.images["patient"].null_count() == 3


def test_siim(read):
    rows = "ImageId, EncodedPixels\na.1, 1024 2 1022 2\na.1, 0 1\nb.2, -1\nb.2, -1\n"
    found = read("siim_pneumothorax", {"train-rle.csv": rows})
    assert found.found("a.1")["pneumothorax"] == "+"
    assert found.found("b.2")["pneumothorax"] == "-"
    # Down the columns, the second run counted from the end of the first.
    assert found.table.boxes.select("x_min", "y_min", "x_max", "y_max").rows() == [
        (1.0, 0.0, 3.0, 2.0),
        (0.0, 0.0, 1.0, 1.0),
    ]
    assert found.table.excluded["rows"].to_list() == [1]
