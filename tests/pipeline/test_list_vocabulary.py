import pytest

from labelassemble.errors import VocabularyError
from labelassemble.pipeline.list_vocabulary import describe_term, list_vocabulary
from labelassemble.vocabulary.vocabulary import load_vocabulary


def test_every_class_has_its_line() -> None:
    lines = list_vocabulary("abdominal_ct").splitlines()
    findings = load_vocabulary("abdominal_ct").findings
    assert len(lines) == len(findings) + 1
    for line, one in zip(lines[1:], findings, strict=True):
        assert line.split()[0] == one.name
        assert all(parent.name in line for parent in one.parents)
        assert one.umls in line


def test_a_term_says_what_follows_from_it() -> None:
    words = describe_term("chest_radiograph", "Pleural_Effusion")
    assert words.startswith("class ")
    assert "effusion (Effusion)" in words
    nodule = describe_term("chest_radiograph", "nodule or mass")
    assert "union of" in nodule
    assert "made positive by" in nodule


def test_a_term_that_is_no_class_names_the_nearest() -> None:
    assert "nearest: effusion" in describe_term("chest_radiograph", "efusion")
    with pytest.raises(VocabularyError, match="nearest: chest_radiograph"):
        list_vocabulary("chest_radiogram")
