"""What the published tables with readers, masks and boxes must give."""

import numpy as np
import polars as pl
import pytest

from labelassemble.settings import SourceSettings
from labelassemble.sources.assessments import NEGATIVE, POSITIVE, UNKNOWN
from labelassemble.sources.manifest_file import load_manifest
from labelassemble.sources.read import read_source
from labelassemble.vocabulary.harmonise import harmonise
from labelassemble.vocabulary.vocabulary import load_vocabulary


def read(real_data, manifest):
    source = SourceSettings(
        name="mine",
        manifest=manifest,
        folder=real_data / "tables",
        images=real_data / "nowhere",
        missing_images="exclude",
    )
    table = read_source(source, load_manifest(manifest))
    read_rows = table.images.height + table.joined_rows + table.excluded["rows"].sum()
    boxed = load_manifest(manifest).boxes is not None
    assert sum(one.rows for one in table.inputs[: 1 if boxed else None]) == read_rows
    classes = harmonise(table, load_vocabulary("chest_radiograph"))
    assert classes.unmapped.is_empty()
    return table, classes


@pytest.fixture(scope="module")
def vindr(real_data):
    return read(real_data, "vindr_cxr_kaggle")


def test_vindr_has_three_readers_on_every_image(vindr):
    table, _ = vindr
    assert table.inputs[0].rows == 67_914
    assert table.images.height == 15_000
    assert table.assessments.readings == 45_000
    assert (np.bincount(table.assessments.image) == 3).all()
    assert table.assessments.reader.n_unique() == 17
    assert set(table.assessments.reader) == {f"R{number}" for number in range(1, 18)}
    assert table.images["patient"].null_count() == 15_000
    assert set(table.assessments.evidence) == {"radiologist"}


def test_two_in_five_findings_of_vindr_come_from_one_reader_alone(vindr):
    table, _ = vindr
    findings = [name for name in table.scope if name in table.assessments.columns]
    assert len(findings) == 14
    said = np.stack([table.assessments.column(name) == POSITIVE for name in findings], axis=1)
    readers = np.zeros((table.images.height, len(findings)), dtype=int)
    np.add.at(readers, table.assessments.image, said)
    found = readers[readers > 0]
    assert round(100 * (found == 1).mean(), 1) == 42.6
    # What a reader did not list, that reader denies: there is no unknown cell.
    assert not (table.assessments.state == UNKNOWN).any()


def test_vindr_boxes_belong_to_readers(vindr):
    table, classes = vindr
    boxes = table.boxes
    assert boxes["reader"].null_count() == 0
    assert (boxes["x_max"] > boxes["x_min"]).all()
    assert (boxes["y_max"] > boxes["y_min"]).all()
    assert boxes.is_duplicated().sum() == 0
    boxed = set(boxes.select("image", "reader", "term").unique().rows())
    assessments = table.list_assessments().filter(assessment="positive")
    assert boxed == set(assessments.select("image", "reader", "term").rows())
    assert "Other lesion" in set(boxes["term"])
    assert classes.boxes.height < boxes.height


def test_siim_has_its_masks(real_data):
    table, classes = read(real_data, "siim_pneumothorax")
    assert table.inputs[0].rows == 12_954
    assert table.images.height == 12_047
    state = table.assessments.column("Pneumothorax")
    assert (state == POSITIVE).sum() == 2_669
    assert (state == NEGATIVE).sum() == 12_047 - 2_669
    boxes = table.boxes
    assert boxes["image"].n_unique() == 2_669
    assert boxes.select((pl.col("x_min") >= 0).all() & (pl.col("x_max") <= 1024).all()).item()
    assert boxes.select((pl.col("y_min") >= 0).all() & (pl.col("y_max") <= 1024).all()).item()
    # A pneumothorax lies in the chest: in the upper half more often than in the lower.
    assert (boxes["y_min"] + boxes["y_max"]).median() < 1024
    assert set(classes.boxes["class"]) == {"pneumothorax"}


def test_nih_boxes_spell_infiltrate(real_data):
    table, classes = read(real_data, "nih_chestxray14")
    assert table.boxes.height == 984
    assert table.boxes["image"].n_unique() == 880
    assert "Infiltrate" in set(table.boxes["term"])
    assert classes.boxes.height == 984
    assert classes.boxes["class"].n_unique() == 8
    assert "infiltration" in set(classes.boxes["class"])
    readings = table.assessments.reader == "boxes"
    assert readings.sum() == 880
    assert set(table.assessments.evidence.filter(readings)) == {"radiologist"}
    assert set(table.assessments.evidence.filter(~readings.fill_null(False))) == {"text_mining"}
    assert table.assessments.columns[:14] == table.scope


def test_rsna_boxes_say_what_its_classes_say(real_data):
    table, classes = read(real_data, "rsna_pneumonia")
    assert table.boxes.height == classes.boxes.height == 9_555
    positive = table.assessments.column("Lung Opacity") == POSITIVE
    images = table.images["image"].gather(table.assessments.image[positive])
    assert len(images) == 6_012
    assert set(table.boxes["image"]) == set(images)
    # The same readers drew them: no reading of their own.
    assert table.assessments.readings == table.images.height == 26_684
