import dataclasses

import matplotlib
import numpy as np
import pytest

from labelassemble.report.content import HeatMapImage
from labelassemble.report.heat_map_plot import (
    COLOUR_MAP,
    OUTLINE,
    STRONGEST,
    choose_scale,
    colour_stops,
    outline,
    overlay_probability,
)

GREY = np.full((16, 16), 100, dtype=np.uint8)


def test_where_the_prediction_is_zero_the_image_stays():
    drawn = overlay_probability(GREY, np.zeros((16, 16)), 1.0, side=16)
    np.testing.assert_array_equal(drawn, np.full((16, 16, 3), 100))


def test_at_the_top_of_the_scale_the_colour_is_strongest():
    drawn = overlay_probability(GREY, np.full((16, 16), 0.6), 0.6, side=16)
    top = np.array(matplotlib.colormaps[COLOUR_MAP](1.0)[:3])
    expected = np.round((1 - STRONGEST) * 100 + STRONGEST * 255 * top)
    np.testing.assert_allclose(drawn[8, 8], expected, atol=1)
    above = overlay_probability(GREY, np.full((16, 16), 0.9), 0.6, side=16)
    np.testing.assert_array_equal(above, drawn)


def test_nan_is_nothing():
    drawn = overlay_probability(GREY, np.full((16, 16), np.nan), 1.0, side=16)
    np.testing.assert_array_equal(drawn, np.full((16, 16, 3), 100))


@pytest.mark.parametrize(
    ("shape", "size"), [((16, 16), (64, 64)), ((10, 20), (32, 64)), ((1, 64), (1, 64))]
)
def test_the_longer_side_is_as_asked(shape, size):
    drawn = overlay_probability(np.zeros(shape, dtype=np.uint8), np.zeros(shape), 1.0, side=64)
    assert drawn.shape == (*size, 3)


def test_the_lesion_is_outlined_and_its_inside_stays():
    mask = np.zeros((16, 16), dtype=bool)
    mask[5:10, 6:12] = True
    drawn = overlay_probability(GREY, np.zeros((16, 16)), 1.0, mask, side=16)
    line = (drawn == np.array(OUTLINE)).all(axis=2)
    np.testing.assert_array_equal(line, outline(mask))
    assert (drawn[mask] == 100).all()


def test_an_outline_is_every_pixel_within_two_steps_outside():
    generator = np.random.default_rng(0)
    for _ in range(20):
        mask = generator.random((9, 11)) < 0.08
        expected = np.zeros_like(mask)
        inside = np.argwhere(mask)
        for row, column in np.ndindex(mask.shape):
            steps = [abs(row - r) + abs(column - c) for r, c in inside]
            expected[row, column] = not mask[row, column] and min(steps, default=99) <= 2
        np.testing.assert_array_equal(outline(mask), expected)


@pytest.mark.parametrize(("highest", "scale"), [(0.0, 0.1), (0.31, 0.4), (0.3, 0.3), (1.0, 1.0)])
def test_the_scale_is_the_highest_value_rounded_up(highest, scale):
    one = HeatMapImage(GREY, "Mass", np.full((16, 16), highest), 0.5, None)
    low = dataclasses.replace(one, probability_map=np.zeros((16, 16)))
    assert choose_scale([low, one]) == pytest.approx(scale)


def test_colour_stops_run_from_bottom_to_top():
    stops = colour_stops(3)
    assert len(stops) == 3
    assert stops[-1] == matplotlib.colors.to_hex(matplotlib.colormaps[COLOUR_MAP](1.0))
