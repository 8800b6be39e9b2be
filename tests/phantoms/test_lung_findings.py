from dataclasses import replace

import numpy as np
import pytest

from labelassemble_phantoms.lung_findings import (
    add_atelectasis,
    add_consolidation,
    add_edema,
    add_mass,
    add_nodule,
)
from labelassemble_phantoms.x_ray import attenuate

EVERY = [add_atelectasis, add_consolidation, add_edema, add_mass, add_nodule]


@pytest.mark.parametrize("add", EVERY)
def test_lesions_are_dense_lie_in_the_lungs_and_fade_to_nothing(lay_out, draw, patients, add):
    layout = lay_out()
    for person in patients:
        healthy = draw(layout)
        gains = []
        for severity in (0.02, 0.3, 0.6, 1.0):
            ill = draw(layout)
            mask = add(ill, layout, person.sites, severity)
            more = attenuate(ill) - attenuate(healthy)
            assert mask.any()
            assert (ill.lung_water <= ill.lung + 1.5).all()
            assert healthy.lung[mask].min() > 0
            gains.append(more.sum())
            if severity >= 0.3:
                assert more[mask].mean() > max(0.005, 3 * abs(more[~mask].mean()))
        assert gains == sorted(gains)
        assert gains[0] < 0.25 * gains[-1]


def widest_mm(layout, mask):
    return layout.film.pixel_mm * max(mask.any(axis=0).sum(), mask.any(axis=1).sum())


def test_nodules_are_up_to_30_mm_and_masses_over(lay_out, draw, patient):
    layout = lay_out(size=256)
    one = replace(patient.sites, nodules=np.array([[-1.0, 0.5, 0.4]]), nodule_size=np.array([1.0]))
    sizes = [widest_mm(layout, add_nodule(draw(layout), layout, one, s)) for s in (0.2, 1.0)]
    assert 7 < sizes[0] < 14
    assert 25 < sizes[1] < 34
    round_mass = replace(one, mass=np.array([-1.0, 0.5, 0.4]), mass_outline=np.zeros((4, 2)))
    sizes = [widest_mm(layout, add_mass(draw(layout), layout, round_mass, s)) for s in (0.2, 1.0)]
    assert 34 < sizes[0] < 46
    assert 70 < sizes[1] < 92


def test_upper_lobe_ends_at_its_fissure_and_patches_lie_apart(lay_out, draw, patient):
    layout = lay_out(size=128)
    upper = replace(
        patient.sites,
        patchy=False,
        lobe=0,
        patches=np.array([[-1, 0.5, 0.42], *[[1, 0.5, 0.5]] * 2]),
    )
    mask = add_consolidation(draw(layout), layout, upper, 1.0)
    assert layout.t[mask.any(axis=1), 0].max() < 0.58
    middle = replace(upper, lobe=1, patches=np.array([[-1, 0.3, 0.7], *[[1, 0.5, 0.5]] * 2]))
    mask = add_consolidation(draw(layout), layout, middle, 1.0)
    assert layout.t[mask.any(axis=1), 0].min() > 0.54
    patchy = replace(upper, patchy=True)
    mask = add_consolidation(draw(layout), layout, patchy, 0.6)
    assert mask[:, layout.film.x[0] > 0].any()


def test_oedema_lies_around_the_hila_on_both_sides(lay_out, draw, patient):
    layout = lay_out()
    mask = add_edema(draw(layout), layout, patient.sites, 0.7)
    for side, (_, y) in zip((-1, 1), layout.hilum, strict=True):
        half = mask & (side * layout.film.x > 0)
        rows = layout.film.y[half.any(axis=1), 0]
        assert abs(rows.mean() - y) < 30
        outside = half & (side * layout.film.x > 0.9 * layout.cage)
        assert outside.sum() < 0.05 * half.sum()


def test_plates_are_flat_and_a_collapsed_lobe_lies_behind_the_heart(lay_out, draw, patient):
    layout = lay_out(size=128)
    plate = replace(
        patient.sites,
        plates=np.array([[-1.0, 0.5, 0.8]]),
        plate_angle=np.array([0.0]),
        lobar_collapse=False,
    )
    mask = add_atelectasis(draw(layout), layout, plate, 0.6)
    assert mask.any(axis=0).sum() > 3 * mask.any(axis=1).sum()
    both = replace(plate, lobar_collapse=True)
    lobar = add_atelectasis(draw(layout), layout, both, 0.6)
    wedge = lobar & ~mask
    assert wedge.sum() > 20
    assert (layout.film.x[0, wedge.any(axis=0)] < 0).all()
