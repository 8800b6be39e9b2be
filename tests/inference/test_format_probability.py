from hypothesis import given
from hypothesis import strategies as st

from labelassemble.inference.format_probability import format_probability


@given(st.floats(0, 1))
def test_close_to_what_it_was_and_in_range(probability: float) -> None:
    written = float(format_probability(probability))
    assert 0 <= written <= 1
    assert abs(written - probability) <= 1e-3 * min(probability, 1 - probability) + 1e-15


@given(st.floats(0, 1), st.floats(0, 1))
def test_the_order_is_kept(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert float(format_probability(low)) <= float(format_probability(high))


def test_few_digits() -> None:
    for probability, text in ((0.5, "0.5000"), (0.1234567, "0.1235"), (0.0, "0"), (1.0, "1")):
        assert format_probability(probability) == text
