import polars as pl
import pytest
from pydantic import ValidationError

from labelassemble.sources.date_split import find_dates, remark_on_sides, split_by_date
from labelassemble.sources.header_columns import HEADER_COLUMNS
from labelassemble.sources.official_split import OfficialSplit
from labelassemble.sources.problems import Problems


def headers(*rows):
    blank = dict.fromkeys(HEADER_COLUMNS)
    return pl.DataFrame([{**blank, **row} for row in rows], schema=HEADER_COLUMNS)


def test_the_first_date_of_a_header_counts_and_the_table_wins():
    images = pl.DataFrame({"image": ["a", "b", "c", "d"], "path": ["/a", "/b#frame/1", "/c", None]})
    known = headers(
        {"path": "/a", "StudyDate": "20240131", "ContentDate": "20240202"},
        {"path": "/b", "AcquisitionDate": "2024.02.01"},
        {"path": "/c", "StudyDate": "00000000"},
    )
    assert find_dates(images, known, None, None, Problems()).to_list() == [
        "2024-01-31", "2024-02-01", None, None,
    ]  # fmt: skip
    problems = Problems()
    own = pl.Series("day", ["30.01.2024", "", "2024-05-01", "20240601"])
    assert find_dates(images, known, own, None, problems).to_list() == [
        "2024-01-30", "2024-02-01", "2024-05-01", "2024-06-01",
    ]  # fmt: skip
    (remark,) = problems.noted
    assert "1 image of 1 with another date in the DICOM header" in remark.what


def test_the_day_itself_is_test():
    days = pl.Series(["2023-06-30", "2023-07-01", "2023-12-31", "2024-01-01"])
    split = OfficialSplit(test_from="2024-01-01", validate_from="2023-07-01")
    parts = split_by_date(pl.Series(list("abcd")), days, split, Problems())
    assert parts.to_list() == ["train", "validate", "validate", "test"]


def test_an_image_without_a_date_is_a_problem():
    problems = Problems()
    split = OfficialSplit(test_from="2024-01-01")
    parts = split_by_date(pl.Series(["a", "b"]), pl.Series([None, "2024-02-01"]), split, problems)
    assert parts.to_list() == [None, "test"]
    assert "1 image of 2 without a date" in problems.noted[0].what


def test_patients_on_both_sides_are_told():
    problems = Problems()
    images = pl.DataFrame(
        {"patient": ["p", "p", "p", "q", None],
         "official_split": ["train", "validate", "test", "train", "test"]}
    )  # fmt: skip
    remark_on_sides(images, problems)
    (remark,) = problems.noted
    assert remark.what.startswith("1 patient with images on several sides")
    assert "2 earlier images" in remark.do
    remark_on_sides(images[3:], problems)
    assert len(problems.noted) == 1


def test_days_stand_in_order():
    with pytest.raises(ValidationError, match="has to be before"):
        OfficialSplit(test_from="2023-01-01", validate_from="2024-01-01")
