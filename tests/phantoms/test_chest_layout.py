import numpy as np
import pytest


def ratio(layout):
    """Cardiothoracic ratio: widest heart over widest chest."""
    low = (layout.t > 0.42) & (layout.t < 1.05)
    heart = layout.heart_left[low].max() - layout.heart_right[low].min()
    return heart / (2 * layout.cage.max())


def test_the_heart_is_of_normal_width_and_points_to_the_images_right(lay_out):
    layout = lay_out()
    assert 0.36 < ratio(layout) < 0.52
    assert layout.heart_left.max() > -1.4 * layout.heart_right.min()


def test_growth_a_bed_and_a_shallow_breath_widen_the_heart(lay_out):
    standing = ratio(lay_out())
    assert ratio(lay_out(heart_growth=1.4)) > standing + 0.08
    assert ratio(lay_out(view="AP")) > standing + 0.03
    assert ratio(lay_out(inspiration=0.2)) > standing + 0.02
    assert ratio(lay_out(heart_growth=2.5)) < 0.94


def test_the_right_dome_is_higher_and_the_angles_are_deep(lay_out, patient):
    layout = lay_out()
    x = layout.film.x[0]
    dome = layout.dome[0]
    cage = layout.cage.max()
    right, left = (x < -0.3 * cage) & (x > -cage), (x > 0.3 * cage) & (x < cage)
    assert dome[left].min() - dome[right].min() == pytest.approx(
        patient.anatomy.left_dome_drop, abs=1.5
    )
    assert dome[right][0] - dome[right].min() > 0.6 * patient.anatomy.dome_sag


def test_breathing_out_raises_the_domes_and_so_does_collapse(lay_out):
    full = lay_out()
    assert lay_out(inspiration=0.0).height < 0.8 * full.height
    raised = lay_out(raised_dome=(20.0, 0.0))
    x = full.film.x[0]
    assert raised.dome[0][x < -40].min() == pytest.approx(full.dome[0][x < -40].min() - 20, abs=0.5)
    assert (raised.dome[0][x > 0] == full.dome[0][x > 0]).all()


def test_turning_moves_the_front_and_the_back_apart(lay_out):
    straight, turned = lay_out(), lay_out(rotation=6.0)
    assert (turned.spine < straight.spine).all()
    assert turned.heart_left.mean() > straight.heart_left.mean()
    assert turned.parallax(5.0) == pytest.approx(10 * 5 * np.sin(np.radians(6)))


def test_a_pull_moves_the_mediastinum_more_below(lay_out):
    moved = lay_out(pull=10.0).heart_right - lay_out().heart_right
    assert (moved >= -0.01).all()
    assert moved[-1] > moved[0]


def test_heights_are_shares_of_the_lungs_height(lay_out):
    layout = lay_out()
    assert np.allclose(layout.t * layout.height, layout.film.y, atol=1e-3)
    assert (layout.hilum[0, 1] > layout.hilum[1, 1]).all(), "the right hilum lies lower"
