import pytest

from labelassemble.sources.read_dates import read_dates


@pytest.mark.parametrize(
    "text",
    ["20240131", "2024-01-31", "2024/1/31", "2024.01.31", "31.01.2024", "31.1.2024", "31/01/2024",
     "01/31/2024", "31-01-2024", "31 Jan 2024", "31-JAN-2024", "Jan 31, 2024", "31 January 2024",
     "2024-01-31T10:15:00", "2024-01-31 10:15:00.000", "31.01.2024 10:15", "1/31/2024 3:05 PM",
     "2024-01-31T10:15:00Z", "2024-01-31 00:00:00+01:00", " 20240131 "],
)  # fmt: skip
def test_each_spelling_is_the_same_day(text):
    read = read_dates([text])
    assert read.dates == {text: "2024-01-31"}
    assert (read.unreadable, read.ambiguous, read.mixed) == ((), (), ())


@pytest.mark.parametrize(
    "text",
    ["2024-02-30", "31.04.2024", "13/13/2024", "31.01.24", "2024", "yesterday", "20241331",
     "25322", "65322", "2024-01-3100", "31 Foo 2024", "0000-00-00", "00010101", "1.2.3"],
)  # fmt: skip
def test_what_is_no_day_is_told(text):
    read = read_dates([text])
    assert read.unreadable == (text,)
    assert read.dates[text] is None


@pytest.mark.parametrize("text", ["03/04/2024", "03.04.2024", "3-4-2024"])
def test_day_and_month_are_never_guessed(text):
    assert read_dates([text]).ambiguous == (text,)
    assert read_dates([text], "day_first").dates[text] == "2024-04-03"
    assert read_dates([text], "month_first").dates[text] == "2024-03-04"


def test_a_column_shows_its_order_by_sign():
    read = read_dates(["03/04/2024", "25/12/2023", "03.04.2024", ""])
    assert read.dates == {
        "03/04/2024": "2024-04-03", "25/12/2023": "2023-12-25", "03.04.2024": None, "": None,
    }  # fmt: skip
    assert read.ambiguous == ("03.04.2024",)
    assert read_dates(["04/04/2024"]).dates == {"04/04/2024": "2024-04-04"}


def test_both_orders_in_one_column_are_told():
    read = read_dates(["25/12/2023", "12/26/2023"])
    assert set(read.mixed) == {"25/12/2023", "12/26/2023"}
    assert read_dates(["25/12/2023", "12/26/2023"], "day_first").unreadable == ("12/26/2023",)
