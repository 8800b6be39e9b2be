"""Counts that the published tables must give, and what real folders hold."""

import numpy as np
import polars as pl
import pytest

from labelassemble.errors import SourceError
from labelassemble.settings import SourceSettings
from labelassemble.sources.assessments import NEGATIVE, POSITIVE, UNKNOWN
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.manifest_file import load_manifest
from labelassemble.sources.read import read_source


def read(real_data, manifest, folder, images=None, **settings):
    settings.setdefault("missing_images", "exclude")
    source = SourceSettings(
        name="mine",
        manifest=manifest if isinstance(manifest, str) else "handmade",
        folder=real_data / folder,
        images=real_data / images if images else None,
        **settings,
    )
    table = read_source(source, load_manifest(manifest) if isinstance(manifest, str) else manifest)
    assert table.images["image"].is_unique().all()
    rows = table.images.height + table.joined_rows + table.excluded["rows"].sum()
    assert rows == table.inputs[0].rows
    return table


def positives(table, term):
    return len(np.unique(table.assessments.image[table.assessments.column(term) == POSITIVE]))


def looked_at(table):
    return int((table.assessments.state != UNKNOWN).sum())


@pytest.fixture(scope="module")
def nih(real_data):
    return read(real_data, "nih_chestxray14", "tables", "nih/images", split="official")


def test_nih_has_its_images_patients_and_official_lists(nih):
    assert nih.images.height == nih.inputs[0].rows == 112_120
    assert nih.excluded.is_empty()
    assert nih.images["patient"].n_unique() == 30_805
    assert dict(nih.images["official_split"].value_counts().iter_rows()) == {
        "train": 86_524,
        "test": 25_596,
    }
    boxed = (nih.assessments.reader == "boxes").sum()
    assert looked_at(nih) == 14 * 112_120 + nih.boxes.select("image", "term").unique().height
    assert nih.assessments.readings == 112_120 + boxed
    assert positives(nih, "Infiltration") == 19_894
    assert positives(nih, "Hernia") == 227
    assert set(nih.images["view"].unique()) == {"PA", "AP"}
    assert nih.images["sex"].null_count() == nih.images["age"].null_count() == 0


def test_nih_finds_small_jpegs_for_the_pngs_of_the_table(nih):
    here = nih.images.drop_nulls("path")
    assert here.height == 2_619
    assert here["patient"].n_unique() == 1_998
    assert (here["official_split"] == "test").sum() == 1_122
    stems = here["path"].str.extract(r"([^/]+)\.jpg$")
    assert (stems + ".png").equals(here["image"], check_names=False)


def test_a_held_out_list_overrules_the_official_one(real_data):
    held_out = real_data / "nih" / "one_per_patient_test.txt"
    table = read(real_data, "nih_chestxray14", "tables", "nih/images", test_list=held_out)
    listed = set(held_out.read_text().split())
    assert len(listed) == 621
    rows = table.images.filter(pl.col("image").is_in(list(listed)))
    assert set(rows["official_split"]) == {"test"}
    assert rows["path"].null_count() == 0


def test_rsna_repeats_rows_and_speaks_of_opacity_alone(real_data):
    table = read(real_data, "rsna_pneumonia", "tables", "nowhere")
    assert table.inputs[0].rows == 30_227
    assert table.images.height == 26_684
    assert table.excluded["rows"].sum() == 30_227 - 26_684
    assert positives(table, "Lung Opacity") == 6_012
    assert looked_at(table) == 26_684
    assert table.scope == ("Lung Opacity",)
    assert table.images["patient"].null_count() == 26_684


def test_rsna_boxes_say_the_same_as_its_classes(real_data):
    manifest = Manifest.model_validate(
        {
            "name": "rsna_boxes",
            "table": {"file": "kaggle_stage_2_train_labels.csv", "image": "patientId"},
            "labels": {
                "encoding": "box_rows",
                "term": "Lung Opacity",
                "box": ["x", "y", "width", "height"],
            },
        }
    )
    boxes = read(real_data, manifest, "tables", "nowhere")
    classes = read(real_data, "rsna_pneumonia", "tables", "nowhere")
    assert boxes.inputs[0].rows == 30_227
    columns = ["image", "term", "assessment"]
    assert (
        boxes.list_assessments().select(columns).equals(classes.list_assessments().select(columns))
    )
    assert boxes.boxes.height == 9_555


def test_nih_google_reads_the_adjudicated_columns(real_data, nih):
    table = read(real_data, "nih_google", "tables", "nih/images")
    assert table.images.height == 4_376
    assert table.images.join(nih.images, on="image", how="anti").is_empty()
    assert looked_at(table) == 4 * 4_376
    assert table.images["path"].count() == 107
    assert set(table.images["official_split"]) == {"validate", "test"}


def test_a_folder_without_labels(real_data):
    table = read(real_data, "unlabelled_folder", "nih_unlabelled", missing_images="error")
    assert table.images.height == table.images["path"].count() == 3_500
    assert looked_at(table) == 0


def test_covid_counts_every_row_and_guesses_no_file(real_data):
    table = read(real_data, "covid_chestxray", "covid_chestxray")
    assert table.inputs[0].rows == 769
    # Nine pairs of rows differ by the extension alone, and only one file of each pair is there.
    assert table.excluded.height == 18
    assert table.images["path"].null_count() == 0
    said = table.assessments
    assert (said.state == UNKNOWN).all(axis=1).sum() == 83
    covid = said.column("Pneumonia/Viral/COVID-19") == POSITIVE
    assert covid.sum() == 471
    assert set(said.column("Pneumonia")[covid]) == {POSITIVE}
    assert set(said.column("Pneumonia/Viral")[covid]) == {POSITIVE}
    assert set(said.column("Pneumonia/Bacterial")[covid]) == {NEGATIVE}
    with pytest.raises(SourceError, match="18 images of which it is not certain"):
        read(real_data, "covid_chestxray", "covid_chestxray", missing_images="error")


def test_kermany_groups_persons_across_its_folders(real_data):
    table = read(real_data, "kermany_pneumonia", "kermany", missing_images="error")
    assert table.images.height == 1_502
    assert positives(table, "PNEUMONIA") == 948
    assert positives(table, "bacteria") == 553
    assert positives(table, "virus") == 395
    assert table.images["patient"].null_count() == 0
    both = table.images.group_by("patient").agg(pl.col("official_split").n_unique())
    assert (both["official_split"] == 2).sum() > 50


def test_busi_has_the_published_counts_and_leaves_its_masks_out(real_data):
    table = read(real_data, "busi", "busi", missing_images="error")
    assert table.images.height == 780
    assert positives(table, "benign") == 437
    assert positives(table, "malignant") == 210
    assert table.excluded["rows"].sum() == 780
