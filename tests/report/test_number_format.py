import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelassemble.report.number_format import (
    format_count,
    format_difference,
    format_interval,
    format_number_of,
    format_p,
    format_percent,
    format_score,
)


@given(st.floats(-1.5, 1.5))
def test_a_score_reads_back_as_the_rounded_number(value):
    text = format_score(value).replace("−", "-")
    assert float(text) == pytest.approx(round(value, 3), abs=5e-4)
    assert not text.startswith(("0", "-0"))


@given(st.floats(-1.5, 1.5))
def test_a_difference_has_its_sign_and_zero_has_none(value):
    text = format_difference(value)
    if float(f"{abs(value):.3f}") == 0:
        assert text == ".000"
    else:
        assert text[0] == ("+" if value > 0 else "−")
        assert text[1:] == format_score(abs(value))


@pytest.mark.parametrize("missing", [None, math.nan])
def test_what_is_missing_is_a_dash(missing):
    assert format_score(missing) == format_difference(missing) == format_p(missing) == "–"
    assert format_interval(missing, 0.1, 0.2) == "–"
    assert format_interval(0.5, missing, 0.2) == format_interval(0.5, 0.2, missing) == ".500"


def test_intervals_p_values_counts_and_shares():
    assert format_interval(0.803, 0.771, 0.834) == ".803 [.771, .834]"
    assert format_interval(0.061, -0.01, 0.09, signed=True) == "+.061 [−.010, +.090]"
    assert [format_p(value) for value in (0.0, 0.00099, 0.001, 0.05)] == [
        "< .001",
        "< .001",
        ".001",
        ".050",
    ]
    assert [format_count(value) for value in (0, 999, 25_596, None)] == ["0", "999", "25,596", "–"]
    shares = [format_percent(part, 10_000) for part in (0, 1, 10, 10_000)]
    assert shares == ["0 %", "< 0.1 %", "0.1 %", "100.0 %"]
    assert format_percent(1, 0) == "–"
    assert [format_number_of(number, "person") for number in (0, 1, 1200)] == [
        "no persons",
        "1 person",
        "1,200 persons",
    ]
