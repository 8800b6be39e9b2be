import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from labelassemble.detection.find_meaning import MAX_OWN_MASKS, find_meaning
from labelassemble.errors import SourceError
from labelassemble.sources.assessments import NEGATIVE, POSITIVE, UNKNOWN
from labelassemble.sources.encodings.mask_values import MaskValues
from labelassemble.sources.make_legend import make_legend
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.manifest_file import builtin_manifests, load_manifest, parse_manifest
from labelassemble.sources.mask_legend import LegendTerm, MaskLegend
from labelassemble.vocabulary.harmonise import map_legend
from labelassemble.vocabulary.vocabulary import load_vocabulary
from labelassemble.volumes.mask_meaning import MaskMeaning

WORDS = load_vocabulary("abdominal_ct")
ASKED = ("kidney_tumor", "kidney_cyst")


def find(
    manifest: Manifest,
    classes: Sequence[str],
    folder: Path = Path(),
    there: Sequence[str] = (),
) -> MaskMeaning:
    legend = map_legend(make_legend(manifest, folder, there), manifest, WORDS)
    return find_meaning(legend, classes, there)


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
    old = find(load_manifest("kits19"), ASKED).states
    new = find(load_manifest("kits23"), ASKED).states
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
    states = find(broad, asked).states
    # A lesion may be a PDAC or not; where there is no lesion there is no PDAC either.
    assert states[2] == (POSITIVE, UNKNOWN, UNKNOWN)
    assert states[0] == states[1] == (NEGATIVE, NEGATIVE, UNKNOWN)
    narrow = make_manifest('mask = "m/{case}.nii"\nvalues = { "1" = "pdac" }')
    states = find(narrow, asked).states
    assert states[1] == (POSITIVE, POSITIVE, UNKNOWN)
    assert states[0] == (UNKNOWN, NEGATIVE, UNKNOWN)


def test_ignored_values_say_nothing_and_dataset_json_is_read(tmp_path: Path) -> None:
    labels = {"background": 0, "kidney": 1, "kidney tumor": 2, "ignore": 3}
    (tmp_path / "dataset.json").write_text(json.dumps({"labels": labels}))
    manifest = make_manifest(
        'mask = "m/{case}.nii"\ndataset = "dataset.json"',
        '[terms]\n"kidney" = ""\n"kidney tumor" = "kidney_tumor"',
    )
    states = find(manifest, ("kidney_tumor",), tmp_path).states
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
    meaning = find(manifest, asked, there=("kidney_cyst", "pdac"))
    assert meaning.own_masks == 2
    assert meaning.states == {
        0: (NEGATIVE, NEGATIVE, UNKNOWN),
        1: (NEGATIVE, POSITIVE, UNKNOWN),
        2: (POSITIVE, NEGATIVE, UNKNOWN),
        3: (POSITIVE, POSITIVE, UNKNOWN),
    }


def test_specks_say_nothing() -> None:
    manifest = make_manifest(
        'mask = "m/{case}.nii"\nvalues = { "1" = "pdac", "2" = "kidney_cyst" }\nsmallest = 5'
    )
    meaning = find(manifest, ("pdac", "kidney_cyst"))
    spoken = meaning.without_specks({0: 100, 1: 4, 2: 5})
    assert spoken.states[1] == (UNKNOWN, NEGATIVE)
    assert spoken.states[2] == (NEGATIVE, POSITIVE)
    assert spoken.table().tolist() == [[1, 0, 1], [1, 1, 3]]


def test_more_terms_drawn_by_themselves_than_values_can_tell_are_an_error() -> None:
    many = tuple(LegendTerm(term=f"t{one}") for one in range(MAX_OWN_MASKS + 1))
    there = [one.term for one in many]
    assert len(find_meaning(MaskLegend(terms=many), ASKED, there[1:]).states) == 4096
    with pytest.raises(SourceError, match="at most 12 terms"):
        find_meaning(MaskLegend(terms=many), ASKED, there)


def test_a_legend_holds_all_that_follows_from_its_classes() -> None:
    """By itself it says what the whole vocabulary would, of every class of every source."""
    drawn = 0
    for manifest in builtin_manifests().values():
        labels = manifest.labels
        if not isinstance(labels, MaskValues) or labels.dataset:
            continue
        words = load_vocabulary(manifest.vocabulary or "abdominal_ct")
        legend = map_legend(make_legend(manifest, Path(), ()), manifest, words)
        rest = {
            "imply_up": words.imply_up(),
            "imply_down": words.imply_down(),
            "unions": words.unions(),
        }
        classes = [one.name for one in words.findings]
        there = [one.term for one in legend.terms if one.of_class][:6]
        short = find_meaning(legend, classes, there)
        assert short == find_meaning(legend.model_copy(update=rest), classes, there)
        drawn += any(POSITIVE in row for row in short.states.values())
    assert drawn >= 5
