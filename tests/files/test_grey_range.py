import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from labelassemble.files.grey_range import scale_bytes, stretch_range


def test_every_byte_comes_back() -> None:
    values = np.arange(256, dtype=np.uint8)[None]
    assert np.array_equal(np.rint(scale_bytes(values) * 255), values)
    assert scale_bytes(values).dtype == np.float32


@given(
    hnp.arrays(
        np.uint16,
        hnp.array_shapes(min_dims=2, max_dims=2, max_side=12),
        elements=st.integers(0, 65535),
    )
)
def test_stretching_keeps_the_order_and_fills_the_range(values: np.ndarray) -> None:
    grey = stretch_range(values)
    assert grey.dtype == np.float32
    assert grey.min() >= 0
    assert grey.max() <= 1
    order = np.argsort(values, axis=None, kind="stable")
    assert (np.diff(grey.ravel()[order]) >= 0).all()
    if values.min() < values.max():
        # So few pixels have no tail: the ends are the least and the greatest.
        assert grey.min() == 0
        assert grey.max() == 1


def test_a_burnt_in_mark_does_not_darken_the_image() -> None:
    values = np.tile(np.linspace(1000, 3000, 100).astype(np.uint16), (100, 1))
    plain = stretch_range(values)
    values[0, :3] = 65535
    values[1, 0] = 0
    marked = stretch_range(values)
    assert np.abs(marked[2:] - plain[2:]).max() < 0.02
    assert (marked[0, :3] == 1).all()
    assert marked[1, 0] == 0


def test_where_the_tails_are_all_there_is_the_ends_count() -> None:
    values = np.zeros((100, 100), dtype=np.uint16)
    values[0, :5] = [100, 200, 300, 400, 500]
    assert stretch_range(values)[0, :6].tolist() == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0, 0.0])


def test_one_value_does_not_divide_by_zero() -> None:
    assert stretch_range(np.full((3, 3), 7, dtype=np.uint16)).tolist() == [[0.0] * 3] * 3


def test_pixels_that_do_not_count_set_no_range() -> None:
    values = np.array([[-2000.0, 10.0, 20.0, 30.0]])
    grey = stretch_range(values, values > -2000)
    assert grey.tolist() == [[0.0, 0.0, 0.5, 1.0]]


def test_the_greatest_whole_numbers_do_not_overflow() -> None:
    values = np.array([[-(2**31), 0, 2**31 - 1]], dtype=np.int32)
    assert stretch_range(values)[0].tolist() == pytest.approx([0.0, 0.5, 1.0])
