import polars as pl
import pytest

from labelassemble.errors import SourceError
from labelassemble.sources.image_facts import read_facts
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
    assert caught.value.got == "'-3' on 1 rows, such as c; others: 'old'"
    assert "column 'years'" in caught.value.expected
    with pytest.raises(SourceError) as caught:
        facts(image=["a", "b"], sex=["X", "F"], layout=None)
    assert caught.value.got == "'X' on 1 rows, such as a"
    assert "file names" in caught.value.expected
