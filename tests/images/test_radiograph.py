import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelassemble.images.radiograph import prepare_radiograph


def slow_area(image: np.ndarray, size: int) -> np.ndarray:
    """Average over the exact area that each new pixel covers."""

    def share(old: int) -> np.ndarray:
        weight = np.zeros((size, old))
        step = old / size
        for new in range(size):
            for pixel in range(old):
                overlap = min(pixel + 1, (new + 1) * step) - max(pixel, new * step)
                weight[new, pixel] = max(0.0, overlap) / step
        return weight

    return share(image.shape[0]) @ image @ share(image.shape[1]).T


@settings(max_examples=40, deadline=None)
@given(
    height=st.integers(16, 60),
    width=st.integers(16, 60),
    size=st.integers(2, 16),
    seed=st.integers(0, 99),
)
def test_shrinking_averages_over_areas(height: int, width: int, size: int, seed: int) -> None:
    image = np.random.default_rng(seed).random((height, width), dtype=np.float32)
    ours = prepare_radiograph(image, size, "stretch")
    assert np.abs(ours - slow_area(image, size) * 255).max() <= 0.51


def test_the_right_size_is_left_alone() -> None:
    stored = np.arange(256, dtype=np.uint8).reshape(16, 16)
    for fit in ("crop", "pad", "stretch"):
        ours = prepare_radiograph(stored.astype(np.float32) / 255, 16, fit)
        assert np.array_equal(ours, stored)
        assert ours.flags.c_contiguous


def test_crop_takes_the_centre() -> None:
    image = np.zeros((4, 10), dtype=np.float32)
    image[:, 3:7] = np.linspace(0.1, 0.9, 16).reshape(4, 4)
    assert np.array_equal(
        prepare_radiograph(image, 4, "crop"), np.rint(image[:, 3:7] * 255).astype(np.uint8)
    )
    assert np.array_equal(
        prepare_radiograph(image.T.copy(), 4, "crop"), np.rint(image[:, 3:7].T * 255)
    )


def test_pad_keeps_the_aspect_between_black_bars() -> None:
    wide = prepare_radiograph(np.full((50, 100), 1.0, dtype=np.float32), 20, "pad")
    assert (wide[5:15] == 255).all()
    assert (wide[:5] == 0).all()
    assert (wide[15:] == 0).all()
    tall = prepare_radiograph(np.full((100, 50), 1.0, dtype=np.float32), 20, "pad")
    assert np.array_equal(tall, wide.T)
    sliver = prepare_radiograph(np.full((2, 1000), 1.0, dtype=np.float32), 16, "pad")
    assert (sliver == 255).sum() == 16


@pytest.mark.parametrize("fit", ["crop", "pad", "stretch"])
def test_enlarging_stays_between_the_neighbours(fit: str) -> None:
    image = np.array([[0.2, 0.4], [0.6, 0.8]], dtype=np.float32)
    large = prepare_radiograph(image, 32, fit)
    assert large.shape == (32, 32)
    assert large.min() == 51
    assert large.max() == 204
    assert (np.diff(large.astype(int), axis=0) >= 0).all()
    assert (np.diff(large.astype(int), axis=1) >= 0).all()


def test_stretch_shrinks_one_side_by_area_while_the_other_grows() -> None:
    stripes = np.tile(np.array([0.0, 1.0], dtype=np.float32), (4, 32))
    assert (prepare_radiograph(stripes, 16, "stretch") == 128).all()


def test_values_outside_are_clipped() -> None:
    image = np.array([[-0.5, 1.5], [0.0, 1.0]], dtype=np.float32)
    assert prepare_radiograph(image, 2, "crop").tolist() == [[0, 255], [0, 255]]
