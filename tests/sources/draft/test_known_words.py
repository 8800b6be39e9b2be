import pytest

from labelassemble.sources.draft.known_words import (
    IGNORE,
    NO_FINDING,
    VALUES,
    name_words,
    read_value,
    same_words,
    says_nothing,
    says_nothing_found,
)
from labelassemble.sources.encodings.finding_columns import same_value


def test_words_stand_in_one_list_each_and_in_their_form():
    assert not set(NO_FINDING) & set(IGNORE)
    assert all(same_words(word) == word for word in (*NO_FINDING, *IGNORE))
    assert all(same_value(value) == value for value in VALUES)


@pytest.mark.parametrize("word", ["Normal", "NO_FINDING", "no finding", "Healthy", "negative"])
def test_words_for_no_finding(word):
    assert says_nothing_found(word) == "a usual word for it"
    assert not says_nothing(word)


@pytest.mark.parametrize("word", ["Abnormal", "Normal pressure hydrocephalus", "Nodule", "Noise"])
def test_whole_words_only(word):
    assert not says_nothing_found(word)


def test_words_that_begin_with_no():
    assert says_nothing_found("No Lung Opacity / Not Normal") == "begins with No"
    assert says_nothing_found("without tumour") == "begins with without"


@pytest.mark.parametrize("word", ["todo", "NaN", "Unknown", "?", "none", "not_labelled"])
def test_words_that_say_nothing(word):
    assert says_nothing(word)


@pytest.mark.parametrize(
    ("value", "reading"),
    [("1.0", "positive"), ("No", "negative"), ("", "unknown"), ("-1", "uncertain"), ("3", None)],
)
def test_values(value, reading):
    assert read_value(value) == reading


def test_names_of_columns():
    assert name_words("Bbox [x") == ("bbox", "x")
    assert name_words("MRN2") == ("mrn", "2")


def test_ambiguous_is_a_doubt():
    assert read_value("Ambiguous") == "uncertain"


@pytest.mark.parametrize(
    "word",
    ["Sin hallazgos", "Saudável", "sem_achados", "SAIN", "Gesund", "unauffällig", "01_正常",
     "未见异常", "異常なし", "정상", "Норма", "bình thường", "Sağlıklı"],
)  # fmt: skip
def test_no_finding_in_the_languages_of_public_sets(word):
    assert says_nothing_found(word) == "a usual word for it"


@pytest.mark.parametrize("word", ["sano lesion", "正常眼压青光眼", "anormal", "ungesund"])
def test_whole_words_of_other_languages_only(word):
    assert not says_nothing_found(word)
