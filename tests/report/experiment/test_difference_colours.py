import itertools

import numpy as np
import pytest

from labelassemble.report.experiment.difference_colours import (
    BETTER_SHADES,
    WORSE_SHADES,
    choose_colours,
)
from labelassemble.report.palette import DARK, INK


def luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return float(np.dot([0.2126, 0.7152, 0.0722], linear))


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def as_deuteranope(colour):
    """Without the green cones. Source: Machado, Oliveira and Fernandes 2009, severity 1."""
    matrix = np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
         [-0.011820, 0.042940, 0.968881]]
    )  # fmt: skip
    return matrix @ [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]


def test_ink_can_be_read_on_every_colour():
    for shade in (*WORSE_SHADES, *BETTER_SHADES):
        assert contrast(shade.light, INK) > 4.5
        assert contrast(shade.dark, DARK[INK]) > 4.5


def test_better_and_worse_are_told_apart_without_green_cones():
    for worse, better in itertools.product(WORSE_SHADES[1:], BETTER_SHADES[1:]):
        apart = as_deuteranope(worse.light) - as_deuteranope(better.light)
        assert np.linalg.norm(apart) > 0.12


def test_larger_differences_are_darker():
    for shades in (WORSE_SHADES, BETTER_SHADES):
        light = [luminance(one.light) for one in shades]
        assert light == sorted(light, reverse=True)


@pytest.mark.parametrize("largest", [0.0, 0.004, 0.03, 0.1, 0.4, 3.0])
def test_the_scale_fits(largest):
    value = np.array([[largest, -largest / 2, np.nan]])
    scale = choose_colours(value)
    assert scale.level(0.0) == 0
    assert scale.level(largest) == -scale.level(-largest)
    if largest >= 0.03:
        assert scale.level(largest) >= 3
    assert len(scale.key) == 9


def test_a_colour_says_which_side(content):
    scale = choose_colours(content.figures[2].value)
    assert scale.shade(0.2) in BETTER_SHADES
    assert scale.shade(-0.2) in WORSE_SHADES
    assert scale.shade(0.0) is None
