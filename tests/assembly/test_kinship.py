import json
from functools import partial

import pytest

from labelassemble.assembly.kinship import find_kinship
from labelassemble.assembly.shared_table import find_shared_table
from labelassemble.sources.manifest_file import builtin_manifests, load_manifest, parse_manifest
from labelassemble.sources.overlapping_names import OverlappingNames

MAPPING = "pneumonia-challenge-dataset-mappings_2018.json"


@pytest.fixture
def relate():
    """Kinship of sources, given as name to built-in manifest (or the text of one's own)."""

    def relate(folders=(), **sources):
        manifests = {}
        for source, manifest in sources.items():
            own = "=" in manifest
            read = parse_manifest(manifest, source) if own else load_manifest(manifest)
            manifests[source] = read
        return find_kinship(manifests, partial(find_shared_table, folders=folders))

    return relate


def told(kinship):
    return {
        (one.one, one.other, "ids" if one.by_ids else "fingerprint", one.siblings)
        for one in kinship.relations
    }


@pytest.mark.parametrize(
    ("part", "whole", "how"),
    [
        ("nih_google", "nih_chestxray14", "ids"),
        ("nih_cxr_lt", "nih_chestxray14", "ids"),
        ("rsna_pneumonia", "nih_chestxray14", "fingerprint"),
        ("siim_pneumothorax", "nih_chestxray14", "fingerprint"),
        ("chestmnist", "nih_chestxray14", "fingerprint"),
        ("vindr_cxr_kaggle", "vindr_cxr", "ids"),
        ("mimic_cxr_lt", "mimic_cxr_chexpert", "ids"),
        ("covidx", "rsna_pneumonia", "ids"),
        ("covidx", "covid_chestxray", "ids"),
        ("covidx", "bimcv_covid19_positive", "ids"),
        ("covid_qu_ex", "kermany_pneumonia", "fingerprint"),
        ("covid19_radiography", "rsna_pneumonia", "fingerprint"),
        ("tb_chest_radiography", "montgomery", "fingerprint"),
        ("tb_chest_radiography", "shenzhen", "fingerprint"),
        ("tbx11k", "shenzhen", "ids"),
        ("panorama", "msd07_pancreas", "fingerprint"),
        ("abdomenatlas", "msd07_pancreas", "fingerprint"),
        ("kits19", "kits21", "ids"),
        ("kits21", "kits23", "ids"),
        ("msd03_liver", "lits", "ids"),
        ("ham10000", "isic2019", "ids"),
        ("isic2018_task3", "ham10000", "ids"),
        ("pneumoniamnist", "kermany_pneumonia", "fingerprint"),
        ("octmnist", "kermany_oct", "fingerprint"),
        ("breastmnist", "busi", "fingerprint"),
        ("dermamnist", "ham10000", "fingerprint"),
        ("organamnist", "lits", "fingerprint"),
        ("openi", "indiana_kaggle", "ids"),
    ],
)
@pytest.mark.parametrize("turned", [False, True])
def test_whatever_comes_first_kin_are_known(relate, part, whole, how, turned):
    names = {"a": whole, "b": part} if turned else {"a": part, "b": whole}
    (relation,) = relate(**names).relations
    assert relation.by_ids == (how == "ids")
    assert not relation.siblings
    assert relation.facts[0].evidence
    assert relation.facts[0].reference.startswith("https://")


@pytest.mark.parametrize(
    ("one", "other", "through", "siblings"),
    [
        # A part of a part that is wholly of the whole.
        ("tb_chest_radiography", "nih_chestxray14", ("rsna_pneumonia",), False),
        ("covidx", "nih_chestxray14", ("rsna_pneumonia",), False),
        ("kits19", "kits23", (), False),
        # Two parts of one that is not in the recipe.
        ("siim_pneumothorax", "chestmnist", ("nih_chestxray14",), True),
        ("pneumoniamnist", "covid_qu_ex", ("kermany_pneumonia",), True),
        ("nih_google", "nih_cxr_lt", ("nih_chestxray14",), True),
    ],
)
def test_kinship_goes_through_others(relate, one, other, through, siblings):
    (relation,) = relate(a=one, b=other).relations
    assert relation.through == through
    assert relation.siblings == siblings


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("montgomery", "shenzhen"),  # both in a third one, which holds them
        ("padchest", "chexpert"),
        ("vindr_cxr", "vindr_pcxr"),
        ("covid_chestxray", "kermany_pneumonia"),
    ],
)
def test_no_kin(relate, one, other):
    assert relate(a=one, b=other).relations == ()


def test_two_parts_of_a_source_that_is_here_are_not_told_twice(relate):
    found = relate(a="siim_pneumothorax", b="chestmnist", c="nih_chestxray14")
    assert {(one.one, one.other) for one in found.relations} == {("a", "c"), ("b", "c")}


def test_a_manifest_that_extends_a_relative_is_one_by_any_name(relate):
    own = 'extends = "nih_chestxray14"\nname = "hospital"\n'
    assert told(relate(mine=own, google="nih_google")) == {("google", "mine", "ids", False)}
    # What it adds does not undo what was known.
    own = 'extends = "nih_google"\nname = "read_again"\n[[overlaps]]\nsource = "padchest"\n'
    found = relate(mine=own, nih="nih_chestxray14", pad="padchest")
    assert told(found) == {("mine", "nih", "ids", False), ("mine", "pad", "ids", False)}
    # Two copies of one source, whatever their manifests are called.
    own = 'extends = "nih_chestxray14"\nname = "sample"\n'
    assert told(relate(a=own, b="nih_chestxray14")) == {("a", "b", "ids", False)}


def test_a_published_table_makes_looks_unnecessary(relate, tmp_path):
    without = relate([tmp_path], rsna="rsna_pneumonia", nih="nih_chestxray14")
    assert [one.missing[0].file for one in without.relations] == [(MAPPING,)]
    rows = [{"img_id": "00000001_000.png", "subset_img_id": "x"}]
    (tmp_path / MAPPING).write_text(json.dumps(rows))
    found = relate([tmp_path], rsna="rsna_pneumonia", nih="nih_chestxray14")
    assert told(found) == {("rsna", "nih", "ids", False)}
    assert found.relations[0].missing == ()
    assert [file.path for file in found.files] == [MAPPING]
    # It is as good for those who hold RSNA's images.
    found = relate([tmp_path], covidx="covidx", nih="nih_chestxray14")
    assert told(found) == {("covidx", "nih", "ids", False)}


@pytest.mark.parametrize("name", builtin_manifests())
def test_every_fact_has_evidence_and_reference(name):
    for fact in load_manifest(name).overlaps:
        assert fact.evidence.endswith(".")
        assert fact.reference.startswith("https://")


def test_contradictions_are_refused():
    for wrong in (
        {"pattern": "(?P<name>.*)"},
        {"ours": "patient"},
        {"crosswalk": {"file": "a", "ours": "b", "theirs": "c"}},
    ):
        with pytest.raises(ValueError, match="only fingerprints tell"):
            OverlappingNames(source="a", how="fingerprint", **wrong)
