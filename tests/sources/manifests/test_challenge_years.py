"""Challenges of several years: their tables, as published, by the plain command."""

import numpy as np
import pytest
from PIL import Image
from tests.sources.manifests.test_kinship import links

from labelassemble.pipeline.check_source import check_source
from labelassemble.sources.manifest_file import load_manifest

LT2024 = load_manifest("mimic_cxr_lt").variants[0]["labels"]["columns"]
DICOM = "02aa804e-bde0afdd-112c0b34-7bc16630-4e38401"


def draw(folder, *names):
    for place, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(place).integers(0, 255, (8, 8), dtype=np.uint8)
        Image.fromarray(pixels).save(path)


def parts(check):
    counts = check.table.images["official_split"].drop_nulls().value_counts()
    return dict(counts.iter_rows())


def test_cxr_lt_2024(tmp_path):
    assert len(LT2024) == 40
    columns = ["dicom_id", "subject_id", "study_id", "ViewPosition", "fpath", *LT2024]
    said = {
        "train_labeled.csv": "Normal",
        "development_labeled_task1.csv": "Round(ed) Atelectasis",
        "test_labeled_task1.csv": "Lobar Atelectasis",
    }
    for place, (file, word) in enumerate(said.items()):
        name = f"{DICOM}{place}"
        draw(tmp_path, f"files/p10/p1000003{place}/s5041426{place}/{name}.jpg")
        cells = [str(int(one == word)) for one in LT2024]
        row = [name, f"1000003{place}", f"5041426{place}", "PA", "x.jpg", *cells]
        (tmp_path / file).write_text(f"{','.join(columns)}\n{','.join(row)}\n")
    check = check_source("mimic_cxr_lt", tmp_path)
    assert check.problems == ()
    assert check.table.images["path"].null_count() == 0
    assert parts(check) == {"train": 1, "validate": 1, "test": 1}
    assert check.cells["round_atelectasis"][:2] == (1, 2)
    assert check.cells["lobar_atelectasis"][:2] == (1, 2)


def test_isic_2017(tmp_path):
    draw(tmp_path, *(f"ISIC-2017_Training_Data/ISIC_000000{one}.jpg" for one in range(3)))
    draw(tmp_path, "ISIC-2017_Validation_Data/ISIC_0001769.jpg")
    header = "image_id,melanoma,seborrheic_keratosis\n"
    (tmp_path / "ISIC-2017_Training_Part3_GroundTruth.csv").write_text(
        f"{header}ISIC_0000000,0.0,0.0\nISIC_0000001,1.0,0.0\nISIC_0000002,0.0,1.0\n"
    )
    (tmp_path / "ISIC-2017_Validation_Part3_GroundTruth.csv").write_text(
        f"{header}ISIC_0001769,0.0,0.0\n"
    )
    check = check_source("isic2017_part3", tmp_path)
    assert check.problems == ()
    assert check.cells["melanoma"][:2] == (1, 3)
    assert check.cells["seborrheic_keratosis"][:2] == (1, 3)
    assert "melanocytic_nevus" not in check.cells
    assert parts(check) == {"train": 3, "validate": 1}


def test_isic_2016_has_no_header(tmp_path):
    draw(tmp_path, "train/ISIC_0000000.jpg", "train/ISIC_0000002.jpg", "test/ISIC_0000003.jpg")
    (tmp_path / "ISBI2016_ISIC_Part3_Training_GroundTruth.csv").write_text(
        "ISIC_0000000,benign\nISIC_0000002,malignant\n"
    )
    (tmp_path / "ISBI2016_ISIC_Part3_Test_GroundTruth.csv").write_text("ISIC_0000003,0.0\n")
    check = check_source("isic2016_part3", tmp_path)
    assert check.problems == ()
    assert check.cells["melanoma"][:2] == (1, 2)
    assert parts(check) == {"train": 2, "test": 1}


@pytest.mark.parametrize(
    ("file", "lesion"),
    [("ISIC_2020_Training_GroundTruth.csv", ""), ("ISIC_2020_Training_GroundTruth_v2.csv", ",IL")],
)
def test_isic_2020_as_its_publishers_have_it(file, lesion, tmp_path):
    draw(tmp_path, "train/ISIC_2637011.jpg", "train/ISIC_0015719.jpg")
    named = ",lesion_id" if lesion else ""
    (tmp_path / file).write_text(
        f"image_name,patient_id{named},sex,age_approx,anatom_site_general_challenge,diagnosis,"
        "benign_malignant,target\n"
        f"ISIC_2637011,IP_7279968{lesion},male,45.0,head/neck,unknown,benign,0\n"
        f"ISIC_0015719,IP_3075186{lesion},female,,upper extremity,melanoma,malignant,1\n"
    )
    check = check_source("isic2020", tmp_path)
    assert check.problems == ()
    assert check.cells["melanoma"][:2] == (1, 1)


def test_the_years_share_the_names_of_the_archive():
    name = "ISIC_0000000"
    assert links(("isic2016_part3", [name]), ("isic2017_part3", [name, "ISIC_0000001"])) == {
        (name, name, "shared name")
    }
    for earlier in ("isic2016_part3", "isic2017_part3"):
        for mine in (name, f"{name}_downsampled"):
            assert links(("isic2019", [mine]), (earlier, [name, "ISIC_0000001"])) == {
                (mine, name, "shared name")
            }
