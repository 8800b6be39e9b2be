from dataclasses import replace

import numpy as np
import pytest

from labelassemble_phantoms.lesion_sites import LesionSites
from labelassemble_phantoms.pleural_findings import add_effusion, add_pneumothorax
from labelassemble_phantoms.x_ray import attenuate


@pytest.fixture
def sites(patient) -> LesionSites:
    return replace(patient.sites, effusion_share=(1.0, 0.0), pneumothorax_side=1)


def rows_of(layout, mask):
    return layout.t[mask.any(axis=1), 0]


@pytest.mark.parametrize("view", ["PA", "AP"])
def test_fluid_is_dense_below_and_on_its_side(lay_out, draw, sites, view):
    layout = lay_out(view=view)
    healthy, ill = draw(layout), draw(layout)
    mask = add_effusion(ill, layout, sites, 0.6)
    assert mask.any()
    assert (layout.film.x[0, mask.any(axis=0)] < 0).all()
    assert rows_of(layout, mask).mean() > 0.6
    more = attenuate(ill) - attenuate(healthy)
    assert more[mask].mean() > 0.7
    assert np.abs(more[:, layout.film.x[0] > 5]).max() < 1e-4
    assert (ill.lung_water <= ill.lung + 1e-4).all()


def test_the_meniscus_climbs_along_the_ribs(lay_out, draw, sites):
    layout = lay_out(size=256)
    mask = add_effusion(draw(layout), layout, sites, 0.6)
    x, cage = layout.film.x[0], layout.cage.max()
    by_ribs, halfway = (
        mask[:, np.abs(x + share * cage).argmin()].argmax() for share in (0.95, 0.6)
    )
    assert (halfway - by_ribs) * layout.film.pixel_mm > 8


def test_more_fluid_stands_higher_and_a_little_only_blunts_the_angle(lay_out, draw, sites, patient):
    layout = lay_out()
    masks = [add_effusion(draw(layout), layout, sites, s) for s in (0.22, 0.5, 0.9)]
    assert masks[0].sum() < masks[1].sum() < masks[2].sum()
    assert rows_of(layout, masks[0]).min() > 0.95
    assert rows_of(layout, masks[2]).min() < 0.7


def test_both_sides_fill_when_the_person_has_both(lay_out, draw, patient):
    layout = lay_out()
    both = replace(patient.sites, effusion_share=(1.0, 0.8))
    mask = add_effusion(draw(layout), layout, both, 0.5)
    assert mask[:, layout.film.x[0] < 0].any()
    assert mask[:, layout.film.x[0] > 0].any()


def test_air_is_lucent_without_vessels_and_widest_at_the_top(lay_out, draw, sites):
    layout = lay_out(size=256)
    healthy, ill = draw(layout), draw(layout)
    mask = add_pneumothorax(ill, layout, sites, 0.6)
    assert (layout.film.x[0, mask.any(axis=0)] > 0).all()
    assert (attenuate(ill) - attenuate(healthy))[mask].mean() < -0.1
    core = mask & (healthy.vessels > 0.05)
    assert core.any()
    assert ill.vessels[core].sum() < 0.2 * healthy.vessels[core].sum()
    widths = mask.sum(axis=1)
    upper = widths[(layout.t[:, 0] > 0.1) & (layout.t[:, 0] < 0.3)].mean()
    lower = widths[(layout.t[:, 0] > 0.6) & (layout.t[:, 0] < 0.8)].mean()
    assert upper > 1.5 * lower > 0


def test_a_thin_dense_line_bounds_the_air_and_the_lung_within_is_denser(lay_out, draw, sites):
    layout = lay_out(size=256)
    healthy, ill = draw(layout), draw(layout)
    mask = add_pneumothorax(ill, layout, sites, 0.5)
    row = np.abs(layout.t[:, 0] - 0.45).argmin()
    edge = np.flatnonzero(mask[row]).min()
    water = ill.lung_water[row] / np.maximum(ill.lung[row], 1e-3)
    assert water[edge - 3 : edge + 3].max() > water[edge - 12] + 0.005
    assert ill.lung_water[row, edge - 12] > healthy.lung_water[row, edge - 12]
    assert water[edge + 4] < 0.5 * water[edge - 12]


def test_wider_with_severity(lay_out, draw, sites):
    layout = lay_out()
    areas = [add_pneumothorax(draw(layout), layout, sites, s).sum() for s in (0.21, 0.5, 1.0)]
    assert 0 < areas[0] < areas[1] < areas[2]
