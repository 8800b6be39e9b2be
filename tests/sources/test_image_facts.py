import polars as pl
import pytest

from labelassemble.errors import SourceError
from labelassemble.sources.image_facts import read_facts
from labelassemble.sources.problems import Problems
from labelassemble.sources.rows import make_rows
from labelassemble.sources.table_layout import TableLayout

LAYOUT = TableLayout(file="a", image="i", age="years", sex="gender", sex_values={"W": "F", "D": ""})


def facts(layout=LAYOUT, **columns):
    count = len(next(iter(columns.values())))
    names = ("image", "patient", "view", "age", "sex", "split")
    return read_facts(
        pl.DataFrame({name: columns.get(name, [""] * count) for name in names}), layout
    )


def test_ages_in_years_and_as_dicom_writes_them():
    ages = facts(age=["58", "58.0", "058Y", "006M", "026w", "0001D", "", "unknown", "N/A"])["age"]
    assert ages.to_list() == pytest.approx(
        [58, 58, 58, 0.5, 26 * 7 / 365.25, 1 / 365.25, None, None, None]
    )


def test_words_for_the_sex():
    sexes = facts(sex=["F", "male", "Female", "m", "W", "d", "", "Unknown"])["sex"]
    assert sexes.to_list() == ["F", "M", "F", "M", "F", None, None, None]


def test_blank_is_null_and_nothing_else_changes():
    read = facts(image=["a", "b"], patient=["007", ""], view=["", "PA"])
    assert read["patient"].to_list() == ["007", None]
    assert read["view"].to_list() == [None, "PA"]
    assert read.columns == ["image", "patient", "view", "age", "sex"]


def test_what_cannot_be_understood_is_refused():
    with pytest.raises(SourceError) as caught:
        facts(image=["a", "b", "c"], age=["old", "old", "-3"])
    assert caught.value.got == (
        "2 words in column 'years' cannot be read: '-3', 'old' on 3 images, such as a"
    )
    assert "column 'years'" in caught.value.expected
    with pytest.raises(SourceError) as caught:
        facts(image=["a", "b"], sex=["X", "F"], layout=None)
    assert caught.value.got == ("1 word in file names cannot be read: 'X' on 1 image, such as a")
    assert "file names" in caught.value.expected


def test_ages_and_sexes_that_cannot_be_read_are_all_told():
    rows = make_rows(
        ["a", "b", "c", "d"],
        {"age": ["58Y", "old", "young", "old"], "sex": ["M", "f", "X", "unknown"]},
    ).facts
    layout = TableLayout(file=("a.csv",), age="Age", sex="Sex")
    problems = Problems()
    read = read_facts(rows, layout, problems)
    assert [note.what for note in problems.noted] == [
        "2 words in column 'Age' cannot be read: 'old', 'young' on 3 images",
        "1 word in column 'Sex' cannot be read: 'X' on 1 image",
    ]
    assert [note.count for note in problems.noted] == [3, 1]
    assert read["age"].to_list() == [58.0, None, None, None]
    assert read["sex"].to_list() == ["M", "F", None, None]
    problems = Problems()
    read_facts(rows, None, problems)
    assert "in file names" in problems.noted[0].what
    read_facts(rows.head(0), layout, problems := Problems())
    assert problems.noted == []


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("90+", 90), (">89", 89), (">= 89", 89), ("≥89", 89), ("89 +", 89), ("90Y+", 90),
        ("089Y", 89), ("6M", 0.5), ("006M", 0.5), ("12 months", 1), ("6 mo", 0.5), ("1 year", 1),
        ("45 years", 45), ("45 yrs.", 45), ("45yo", 45), ("45 y.o.", 45), ("45 years old", 45),
        (" 45 ", 45), ("45.0", 45), ("45,5", 45.5), ("45.", 45), ("45 Y", 45), ("000Y", 0),
        ("2 weeks", 14 / 365.25), ("002W", 14 / 365.25), ("3D", 3 / 365.25), ("3 days", 3 / 365.25),
    ],
)  # fmt: skip
def test_ages_as_people_write_them(text, years):
    rows = make_rows(image=["a"], facts={"age": [text]})
    assert read_facts(rows.facts, None)["age"][0] == pytest.approx(years)


@pytest.mark.parametrize(
    "text",
    ["-1", "40-49", "<1", "old", "4 5", "45 cm", "1e2", "45 minutes", "+", ">", "١٢x", "0x2"],
)
def test_what_is_no_age_is_told(text):
    rows = make_rows(image=["a"], facts={"age": [text]})
    with pytest.raises(SourceError, match="cannot be read"):
        read_facts(rows.facts, None)
