"""The published tables, assembled through their manifests, must give what was measured on them."""

import numpy as np
import polars as pl
import pytest

from labelassemble.assembly.assemble import assemble_table
from labelassemble.assembly.audit import find_leaks
from labelassemble.assembly.table_folder import read_assembled, write_table
from labelassemble.settings import AssemblySettings, CrosswalkSettings, SourceSettings
from labelassemble.sources.manifest_file import load_manifest
from labelassemble.sources.read import read_source
from labelassemble.vocabulary.harmonise import harmonise
from labelassemble.vocabulary.vocabulary import Vocabulary, load_vocabulary

SOURCES = (
    "nih_chestxray14",
    "nih_google",
    "rsna_pneumonia",
    "siim_pneumothorax",
    "vindr_cxr_kaggle",
)
SHORT = dict(zip(SOURCES, ("nih", "google", "rsna", "siim", "vindr"), strict=True))
OPACITIES = ("infiltration", "consolidation", "pneumonia", "atelectasis", "edema", "effusion")


@pytest.fixture(scope="module")
def settings_of(real_data):
    tables = real_data / "tables"
    return {
        name: SourceSettings(
            name=SHORT[name],
            manifest=name,
            folder=tables,
            images=tables / "none",
            missing_images="keep",
        )
        for name in SOURCES
    }


@pytest.fixture(scope="module")
def label_tables(settings_of):
    return {name: read_source(one, load_manifest(name)) for name, one in settings_of.items()}


@pytest.fixture(scope="module")
def walk(real_data):
    return CrosswalkSettings(
        file=real_data / "tables" / "rsna_to_nih.csv.gz",
        left_source="rsna",
        left_column="rsna_image",
        right_source="nih",
        right_column="nih_image",
        error_column="mean_squared_error",
        error_above=10.0,
    )


@pytest.fixture(scope="module")
def run(label_tables, settings_of, walk):
    def assemble_real(names=SOURCES, vocabulary=None, **settings):
        vocabulary = vocabulary or load_vocabulary("chest_radiograph")
        settings.setdefault("crosswalks", (walk,) if SOURCES[2] in names else ())
        return assemble_table(
            [harmonise(label_tables[name], vocabulary) for name in names],
            vocabulary,
            AssemblySettings(**settings),
            sources=[settings_of[name] for name in names],
        )

    return assemble_real


@pytest.fixture(scope="module")
def table(run):
    return run()


def test_counts_in_are_counts_out(table):
    rows = table.manifest["rows"]
    assert {name: counts["read"] for name, counts in rows.items()} == {
        "nih": 112_120,
        "google": 4_376,
        "rsna": 30_227,
        "siim": 12_954,
        "vindr": 67_914,
    }
    for counts in rows.values():
        assert counts["read"] == counts["images"] + counts["joined"] + counts["excluded"]
        assert counts["beyond"] == 0
    assert table.members.height == 112_120 + 4_376 + 26_684 + 12_047 + 15_000


def test_overlaps_are_those_of_the_crosswalk_and_of_the_names(table):
    rsna = table.members.filter(source="rsna")
    assert (rsna["evidence"] == "crosswalk").sum() == 26_684 - 98
    assert (table.links["evidence"] == "weak crosswalk").sum() == 98
    assert (table.members.filter(source="google")["evidence"] == "shared name").all()
    weak = table.links.filter(evidence="weak crosswalk")
    assert weak["measure"].min() > 10
    # A weak match keeps both on one side, but joins no assessment.
    alone = rsna.filter(evidence="table")
    assert alone.height == 98
    groups = dict(table.records.select("record", "group").iter_rows())
    record = dict(
        table.members.select(pl.col("source") + "/" + pl.col("image"), "record").iter_rows()
    )
    assert all(
        groups[record[left]] == groups[record[right]]
        for left, right in weak.select("left", "right").iter_rows()
    )
    nih = table.records.filter(source="nih")
    assert nih["group"].n_unique() == 30_805
    told = table.groups.filter(pl.col("sources") == "nih+google+rsna")["evidence"]
    assert told.str.contains("same patient").any()
    assert told.str.contains("crosswalk").all()


def test_without_a_limit_every_match_joins(run, walk):
    loose = walk.model_copy(update={"error_column": None, "error_above": None})
    table = run(SOURCES[:3:2], crosswalks=(loose,))
    assert table.records.height == 112_120
    rsna = table.members.filter(source="rsna")
    assert rsna["record"].n_unique() == 26_663
    of_rsna = table.records.filter(pl.col("record").is_in(rsna["record"].implode()))
    assert of_rsna["group"].n_unique() == 11_439


def test_no_patient_and_no_image_stands_on_two_sides(table):
    assert find_leaks(table) == []
    parts = dict(table.records["split"].value_counts(normalize=True).iter_rows())
    assert parts == pytest.approx({"train": 0.68, "validate": 0.12, "test": 0.2}, abs=0.01)


def test_every_class_has_its_share_of_every_part_in_every_source(table):
    known = table.cells.filter(label=1.0).join(
        table.records.select("record", "split", "group"), on="record"
    )
    groups = known.unique(["class", "source", "group"])
    counted = groups.group_by("class", "source").agg(
        groups=pl.len(),
        test=(pl.col("split") == "test").mean(),
        validate=(pl.col("split") == "validate").mean(),
    )
    enough = counted.filter(pl.col("groups") >= 200)
    assert enough.height > 30
    assert ((enough["test"] - 0.2).abs() < 0.02).all()
    assert ((enough["validate"] - 0.12).abs() < 0.02).all()


def agreement(table, left, right, name):
    return table.agreement.filter(left_source=left, right_source=right, **{"class": name}).row(
        0, named=True
    )


def test_nih_and_its_adjudicated_labels_agree_as_measured(table):
    pneumothorax = agreement(table, "nih", "google", "pneumothorax")
    assert pneumothorax["records"] == 4_376
    assert pneumothorax["agreement"] == pytest.approx(0.941, abs=0.0005)
    nodule = agreement(table, "nih", "google", "nodule_or_mass")
    assert nodule["records"] == 4_376
    assert nodule["agreement"] == pytest.approx(0.875, abs=0.0005)
    for row in (pneumothorax, nodule):
        assert row["kappa_low"] < row["kappa"] < row["kappa_high"]


def test_airspace_opacity_agrees_as_measured_when_six_classes_count_as_one(run):
    names = ("mass", "nodule", "cardiomegaly", *OPACITIES)
    findings = [
        {
            "name": name,
            "title": name.title(),
            "parents": ["airspace_opacity"] if name in OPACITIES else [],
        }
        for name in names
    ]
    findings.append(
        {"name": "airspace_opacity", "title": "Airspace opacity", "union_of": OPACITIES}
    )
    six = Vocabulary.model_validate({"name": "six", "version": "1", "findings": findings})
    table = run(SOURCES[:2], vocabulary=six)
    found = agreement(table, "nih", "google", "airspace_opacity")
    assert found["records"] == 4_376
    assert found["agreement"] == pytest.approx(0.694, abs=0.0005)


def test_rsna_finds_what_text_mining_does_not(table):
    record = table.members.filter(source="rsna").select("record", "image")
    assert record.height == 26_684
    opaque = table.cells.filter(pl.col("class") == "lung_opacity", state="positive")
    from_rsna = opaque.filter(pl.col("source").str.contains("rsna"))
    conflicts = table.conflicts.filter(
        pl.col("class") == "lung_opacity", left_source="nih", right_source="rsna"
    )
    # NIH says opacity only through narrower findings, never no opacity: all conflicts are its
    # positives against RSNA's negatives.
    assert set(conflicts["left_assessment"]) == {"positive"}
    assert set(conflicts["right_assessment"]) == {"negative"}
    assert from_rsna.height > 5_000


def test_readers_disagree_on_most_findings_of_vindr(table):
    listed = table.conflicts.filter(between="readers", left_source="vindr")
    assert listed.height > 9_000
    readers = table.agreement.filter(left_source="vindr", right_source="vindr")
    kappa = dict(readers.select("class", "kappa").iter_rows())
    assert 0.7 < kappa["cardiomegaly"] < 1
    assert kappa["cardiomegaly"] > kappa["calcification"]


@pytest.mark.parametrize("policy", ["any", "all"])
def test_readers_policies_move_the_counts_as_they_must(run, table, policy):
    positive = pl.col("state") == "positive"
    own = run(SOURCES[4:], readers=policy).cells.filter(positive).height
    majority = table.cells.filter(positive, pl.col("source") == "vindr").height
    assert (own > majority) == (policy == "any")


def test_the_table_comes_back_as_written_and_is_the_same_again(table, run, tmp_path):
    write_table(table, tmp_path / "one")
    write_table(run(), tmp_path / "two")
    for file in sorted((tmp_path / "one").iterdir()):
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes()
    again = read_assembled(tmp_path / "one")
    assert np.array_equal(again.label_matrix(), table.label_matrix(), equal_nan=True)
    assert table.manifest["incoherent"] is not None
