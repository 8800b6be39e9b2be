import numpy as np

from labelassemble_phantoms.film import lay_film
from labelassemble_phantoms.lung_vessels import draw_vessels, grow_vessels

HILA = np.array([[-40.0, 110], [40, 100]])


def test_both_trees_branch_in_two_taper_and_fan_outwards():
    tree = grow_vessels(np.random.default_rng(0))
    assert (tree.side < 0).sum() == (tree.side > 0).sum() == 8 * (2**5 - 1)
    assert (np.diff(tree.radius) >= 0).all()
    far = np.hypot(*tree.points[:, 2].T)
    thin, thick = far[tree.radius < 0.7], far[tree.radius > 1.8]
    assert thin.mean() > 1.4 * thick.mean()


def test_vessels_lie_on_their_own_side():
    tree = grow_vessels(np.random.default_rng(1))
    film = lay_film(128)
    drawn = draw_vessels(tree, film, HILA, (1.0, 1.0))
    right, left = drawn[:, film.x[0] < -40], drawn[:, film.x[0] > 40]
    assert right.sum() > 0.6 * drawn[:, film.x[0] < 0].sum()
    assert left.sum() > 0.6 * drawn[:, film.x[0] > 0].sum()


def test_congested_vessels_take_up_more():
    tree = grow_vessels(np.random.default_rng(2))
    film = lay_film(128)
    thin = draw_vessels(tree, film, HILA, (1.0, 1.0))
    wide = draw_vessels(tree, film, HILA, (1.0, 1.0), widen=1.5)
    assert wide.sum() > 1.3 * thin.sum()
