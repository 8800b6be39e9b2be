"""Codes against what public terminologies say, as far as an installed package holds it."""

import re

import pytest
from pydantic import ValidationError
from pydicom.sr._concepts_dict import concepts

from labelassemble.vocabulary.finding_codes import Codes, has_check_digit
from labelassemble.vocabulary.vocabulary import load_vocabulary

YOUNGER = (
    "skin", "fundus", "retinal_oct", "breast", "microscopy", "body_organs", "ct_lesions",
)  # fmt: skip
BUILTIN = ("chest_radiograph", "abdominal_ct", *YOUNGER)


def dicom_meanings():
    """SNOMED CT code to its meanings in DICOM's context groups."""
    meanings = {}
    for entry in concepts["SCT"].values():
        for code, (meaning, _) in entry.items():
            meanings.setdefault(code, set()).add(meaning)
    return meanings


DICOM = dicom_meanings()


def stems(words):
    """Beginnings of the words that carry meaning: asymmetry and asymmetric are one."""
    plain = re.sub(r"\([^()]*\)$", "", words.casefold())
    for other, usual in (("metastatic", "metastasis"), ("category", "birads")):
        plain = plain.replace(other, usual)
    idle = {"of", "or", "and", "the", "structure", "finding", "entire"}
    return {word[:6].rstrip("s") for word in re.findall(r"[a-z]+|\d+", plain) if word not in idle}


def means_the_same(one, meaning):
    """A word for the class and DICOM's meaning: all of one is in the other."""
    words = [stems(word) for word in (one.name.replace("_", " "), one.title, *one.synonyms)]
    theirs = stems(meaning)
    return any(ours and (ours <= theirs or theirs <= ours) for ours in words)


@pytest.mark.parametrize("name", BUILTIN)
def test_dicom_means_the_same_by_a_code(name):
    findings = load_vocabulary(name).findings
    named = [one for one in findings if one.snomed in DICOM]
    wrong = [
        (one.name, DICOM[one.snomed])
        for one in named
        if not any(means_the_same(one, meaning) for meaning in DICOM[one.snomed])
    ]
    assert not wrong
    by_dicom = {one.name for one in findings if "dicom" in one.coded_by}
    assert by_dicom <= {one.name for one in named}
    assert len(by_dicom) >= {"microscopy": 0, "retinal_oct": 0, "breast": 16}.get(name, 1)


def test_the_comparison_with_dicom_tells_a_wrong_code():
    skin = load_vocabulary("skin")
    melanoma = skin.findings[skin.index("melanoma")]
    assert not any(means_the_same(melanoma, meaning) for meaning in DICOM["254651007"])
    assert any(means_the_same(melanoma, meaning) for meaning in DICOM["2092003"])
    breast = load_vocabulary("breast")
    second = breast.findings[breast.index("birads_2")]
    assert not any(means_the_same(second, meaning) for meaning in DICOM["397143007"])


@pytest.mark.parametrize("name", YOUNGER)
def test_each_class_has_a_code_or_says_why_not(name):
    vocabulary = load_vocabulary(name)
    for one in vocabulary.findings:
        assert bool(one.codes) != bool(one.uncoded), one.name
        assert bool(one.codes) == bool(one.coded_by), one.name
    used = {reference for one in vocabulary.findings for reference in one.coded_by}
    assert used == set(vocabulary.references)
    assert all(address.startswith("https://") for address in vocabulary.references.values())


@pytest.mark.parametrize("name", BUILTIN)
def test_snomed_codes_say_where_they_were_looked_up(name):
    for one in load_vocabulary(name).findings:
        assert one.coded_by or not (one.snomed or one.icd10 or one.obo), one.name


def test_dicom_codes_have_their_check_digit():
    codes = [code for code in DICOM if code.isdigit()]
    assert len(codes) > 8000
    # One code of the standard is mistyped.
    assert [code for code in codes if not has_check_digit(code)] == ["115347700"]
    # Each digit mistyped, and each pair of neighbours swapped, is seen.
    right = "233604007"
    for place in range(len(right)):
        for digit in set("0123456789") - {right[place]}:
            assert not has_check_digit(right[:place] + digit + right[place + 1 :])
    assert not has_check_digit("323604007")


@pytest.mark.parametrize(
    ("codes", "got"),
    [
        ({"snomed": "46621008"}, "check digit"),
        ({"snomed": "46621"}, "snomed"),
        ({"umls": "C0000001", "uncoded": "none"}, "there is one"),
        ({"coded_by": ("dicom",)}, "there is none"),
        ({"side": "left", "obo": "UBERON:0000981"}, "there is none"),
        ({"icd10": "C4"}, "icd10"),
        ({"obo": "GO:0000001"}, "obo"),
    ],
)
def test_codes_that_cannot_be_are_refused(codes, got):
    with pytest.raises(ValidationError, match=got):
        Codes(**codes)


def test_both_of_a_pair_may_have_the_organs_code():
    organs = load_vocabulary("body_organs")
    sides = [organs.findings[organs.index(name)] for name in ("kidney_left", "kidney_right")]
    assert [one.codes["snomed"] for one in sides] == ["64033007 left", "64033007 right"]
