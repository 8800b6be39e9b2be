import json
import subprocess
import sys
from pathlib import Path

import cv2
import nibabel
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelassemble.errors import SourceError
from labelassemble.pipeline.describe_draft import describe_draft
from labelassemble.pipeline.draft_manifest import draft_manifest
from labelassemble.pipeline.drafted import Drafted
from labelassemble.pipeline.write_draft import write_draft
from labelassemble.settings import SourceSettings
from labelassemble.sources.draft.choose import choose_draft
from labelassemble.sources.draft.survey import survey_folder
from labelassemble.sources.manifest_file import load_manifest, parse_manifest
from labelassemble.sources.read import read_source
from labelassemble.vocabulary.vocabulary import load_vocabulary

CHEST = load_vocabulary("chest_radiograph")


def record(path: Path, value=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.full((8, 8), value, np.uint8))


def draft(folder: Path, place: Path, missing="error", **options):
    """Draft, then read strictly as drafted: positives of each term."""
    place.mkdir(exist_ok=True)
    output = place / "manifest.toml"
    output.unlink(missing_ok=True)
    drafted = draft_manifest(folder, output, own=True, **options)
    assert drafted.text == output.read_text(encoding="utf-8")
    source = SourceSettings(
        name="mine", manifest="m", folder=folder.absolute(), missing_images=missing
    )
    table = read_source(source, load_manifest(str(output)))
    assert drafted.check is not None
    assert {one.term for one in drafted.check.terms} >= set(table.scope)
    positives = {one.term: one.positive for one in drafted.check.terms}
    return drafted, table, positives


def test_kermany(real_data, tmp_path):
    drafted, table, positives = draft(real_data / "kermany", tmp_path)
    assert positives == {"PNEUMONIA": 948}
    assert table.images["patient"].n_unique() == 1_061
    assert dict(table.images["official_split"].value_counts().iter_rows()) == {
        "train": 878,
        "test": 624,
    }
    assert drafted.known == ("kermany_pneumonia",)


def test_covid(real_data, tmp_path):
    _, table, positives = draft(real_data / "covid_chestxray", tmp_path, "exclude")
    assert positives["Pneumonia/Viral/COVID-19"] == 471
    assert positives["Pneumonia"] == 642
    assert table.manifest.terms["Pneumonia/Viral"] == "viral_pneumonia"
    assert table.manifest.scope.ignore == ("todo", "Unknown")
    assert table.images["patient"].n_unique() == 434


def test_busi(real_data, tmp_path):
    drafted, table, positives = draft(real_data / "busi", tmp_path)
    assert positives == {"benign": 437, "malignant": 210}
    assert table.images.height == 780
    assert drafted.known == ()
    assert any("masks" in other for other in drafted.others)


@pytest.mark.parametrize(
    ("name", "positives", "patients"),
    [
        ("Data_Entry_2017_v2020.csv", {"Hernia": 227, "Infiltration": 19_894}, 30_805),
        ("google2019_nih-chest-xray-labels.csv", {"Fracture": 186}, 1_695),
        ("stage_2_detailed_class_info.csv", {"Lung Opacity": 6_012}, 0),
        ("kaggle_stage_2_train_labels.csv.zip", {"Target": 6_012}, 0),
        ("siim-pneumothorax-train-rle.csv", {"pneumothorax": 2_669}, 0),
        ("vinbigdata-train.csv", {"Pneumothorax": 58, "Cardiomegaly": 1_817}, 0),
        ("BBox_List_2017.csv", {"Mass": 85}, 726),
    ],
)
def test_real_tables(real_data, tmp_path, name, positives, patients):
    drafted, table, found = draft(real_data / "tables", tmp_path, "keep", table=name)
    assert {term: found[term] for term in positives} == positives
    assert table.images["patient"].drop_nulls().n_unique() == patients
    assert len(drafted.others) >= 5
    if name.startswith("Data_Entry"):  # its lists and its boxes come with it
        assert table.boxes.height == 984
        parts = table.images["official_split"].value_counts(sort=True)["count"]
        assert parts.to_list() == [86_524, 25_596]


@pytest.mark.parametrize("folder", ["kermany", "covid_chestxray", "tables"])
def test_a_built_in_manifest_that_fits_is_named_instead(real_data, tmp_path, folder):
    output = tmp_path / "m.toml"
    drafted = draft_manifest(real_data / folder, output)
    assert drafted.known
    assert not output.exists()
    words = describe_draft(drafted)
    assert "no draft is needed" in words
    assert all(name in words for name in drafted.known)
    assert "--force" in words


def test_the_simulated_hospitals(hospitals, tmp_path):
    folder = hospitals.parent
    for name in ("north", "east", "west", "reference"):
        drafted, table, positives = draft(folder / name, tmp_path)
        own = load_manifest(str(folder / name / "manifest.toml"))
        source = SourceSettings(name="mine", manifest="m", folder=folder / name)
        truth = read_source(source, own)
        assert table.images.equals(truth.images)
        assert set(table.scope) == set(truth.scope)
        for term in truth.scope:
            assert (table.assessments.column(term) == truth.assessments.column(term)).all()
        assert drafted.check.status == 0
        assert sum(positives.values()) > 0


def test_nnunet_and_decathlon(tmp_path):
    for name, first in (("nnunet", "_0000"), ("decathlon", "")):
        folder = tmp_path / name
        for part in ("imagesTr", "labelsTr"):
            (folder / part).mkdir(parents=True)
        for case in range(3):
            volume = np.zeros((4, 4, 4), np.uint8)
            volume[:case] = 1
            volume[3:, :, :case] = 2
            image = nibabel.Nifti1Image(volume, np.eye(4))
            nibabel.save(image, folder / "imagesTr" / f"case_{case}{first}.nii.gz")
            nibabel.save(image, folder / "labelsTr" / f"case_{case}.nii.gz")
        labels = {"background": 0, "pancreas": 1, "tumour": 2}
        if not first:
            labels = {str(value): term for term, value in labels.items()}
        (folder / "dataset.json").write_text(json.dumps({"labels": labels}))
        _, table, positives = draft(folder, tmp_path / f"{name}-draft")
        assert positives == {"pancreas": 2, "tumour": 2}
        assert table.images.height == 3


def test_medmnist(tmp_path):
    folder = tmp_path / "a"
    folder.mkdir()
    arrays = {}
    for part, count in (("train", 6), ("val", 2), ("test", 3)):
        arrays[f"{part}_images"] = np.zeros((count, 4, 4), np.uint8)
        arrays[f"{part}_labels"] = np.arange(count)[:, None] % 3
    np.savez(folder / "mnist.npz", **arrays)
    _, table, positives = draft(folder, tmp_path)
    assert positives == {"class_0": 4, "class_1": 4, "class_2": 3}
    assert set(table.images["official_split"]) == {"train", "validate", "test"}


def test_coco(tmp_path):
    folder = tmp_path / "a"
    content = {
        "images": [{"id": n, "file_name": f"{n // 2:03}_{n % 2}.png"} for n in range(8)],
        "categories": [{"id": 1, "name": "Mass"}, {"id": 2, "name": "Edema"}],
        "annotations": [
            {"id": n, "image_id": n, "category_id": 1 + n % 2, "bbox": [1, 1, 3, 3]}
            for n in range(5)
        ],
    }
    for one in content["images"]:
        record(folder / "images" / one["file_name"])
    (folder / "instances.json").write_text(json.dumps(content))
    _, table, positives = draft(folder, tmp_path)
    assert positives == {"Mass": 3, "Edema": 2}
    assert table.images["patient"].n_unique() == 4
    assert table.boxes.height == 5


def test_reports_in_xml(tmp_path):
    folder = tmp_path / "a"
    (folder / "reports").mkdir(parents=True)
    for number, term in enumerate(["normal", "Cardiomegaly/mild", "Cardiomegaly", "normal"]):
        record(folder / "images" / f"x{number}.png")
        text = f'<r><MeSH><major>{term}</major></MeSH><parentImage id="x{number}"/></r>'
        (folder / "reports" / f"{number}.xml").write_text(text)
    _, _, positives = draft(folder, tmp_path)
    assert positives == {"Cardiomegaly": 2}


def test_masks_alone(tmp_path):
    folder = tmp_path / "a"
    for number in range(6):
        record(folder / "images" / f"{number}.png")
        record(folder / "masks" / f"{number}.png", 255 * (number % 2))
    _, _, positives = draft(folder, tmp_path)
    assert positives == {"finding": 3}


def test_masks_beside_images_in_folders_of_classes(tmp_path):
    folder = tmp_path / "a"
    for word in ("benign", "normal"):
        for number in range(3):
            record(folder / word / f"{word} ({number}).png")
            record(folder / word / f"{word} ({number})_mask.png")
    _, table, positives = draft(folder, tmp_path)
    assert positives == {"benign": 3}
    assert table.images.height == 6
    assert table.excluded["rows"].sum() == 6


def test_parts_in_files_of_their_own(tmp_path):
    folder = tmp_path / "chexpert"
    for part in ("train", "valid"):
        rows = ["Path,Sex,Age,AP/PA,No Finding,Cardiomegaly,Edema"]
        for patient in range(10):
            for study in (1, 2):
                name = f"{part}/patient{patient + 50 * (part == 'valid'):05}/study{study}/view1.jpg"
                record(folder / name)
                cells = ["1.0,,", ",1.0,0.0", ",-1.0,1.0"][(patient + study) % 3]
                rows.append(f"chexpert/{name},Male,60,AP,{cells}")
        (folder / f"{part}.csv").write_text("\n".join(rows) + "\n")
    _, table, _ = draft(folder, tmp_path)
    assert table.images["patient"].n_unique() == 20
    assert dict(table.images["official_split"].value_counts().iter_rows()) == {
        "train": 20,
        "validate": 20,
    }
    assert table.manifest.scope.no_finding == ("No Finding",)
    assert table.scope == ("Cardiomegaly", "Edema")


def test_a_table_without_a_header(tmp_path):
    folder = tmp_path / "a"
    lines = []
    for number in range(12):
        record(folder / "train" / f"img{number}.png")
        lines.append(f"{number // 2} img{number}.png {['positive', 'negative'][number % 2]} cohen")
    (folder / "train_COVIDx.txt").write_text("\n".join(lines) + "\n")
    _, _, positives = draft(folder, tmp_path)
    assert positives == {"column_3": 6}


def test_bare_images(real_data, tmp_path):
    _, table, positives = draft(real_data / "nih" / "images", tmp_path)
    assert positives == {}
    assert table.images["patient"].n_unique() == 1_998


WORDS = st.sampled_from(
    [
        "Mass",
        "Edema",
        "Normal",
        "todo",
        "1",
        "0",
        "YES",
        "NO",
        "",
        "a b",
        "x|y",
        "['z']",
        '"',
        "é",
        "Mass|Edema",
    ]
)
TABLES = st.lists(st.tuples(WORDS, WORDS, WORDS), min_size=1, max_size=8)


@settings(max_examples=60)
@given(
    rows=TABLES,
    head=st.lists(
        st.sampled_from(["found", "Labels", "age", "split", "sex", "Mass", "x", 'q"']),
        min_size=3,
        max_size=3,
        unique=True,
    ),
)
def test_whatever_a_table_holds_the_draft_is_a_manifest(tmp_path_factory, rows, head):
    folder = tmp_path_factory.getbasetemp() / "anything"
    folder.mkdir(exist_ok=True)
    lines = [["image", *head], *([f"{n}.png", *row] for n, row in enumerate(rows))]
    quoted = [",".join('"' + cell.replace('"', '""') + '"' for cell in line) for line in lines]
    (folder / "t.csv").write_text("\n".join(quoted) + "\n", encoding="utf-8")
    chosen = choose_draft(survey_folder(folder), CHEST.find)
    parse_manifest(write_draft(folder, chosen, CHEST), "draft")


def test_nothing_is_overwritten_and_no_mistake_leaves_a_file(tmp_path):
    output = tmp_path / "m.toml"
    with pytest.raises(SourceError, match="a folder at"):
        draft_manifest(tmp_path / "nowhere", output)
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(SourceError, match="nothing that could be a source"):
        draft_manifest(empty, output)
    assert not output.exists()
    output.write_text("mine")
    record(empty / "a.png")
    with pytest.raises(SourceError, match="not there yet"):
        draft_manifest(empty, output)
    assert output.read_text() == "mine"
    with pytest.raises(SourceError, match="a place to write"):
        draft_manifest(empty, output / "below")


def test_the_words_after_a_draft(tmp_path):
    folder = tmp_path / "a"
    record(folder / "x1.png")
    (folder / "labels.csv").write_text("image,found\nx1.png,liver cyst\nx2.png,normal\n")
    output = tmp_path / "made" / "m.toml"
    drafted = draft_manifest(folder, output)
    words = describe_draft(drafted)
    assert drafted.vocabulary == "abdominal_ct"
    assert f"Wrote {output}." in words
    assert "Understood" in words
    assert f"labelassemble check {output} {folder} --vocabulary abdominal_ct" in words
    assert "ONE THING ONLY YOU KNOW: THE SCOPE" in drafted.text
    unwritten = draft_manifest(folder, None)
    assert describe_draft(unwritten).startswith("# A first manifest")
    assert isinstance(unwritten, Drafted)


def test_it_predictions_without_torch():
    code = "import sys, labelassemble.pipeline.draft_manifest as d; print('torch' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"
