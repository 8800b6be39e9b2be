"""What holds for every built-in manifest."""

import pytest

from labelassemble.sources.manifest_file import builtin_manifests
from labelassemble.vocabulary.vocabulary import load_vocabulary

MANIFESTS = builtin_manifests()
MODALITIES = {
    "X-ray", "CT", "mammography", "ultrasound", "dermatoscopy", "fundus photography", "OCT",
    "microscopy",
}  # fmt: skip
REGIONS = {"chest", "abdomen", "breast", "skin", "eye", "cells and tissue", "whole body"}


@pytest.mark.parametrize("name", MANIFESTS)
def test_the_vocabulary_that_it_names_knows_every_term(name):
    manifest = MANIFESTS[name]
    assert manifest.vocabulary or name == "unlabelled_folder"
    vocabulary = load_vocabulary(manifest.vocabulary or "chest_radiograph")
    doubted = [term for terms in manifest.scope.uncertain.values() for term in terms]
    for term in {*manifest.looked_for, *manifest.scope.positive_only, *doubted}:
        assert manifest.terms.get(term, vocabulary.find(term)) is not None, term
    assert set(manifest.terms.values()) - {""} <= {one.name for one in vocabulary.findings}


@pytest.mark.parametrize("name", MANIFESTS)
def test_a_manifest_maps_no_term_that_the_source_does_not_have(name):
    manifest = MANIFESTS[name]
    known = {
        *manifest.looked_for,
        *manifest.scope.positive_only,
        *getattr(manifest.labels, "masks", ()),
    }
    assert set(manifest.terms) <= known


@pytest.mark.parametrize("name", MANIFESTS)
def test_a_manifest_says_where_its_data_come_from_and_what_to_know(name):
    manifest = MANIFESTS[name]
    assert manifest.name == name
    assert manifest.title
    assert manifest.download
    assert manifest.notes
    if name != "unlabelled_folder":
        assert manifest.licence
        assert manifest.citation
        assert manifest.url.startswith("https://")
    if name not in ("unlabelled_folder", "nnunet_dataset"):
        assert manifest.modality in MODALITIES
        assert manifest.region in REGIONS


@pytest.mark.parametrize("name", MANIFESTS)
def test_kin_are_built_in_too(name):
    assert {kin.source for kin in MANIFESTS[name].overlaps} <= set(MANIFESTS) - {name}


@pytest.mark.parametrize("name", MANIFESTS)
def test_kinship_says_how_it_is_known_and_where_that_stands(name):
    for kin in MANIFESTS[name].overlaps:
        assert kin.evidence.endswith("."), kin.source
        assert kin.reference.startswith("https://"), kin.source


@pytest.mark.parametrize("name", MANIFESTS)
def test_some_evidence_is_said_where_there_are_labels(name):
    manifest = MANIFESTS[name]
    unsaid = {"covidx", "covid_chestxray", "nnunet_dataset", "unlabelled_folder"}
    unsaid |= {"covid19_radiography", "covid_qu_ex", "tb_chest_radiography"}
    assert (manifest.evidence == "unstated") == (name in unsaid)
