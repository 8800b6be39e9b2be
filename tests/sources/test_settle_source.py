"""Sources in the forms in which they circulate: found by their columns, told, never guessed."""

import json

import numpy as np
import pytest
from PIL import Image

from labelassemble.errors import SourceError
from labelassemble.settings import SourceSettings
from labelassemble.sources.manifest_file import load_manifest
from labelassemble.sources.problems import Problems
from labelassemble.sources.read import collect_source, read_source

NIH = "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View Position"
NIH_ROWS = ["a.png,Mass|Nodule,0,1,58,M,PA", "b.png,No Finding,0,2,7,F,AP"]
CHEXPERT = [
    "No Finding", "Enlarged Cardiomediastinum", "Cardiomegaly", "Lung Opacity", "Lung Lesion",
    "Edema", "Consolidation", "Pneumonia", "Atelectasis", "Pneumothorax", "Pleural Effusion",
    "Pleural Other", "Fracture", "Support Devices",
]  # fmt: skip
CHEXPERT_HEAD = ",".join(["Path,Sex,Age,Frontal/Lateral,AP/PA", *CHEXPERT])
GOOGLE = f"{NIH},Fracture,Pneumothorax,Airspace opacity,Nodule or mass"


def write(folder, name, *lines):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def draw(folder, *names):
    for seed, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(seed).integers(0, 255, (8, 8), dtype=np.uint8)
        Image.fromarray(pixels).save(path, format="PNG")


def chexpert_row(path, **found):
    return ",".join([path, "Male", "60", "Frontal", "AP", *(found.get(c, "") for c in CHEXPERT)])


def settings(name, folder):
    return SourceSettings.model_validate(
        {"name": name, "manifest": name, "folder": folder, "missing_images": "exclude"}
    )


def read(name, folder):
    """The table, and all that is said; nothing may be wrong, and every image has its file."""
    problems = Problems()
    table = collect_source(settings(name, folder), load_manifest(name), problems)
    wrong = [str(one) for one in problems.noted if one.kind == "problem"]
    assert not wrong, wrong
    assert table is not None
    assert table.images["path"].null_count() == 0
    return table, " ".join(str(one) for one in problems.noted)


def state(table, image, term):
    row = table.images["image"].to_list().index(image)
    return table.assessments.column(term)[row]


def test_nih_as_on_kaggle(tmp_path):
    write(tmp_path, "Data_Entry_2017.csv", f"{NIH},", *(f"{row}," for row in NIH_ROWS))
    draw(tmp_path, "images_001/images/a.png", "images_002/images/b.png")
    table, said = read("nih_chestxray14", tmp_path)
    assert state(table, "a.png", "Mass") == 3
    assert state(table, "b.png", "Mass") == 1
    assert "Data_Entry_2017.csv taken for Data_Entry_2017_v2020.csv: 6 of 6 columns" in said
    assert table.images["sex"].to_list() == ["M", "F"]


def test_nih_sample_is_there_twice(tmp_path):
    for name in ("sample_labels.csv", "sample/sample_labels.csv"):
        write(tmp_path, name, NIH, *NIH_ROWS)
    draw(tmp_path, "sample/images/a.png", "sample/images/b.png")
    table, said = read("nih_chestxray14", tmp_path)
    assert table.images.height == 2
    assert "sample/sample_labels.csv is the same table again" in said


def test_a_column_under_another_name(tmp_path):
    head = NIH.replace("Patient Gender", "Patient Sex")
    write(tmp_path, "Data_Entry_2017_v2020.csv", head, *NIH_ROWS)
    draw(tmp_path, "images/a.png", "images/b.png")
    table, said = read("nih_chestxray14", tmp_path)
    assert table.images["sex"].to_list() == ["M", "F"]
    assert "'Patient Sex' for 'Patient Gender'" in said


def test_columns_that_are_not_there_cost_what_they_hold(tmp_path):
    write(tmp_path, "labels.csv", "Image Index,Finding Labels,Patient ID", "a.png,Mass,1")
    draw(tmp_path, "a.png")
    table, said = read("nih_chestxray14", tmp_path)
    assert table.images["age"].to_list() == [None]
    assert "no column" in said
    assert "'Patient Age'" in said


def test_a_relative_is_not_taken(tmp_path):
    """The labels by Google stand beside NIH's own columns: each manifest takes its own table."""
    write(tmp_path, "expert.csv", f"{GOOGLE},Set Id", "a.png,Mass,0,1,58,M,PA,NO,YES,NO,NO,test")
    write(tmp_path, "entries.csv", NIH, *NIH_ROWS)
    draw(tmp_path, "a.png", "b.png")
    table, _ = read("nih_google", tmp_path)
    assert table.images.height == 1
    assert table.images["official_split"].to_list() == ["test"]
    table, said = read("nih_chestxray14", tmp_path)
    assert table.images.height == 2
    assert "entries.csv taken" in said


def test_two_tables_that_fit_are_an_error(tmp_path):
    write(tmp_path, "old.csv", NIH, *NIH_ROWS)
    write(tmp_path, "new.csv", f"{NIH},Extra", "a.png,Hernia,0,1,58,M,PA,x")
    draw(tmp_path, "a.png", "b.png")
    with pytest.raises(SourceError, match=r"new\.csv.*old\.csv.*'Extra'"):
        read_source(settings("nih_chestxray14", tmp_path), load_manifest("nih_chestxray14"))


def test_no_table_fits(tmp_path):
    write(tmp_path, "labels.csv", "Image Index,Patient ID,finding", "a.png,1,Mass")
    draw(tmp_path, "a.png")
    problems = Problems()
    manifest = load_manifest("nih_chestxray14")
    assert collect_source(settings("nih", tmp_path), manifest, problems) is None
    said = " ".join(str(one) for one in problems.noted)
    assert "Data_Entry_2017_v2020.csv" in said
    assert "nearest table is labels.csv: 2 of 6 columns; without 'Finding Labels'" in said


def test_nih_google_a_table_a_part(tmp_path):
    for part, image in (("test", "a.png"), ("validation", "b.png")):
        name = f"four_findings_expert_labels/four_findings_expert_labels_{part}_labels.csv"
        write(tmp_path, name, GOOGLE, f"{image},Mass,0,1,58,M,PA,NO,YES,NO,NO")
    draw(tmp_path, "images/a.png", "images/b.png")
    table, _ = read("nih_google", tmp_path)
    assert table.images["official_split"].to_list() == ["test", "validate"]
    assert state(table, "a.png", "Pneumothorax") == 3


@pytest.mark.parametrize("above", ["", "CheXpert-v1.0-small/", "x/CheXpert-v1.0 batch 1 (csv)/"])
def test_chexpert_one_folder_up(tmp_path, above):
    first, second = (f"{part}/patient0000{n}/study1/view1_frontal.jpg" for n, part in
                     enumerate(("train", "valid")))  # fmt: skip
    write(tmp_path, f"{above}train.csv", CHEXPERT_HEAD, chexpert_row(f"C/{first}", Edema="1.0"))
    write(tmp_path, f"{above}valid.csv", CHEXPERT_HEAD, chexpert_row(f"C/{second}", Edema="0.0"))
    draw(tmp_path, above + first, above + second)
    table, _ = read("chexpert", tmp_path)
    assert table.images["official_split"].to_list() == ["train", "validate"]
    # Silence says nothing of devices, and readers agreed on the second part.
    assert state(table, table.images["image"][0], "Support Devices") == 0
    evidence = {one.evidence for one in table.manifest.subsets}
    assert evidence == {"consensus"}


def test_chexpert_without_its_second_table(tmp_path):
    image = "train/patient00001/study1/view1_frontal.jpg"
    write(tmp_path, "train.csv", CHEXPERT_HEAD, chexpert_row(f"C/{image}", Edema="1.0"))
    draw(tmp_path, image)
    table, said = read("chexpert", tmp_path)
    assert table.images.height == 1
    assert "valid.csv is not there" in said


def test_padchest_sample(tmp_path):
    columns = ["ImageID", "PatientID", "PatientSex_DICOM", "Projection", "MethodLabel", "Labels"]
    write(
        tmp_path, "chest_x_ray_images_labels_sample.csv", "," + ",".join(columns),
        "0,a.png,1,M,PA,Physician,\"['pneumonia']\"", "1,b.png,2,F,L,RNN,['normal']",
    )  # fmt: skip
    draw(tmp_path, "sample/a.png", "sample/b.png")
    table, _ = read("padchest", tmp_path)
    assert table.images["image"].to_list() == ["a.png"]
    assert state(table, "a.png", "pneumonia") == 3


def test_siim_stage_2_and_a_submission(tmp_path):
    write(tmp_path, "stage_2_train.csv", "ImageId,EncodedPixels", "a,1 2", "b,-1")
    rows = [f"{name},1 2" for name in ("c", "d", "e")]
    write(tmp_path, "stage_2_sample_submission.csv", "ImageId,EncodedPixels", *rows)
    draw(tmp_path, "train/a.png", "train/b.png", "test/c.png")
    table, said = read("siim_pneumothorax", tmp_path)
    assert table.images["image"].to_list() == ["a", "b"]
    assert table.assessments.column("Pneumothorax").tolist() == [3, 1]
    assert "stage_2_train.csv taken" in said


def test_a_submission_alone_is_no_table(tmp_path):
    write(tmp_path, "sample_submission.csv", "ImageId,EncodedPixels", "a,1 2", "b,-1")
    draw(tmp_path, "a.png", "b.png")
    problems = Problems()
    manifest = load_manifest("siim_pneumothorax")
    assert collect_source(settings("siim", tmp_path), manifest, problems) is None


def test_rsna_processed(tmp_path):
    head = "patientId,x,y,width,height,Target,class,age,sex,modality,position"
    write(
        tmp_path, "stage2_train_metadata.csv", head,
        "a,10,20,30,40,1,Lung Opacity,34,F,CR,AP", "b,,,,,0,Normal,51,M,CR,PA",
    )  # fmt: skip
    write(tmp_path, "stage2_test_metadata.csv", "patientId,PredictionString,age", "c,x,3")
    draw(tmp_path, "Training/Images/a.png", "Training/Images/b.png", "Training/Masks/a.png")
    table, _ = read("rsna_pneumonia", tmp_path)
    assert table.images["view"].to_list() == ["AP", "PA"]
    assert table.boxes.select("image", "x_max").rows() == [("a", 40.0)]
    assert table.assessments.column("Lung Opacity").tolist() == [3, 1]


def test_tbx11k_on_kaggle(tmp_path):
    categories = [
        {"id": 1, "name": "ActiveTuberculosis"},
        {"id": 2, "name": "ObsoletePulmonaryTuberculosis"},
    ]
    for part, image in (("train", "tb/a.png"), ("val", "health/b.png")):
        box = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 1, 3, 3]}
        content = {
            "images": [{"id": 1, "file_name": image, "width": 8, "height": 8}],
            "annotations": [box] if part == "train" else [],
            "categories": categories,
        }
        name = f"TBX11K/annotations/json/TBX11K_{part}.json"
        write(tmp_path, name, json.dumps(content))
    draw(tmp_path, "TBX11K/imgs/tb/a.png", "TBX11K/imgs/health/b.png")
    table, _ = read("tbx11k", tmp_path / "TBX11K")
    assert sorted(table.images["official_split"].to_list()) == ["train", "validate"]
    table, _ = read("tbx11k", tmp_path)
    assert table.images.height == 2


def test_covidx_on_kaggle(tmp_path):
    write(tmp_path, "train.txt", "1 a.png negative rsna", "2 b.png positive ricord")
    write(tmp_path, "test.txt", "3 c.png negative rsna")
    draw(tmp_path, "train/a.png", "train/b.png", "test/c.png")
    table, _ = read("covidx", tmp_path)
    assert table.images["official_split"].to_list() == ["train", "train", "test"]
    assert state(table, "b.png", "positive") == 3


def test_kermany_holds_itself_a_second_time(tmp_path):
    names = [
        "train/NORMAL/IM-0115-0001.jpeg", "train/PNEUMONIA/person1_bacteria_1.jpeg",
        "test/PNEUMONIA/person2_virus_6.jpeg",
    ]  # fmt: skip
    draw(tmp_path, *names)
    draw(tmp_path / "chest_xray", *names)
    table, said = read("kermany_pneumonia", tmp_path)
    assert table.images.height == 3
    assert "chest_xray holds images a second time" in said


def test_vindr_as_png_keeps_the_size_that_boxes_refer_to(tmp_path):
    head = "image_id,class_name,class_id,rad_id,x_min,y_min,x_max,y_max,width,height"
    write(
        tmp_path, "train.csv", head, "a,Cardiomegaly,3,R1,100,200,900,1000,2000,2400",
        "b,No finding,14,R1,,,,,1000,1200",
    )  # fmt: skip
    draw(tmp_path, "train/a.png", "train/b.png")
    table, _ = read("vindr_cxr_kaggle", tmp_path)
    assert table.boxes.select("frame_width", "frame_height").rows() == [(2000, 2400)]


def test_vindr_as_png_with_the_sizes_in_a_second_table(tmp_path):
    head = "image_id,class_name,class_id,rad_id,x_min,y_min,x_max,y_max"
    rows = ["a,Cardiomegaly,3,R1,100,200,900,1000", "b,No finding,14,R1,,,,"]
    write(tmp_path, "train.csv", head, *rows)
    draw(tmp_path, "train/a.png", "train/b.png")
    built_in = load_manifest("vindr_cxr_kaggle")
    with pytest.raises(SourceError, match="boxes inside their images"):
        read_source(settings("vindr_cxr_kaggle", tmp_path), built_in)
    write(tmp_path, "png/train_meta.csv", "image_id,dim0,dim1", "a,2400,2000", "b,1200,1000")
    table, _ = read("vindr_cxr_kaggle", tmp_path)
    assert table.boxes.select("frame_width", "frame_height").rows() == [(2000, 2400)]


def test_boxes_whose_image_has_no_size_are_told(tmp_path):
    head = "image_id,class_name,class_id,rad_id,x_min,y_min,x_max,y_max,width,height"
    write(tmp_path, "train.csv", head, "a,Cardiomegaly,3,R1,1,2,9,10,,")
    draw(tmp_path, "a.png")
    with pytest.raises(SourceError, match="1 box without the size"):
        read_source(settings("vindr_cxr_kaggle", tmp_path), load_manifest("vindr_cxr_kaggle"))


@pytest.mark.parametrize("place", ["images/images", "Lung Segmentation/CXR_png", "CXR_png"])
def test_images_lie_elsewhere(tmp_path, place):
    draw(tmp_path, f"{place}/MCUCXR_0001_0.png", f"{place}/MCUCXR_0104_1.png")
    if "Seg" in place:
        draw(tmp_path, "Lung Segmentation/masks/MCUCXR_0001_0_mask.png")
    table, _ = read("montgomery", tmp_path)
    assert table.assessments.column("1").tolist() == [1, 3]


def test_the_table_lies_in_the_folder_above_the_images(tmp_path):
    write(tmp_path, "Data_Entry_2017.csv", NIH, *NIH_ROWS)
    draw(tmp_path, "images/a.png", "images/b.png")
    table, said = read("nih_chestxray14", tmp_path / "images")
    assert table.images.height == 2
    assert "../Data_Entry_2017.csv" in said


def test_other_sets_lie_beside(tmp_path):
    write(tmp_path, "nih/Data_Entry_2017.csv", NIH, *NIH_ROWS)
    write(tmp_path, "rsna/stage_2_train_labels.csv", "patientId,x,y,width,height,Target", "q,,,,,0")
    write(tmp_path, "rsna/stage_2_detailed_class_info.csv", "patientId,class", "q,Normal")
    write(tmp_path, "mine/labels.csv", "image,finding", "z.png,Mass")
    draw(tmp_path, "nih/images/a.png", "nih/images/b.png", "rsna/q.png", "mine/z.png")
    table, _ = read("nih_chestxray14", tmp_path)
    assert table.images["image"].to_list() == ["a.png", "b.png"]
    table, _ = read("rsna_pneumonia", tmp_path)
    assert table.images["image"].to_list() == ["q"]


def test_a_manifest_of_ones_own_stays_strict(tmp_path):
    write(tmp_path, "labels_new.csv", "image,finding", "a.png,Mass")
    draw(tmp_path, "a.png")
    text = (
        'name = "mine"\n[table]\nfile = "labels.csv"\n[labels]\nencoding = "delimited_list"\n'
        'column = "finding"\n[scope]\nterms = ["Mass"]\n'
    )
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(SourceError, match=r"the file labels\.csv"):
        read_source(settings("mine", tmp_path), load_manifest(str(path)))
    path.write_text(f"{text}[recognise]\n")
    assert read_source(settings("mine", tmp_path), load_manifest(str(path))).images.height == 1
