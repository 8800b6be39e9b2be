import json
from functools import partial

import polars as pl
import pytest

from labelassemble.assembly.kinship import find_kinship
from labelassemble.assembly.link_kin import link_kin
from labelassemble.assembly.shared_table import find_shared_table
from labelassemble.sources.manifest_file import load_manifest, parse_manifest

MAPPING = "pneumonia-challenge-dataset-mappings_2018.json"
A, B, C = (f"0004cfab-14fd-4e49-80ba-63a80b6bddd{n}" for n in "678")


@pytest.fixture
def link(make_table, tmp_path):
    """Links of sources: name to manifest and names of images, perhaps with their patients."""

    def link(mapping=(), **sources):
        if mapping:
            rows = [{"subset_img_id": new, "img_id": old} for new, old in mapping]
            (tmp_path / MAPPING).write_text(json.dumps(rows))
        manifests, rows = {}, []
        for source, (manifest, images) in sources.items():
            named = images if isinstance(images, dict) else dict.fromkeys(images)
            own = "=" in manifest
            manifests[source] = parse_manifest(manifest, source) if own else load_manifest(manifest)
            rows += [(source, name, one and f"{source}/{one}") for name, one in named.items()]
        images = pl.DataFrame(rows, schema=["source", "image", "patient"], orient="row").cast(
            pl.String
        )
        images = images.with_columns(row=pl.int_range(pl.len(), dtype=pl.Int64))
        links = link_kin(
            images, find_kinship(manifests, partial(find_shared_table, folders=[tmp_path]))
        )
        return {
            (images["image"][left], images["image"][right], str(evidence))
            for left, right, evidence in links.select("left", "right", "evidence").iter_rows()
        }

    return link


def test_a_published_table_joins_exactly(link):
    nih = ("nih_chestxray14", {"00000001_000.png": "1", "00000002_000.png": "2"})
    mapping = [(A, "00000001_000.png"), (B, "00000009_000.png")]
    found = link(mapping, rsna=("rsna_pneumonia", [A, B, C]), nih=nih)
    assert found == {
        (A, "00000001_000.png", "crosswalk"),
        (A, "00000001_000.png", "shared patient"),
    }
    assert link(rsna=("rsna_pneumonia", [A]), nih=nih) == {
        (A, "00000001_000.png", "crosswalk"),
        (A, "00000001_000.png", "shared patient"),
    }, "the table still lies there"


def test_without_the_table_names_tell_nothing(link):
    assert not link(
        rsna=("rsna_pneumonia", [A]), nih=("nih_chestxray14", {"00000001_000.png": "1"})
    )


def test_chains_go_through_sources_that_are_not_here(link):
    # COVIDx holds RSNA's, and RSNA's are NIH's: neither RSNA nor its table of labels is there.
    found = link(
        [(A, "00000001_000.png")],
        covidx=("covidx", [f"{A}.png", "000004.png"]),
        google=("nih_google", {"00000001_000": "1", "00000001_001": "1"}),
    )
    assert (f"{A}.png", "00000001_000", "crosswalk") in found
    assert {kind for *_, kind in found} == {"crosswalk", "shared patient"}
    assert not any("000004.png" in pair for pair in found)


def test_patients_of_a_source_without_any_come_from_the_table(link):
    mapping = [(A, "00000007_000.png"), (B, "00000007_003.png"), (C, "00000008_000.png")]
    assert link(mapping, rsna=("rsna_pneumonia", [A, B, C])) == {(A, B, "shared patient")}


def test_two_parts_of_one_that_is_not_here(link):
    found = link(
        google=("nih_google", {"00000003_001": "3"}),
        lt=("nih_cxr_lt", {"00000003_001.png": "0003", "00000003_002.png": "0003"}),
    )
    assert found == {
        ("00000003_001", "00000003_001.png", "shared name"),
        ("00000003_001", "00000003_001.png", "shared patient"),
    }


@pytest.mark.parametrize("folder", ["", "images_001/images/"])
def test_two_copies_of_one_source(link, folder):
    own = 'extends = "nih_chestxray14"\nname = "sample"\n'
    found = link(
        full=("nih_chestxray14", {f"{folder}00000013_005.png": "13", "00000014_000.png": "14"}),
        sample=(own, {"00000013_005.png": "00000013"}),
    )
    assert found == {
        (f"{folder}00000013_005.png", "00000013_005.png", "shared name"),
        (f"{folder}00000013_005.png", "00000013_005.png", "shared patient"),
    }


def test_equal_names_of_sources_whose_copies_are_not_known_to_agree_join_nothing(link):
    images = ["case_1_0000.nii.gz"]
    assert not link(a=("nnunet_dataset", images), b=("nnunet_dataset", images))
    # Testing and training images of IDRiD have the same numbers.
    own = 'extends = "idrid_grading"\nname = "testing"\n'
    assert not link(a=("idrid_grading", ["IDRiD_001"]), b=(own, ["IDRiD_001"]))


def test_a_name_of_two_images_joins_neither_but_keeps_them_on_one_side(link):
    own = (
        'name = "mine"\n[[overlaps]]\nsource = "nih_chestxray14"\npattern = "(?P<name>.*?)(_b)?"\n'
    )
    found = link(
        mine=(own, ["00000001_000.png", "00000001_000_b.png", "00000002_000.png"]),
        nih=("nih_chestxray14", ["00000001_000.jpg", "00000002_000.jpg"]),
    )
    assert found == {
        ("00000001_000.png", "00000001_000.jpg", "shared patient"),
        ("00000001_000_b.png", "00000001_000.jpg", "shared patient"),
        ("00000002_000.png", "00000002_000.jpg", "shared name"),
    }


def test_whatever_an_absent_source_does_not_wholly_hold_stays_apart(link):
    # Both may hold images of covid_chestxray, and nothing says that these are.
    own = 'name = "mine"\n[[overlaps]]\nsource = "covid_chestxray"\n'
    other = own.replace("mine", "other")
    assert not link(a=(own, ["x"]), b=(other, ["x"]))
    assert link(a=(own, ["x"]), b=(other, ["x"]), cohen=("covid_chestxray", ["x.jpg"])) == {
        ("x", "x.jpg", "shared name"),
        ("x", "x", "shared name"),
    }


def test_lists_of_the_archive_and_of_the_challenge(link):
    name = "ISIC_0024306"
    found = link(
        ham=("ham10000", {name: "HAM_1"}),
        later=("isic2019", {name: "HAM_1", "ISIC_0000002_downsampled": None}),
        task=("isic2018_task3", [name]),
    )
    assert {kind for *_, kind in found} == {"shared name", "shared patient"}
    assert all(pair[:2] == (name, name) for pair in found)
