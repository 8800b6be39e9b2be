from dataclasses import replace

import numpy as np
import pytest

from labelassemble_phantoms.chest_layout import Pose, lay_out_chest
from labelassemble_phantoms.chest_tissue import draw_tissue
from labelassemble_phantoms.film import lay_film
from labelassemble_phantoms.x_ray import attenuate


def at(layout, field, x, y):
    film = layout.film
    return field[np.abs(film.y[:, 0] - y).argmin(), np.abs(film.x[0] - x).argmin()]


def test_thicknesses_are_those_of_a_chest(lay_out, draw):
    layout = lay_out()
    tissue = draw(layout)
    assert all(getattr(tissue, name).min() >= 0 for name in ("wall", "lung", "vessels", "bone"))
    assert 10 < tissue.lung.max() < 22
    assert 15 < tissue.wall.max() < 45
    assert (tissue.lung_water <= tissue.lung).all()
    open_air = at(layout, attenuate(tissue), 180, -50)
    lung = at(layout, attenuate(tissue), -85, 130)
    heart = at(layout, attenuate(tissue), 12, 0.8 * layout.height)
    assert open_air < 0.2
    assert open_air < lung < heart - 1


def test_more_tissue_attenuates_more(patient, draw):
    heavy = replace(patient.anatomy, wall_cm=12.0, flank=50.0)
    thin = replace(patient.anatomy, wall_cm=4.0, flank=18.0)
    film = lay_film(64)
    lines = [
        attenuate(draw_tissue(lay_out_chest(film, anatomy, Pose("PA")), patient.sites.grain))
        for anatomy in (thin, heavy)
    ]
    assert lines[1].mean() > lines[0].mean() + 0.5


def test_breasts_add_over_the_lower_lungs(patient):
    film = lay_film(64)
    maps = []
    for breast in (0.0, 3.0):
        anatomy = replace(patient.anatomy, breast_cm=breast, breast_drop=0.9)
        layout = lay_out_chest(film, anatomy, Pose("PA"))
        maps.append(draw_tissue(layout, patient.sites.grain).wall)
    more = maps[1] - maps[0]
    assert more.max() > 1
    assert more[: 64 // 4].max() == pytest.approx(0, abs=1e-4)


def test_the_windpipe_is_dark_and_the_bubble_has_a_level_only_when_standing(patient, lay_out, draw):
    layout = lay_out(size=128)
    tissue = draw(layout)
    y = 0.12 * layout.height
    assert at(layout, tissue.wall, 0, y) < at(layout, tissue.wall, -16, y) - 0.5
    floors = {}
    for view in ("PA", "AP"):
        gas = []
        for amount in (0.0, 1.0):
            anatomy = replace(patient.anatomy, gas=amount)
            layout = lay_out_chest(lay_film(128), anatomy, Pose(view))
            gas.append(draw_tissue(layout, patient.sites.grain).wall)
        air = gas[0] - gas[1]
        assert air.max() > 2
        rows = np.flatnonzero((air > 0.3).any(axis=1))
        floors[view] = rows[-1] - rows[0]
        side = layout.film.x[0, np.flatnonzero((air > 0.3).any(axis=0))]
        assert side.min() > 0, "below the left dome"
    assert floors["PA"] < floors["AP"]


def test_the_lungs_vessels_widen(lay_out, patient):
    layout = lay_out()
    narrow = draw_tissue(layout, patient.sites.grain)
    wide = draw_tissue(layout, patient.sites.grain, widen_vessels=1.5)
    assert wide.vessels.sum() > 1.3 * narrow.vessels.sum()
    assert (narrow.vessels[narrow.lung == 0] == 0).all()
