import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelassemble.export.decimal_text import decimal_text


@pytest.mark.parametrize(("of", "width"), [(pl.Float32, 32), (pl.Float64, 64)])
def test_text_gives_the_number_back(of, width):
    @given(st.lists(st.floats(width=width, allow_nan=False, allow_infinity=False)))
    def hold(numbers):
        series = pl.Series(numbers, dtype=of)
        texts = decimal_text(series)
        assert not texts.str.contains("e").any()
        assert texts.cast(of).equals(series)

    hold()


def test_unknown_is_null():
    assert decimal_text(pl.Series([None, np.nan, 0.0])).to_list() == [None, None, "0"]


def test_float32_is_not_written_as_float64():
    assert decimal_text(pl.Series([0.1, 1 / 3], dtype=pl.Float32)).to_list() == [
        "0.1",
        "0.33333334",
    ]
