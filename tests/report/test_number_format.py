import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelassemble.report.number_format import (
    format_compact,
    format_count,
    format_difference,
    format_interval,
    format_number_of,
    format_p,
    format_percent,
    format_ratio,
    format_score,
    format_share,
    join_words,
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


@given(st.floats(1e-5, 0.9994))
def test_a_share_keeps_two_digits_that_count(share):
    value = float(format_share(share).removesuffix(" %"))
    assert value == pytest.approx(100 * share, rel=0.06)


def test_shares_at_the_ends():
    assert [format_share(share) for share in (0.0, 1.0, 0.9999, None, math.nan, 1e-9)] == [
        "0 %",
        "100 %",
        "> 99.9 %",
        "–",
        "–",
        "< 0.0001 %",
    ]


def test_compact_counts_have_four_characters_at_the_most():
    for power in range(6):
        for first in (1, 5, 9, 94, 95, 99, 994, 995, 999):
            assert len(format_compact(first * 10**power)) <= 4
    assert [format_compact(n) for n in (999, 1000, 9949, 9950, 999_400, 999_500)] == [
        "999",
        "1.0k",
        "9.9k",
        "10k",
        "999k",
        "1.0M",
    ]


def test_ratios_and_lists_of_words():
    assert [format_ratio(one) for one in (0.0, 0.004, 0.99, 0.999, 9.96, 99.4, 99.5)] == [
        "< .01",
        "< .01",
        ".99",
        "1.0",
        "10",
        "99",
        "> 99",
    ]
    assert format_ratio(math.nan) == format_ratio(None) == "–"
    assert [join_words(words) for words in ([], ["a"], ["a", "b"])] == ["", "a", "a and b"]
