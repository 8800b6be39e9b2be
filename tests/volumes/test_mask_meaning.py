import json
from pathlib import Path

import pytest

from labelassemble.errors import SourceError
from labelassemble.sources.assessments import NEGATIVE, POSITIVE, UNKNOWN
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.manifest_file import load_manifest, parse_manifest
from labelassemble.vocabulary.vocabulary import load_vocabulary
from labelassemble.volumes.mask_meaning import find_meaning

WORDS = load_vocabulary("abdominal_ct")
ASKED = ("kidney_tumor", "kidney_cyst")


def make_manifest(labels: str, rest: str = "") -> Manifest:
    return parse_manifest(
        f"""
        name = "own"
        [labels]
        encoding = "mask_values"
        case = '(?P<case>.+)\\.nii'
        {labels}
        {rest}
        """,
        "own.toml",
    )


def test_the_same_value_means_different_things_in_kits19_and_kits23() -> None:
    old = find_meaning(load_manifest("kits19"), WORDS, ASKED, Path()).states
    new = find_meaning(load_manifest("kits23"), WORDS, ASKED, Path()).states
    assert old == {
        0: (NEGATIVE, UNKNOWN),
        1: (NEGATIVE, UNKNOWN),
        2: (POSITIVE, UNKNOWN),
    }
    assert new == {
        0: (NEGATIVE, NEGATIVE),
        1: (NEGATIVE, NEGATIVE),
        2: (POSITIVE, NEGATIVE),
        3: (NEGATIVE, POSITIVE),
    }


def test_what_follows_goes_up_from_positives_and_down_from_negatives() -> None:
    broad = make_manifest('mask = "m/{case}.nii"\nvalues = { "1" = "", "2" = "pancreatic lesion" }')
    asked = ("pancreatic_lesion", "pdac", "kidney_cyst")
    states = find_meaning(broad, WORDS, asked, Path()).states
    # A lesion may be a PDAC or not; where there is no lesion there is no PDAC either.
    assert states[2] == (POSITIVE, UNKNOWN, UNKNOWN)
    assert states[0] == states[1] == (NEGATIVE, NEGATIVE, UNKNOWN)
    narrow = make_manifest('mask = "m/{case}.nii"\nvalues = { "1" = "pdac" }')
    states = find_meaning(narrow, WORDS, asked, Path()).states
    assert states[1] == (POSITIVE, POSITIVE, UNKNOWN)
    assert states[0] == (UNKNOWN, NEGATIVE, UNKNOWN)


def test_ignored_values_say_nothing_and_dataset_json_is_read(tmp_path: Path) -> None:
    labels = {"background": 0, "kidney": 1, "kidney tumor": 2, "ignore": 3}
    (tmp_path / "dataset.json").write_text(json.dumps({"labels": labels}))
    manifest = make_manifest(
        'mask = "m/{case}.nii"\ndataset = "dataset.json"',
        '[terms]\n"kidney" = ""\n"kidney tumor" = "kidney_tumor"',
    )
    states = find_meaning(manifest, WORDS, ("kidney_tumor",), tmp_path).states
    assert states == {0: (NEGATIVE,), 1: (NEGATIVE,), 2: (POSITIVE,), 3: (UNKNOWN,)}


def test_masks_of_their_own_add_up_and_a_missing_one_says_nothing() -> None:
    manifest = make_manifest(
        """
        [labels.masks]
        "pdac" = "{case}/pdac.nii"
        "kidney_cyst" = "{case}/cyst.nii"
        "kidney_tumor" = "{case}/tumor.nii"
        """
    )
    asked = ("pdac", "kidney_cyst", "kidney_tumor")
    meaning = find_meaning(manifest, WORDS, asked, Path(), ("kidney_cyst", "pdac"))
    assert meaning.own_masks == 2
    assert meaning.states == {
        0: (NEGATIVE, NEGATIVE, UNKNOWN),
        1: (NEGATIVE, POSITIVE, UNKNOWN),
        2: (POSITIVE, NEGATIVE, UNKNOWN),
        3: (POSITIVE, POSITIVE, UNKNOWN),
    }
    with pytest.raises(SourceError, match="'spleen'"):
        find_meaning(manifest, WORDS, asked, Path(), ("spleen",))


def test_specks_say_nothing() -> None:
    manifest = make_manifest(
        'mask = "m/{case}.nii"\nvalues = { "1" = "pdac", "2" = "kidney_cyst" }\nsmallest = 5'
    )
    meaning = find_meaning(manifest, WORDS, ("pdac", "kidney_cyst"), Path())
    spoken = meaning.without_specks({0: 100, 1: 4, 2: 5})
    assert spoken.states[1] == (UNKNOWN, NEGATIVE)
    assert spoken.states[2] == (NEGATIVE, POSITIVE)
    assert spoken.table().tolist() == [[1, 0, 1], [1, 1, 3]]


def test_labels_of_another_kind_are_an_error() -> None:
    with pytest.raises(SourceError, match="delimited_list"):
        find_meaning(load_manifest("nih_chestxray14"), WORDS, ASKED, Path())
