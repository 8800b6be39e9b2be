import numpy as np

from labelassemble_phantoms.lesion_sites import draw_sites, lung_place


def test_sites_are_of_one_seed_and_within_their_ranges():
    for seed in range(40):
        sites, again = (draw_sites(np.random.default_rng(seed)) for _ in range(2))
        assert (sites.nodules == again.nodules).all()
        assert max(sites.effusion_share) == 1.0
        assert min(sites.effusion_share) >= 0.0
        assert sites.pneumothorax_side in (-1, 1)
        assert 1 <= len(sites.nodules) == len(sites.nodule_size) <= 3
        assert sites.nodule_size[0] == 1
        assert len(sites.plates) in (1, 2)
        assert 0 <= sites.lobe <= 5
        assert sites.patches.shape == (3, 3)
        assert (np.abs(sites.patches[:, 0]) == 1).all()


def test_both_sides_and_both_kinds_occur():
    every = [draw_sites(np.random.default_rng(seed)) for seed in range(60)]
    assert {sites.pneumothorax_side for sites in every} == {-1, 1}
    assert {sites.patchy for sites in every} == {True, False}
    assert {sites.lobar_collapse for sites in every} == {True, False}
    shares = {(share[0] > 0, share[1] > 0) for share in (sites.effusion_share for sites in every)}
    assert shares == {(True, True), (True, False), (False, True)}


def test_places_lie_in_the_lung_of_their_side_whatever_the_heart(lay_out):
    for growth in (1.0, 1.6):
        layout = lay_out(heart_growth=growth, inspiration=0.3)
        for side in (-1.0, 1.0):
            for across in (0.1, 0.9):
                for t in (0.1, 0.5, 0.95):
                    x, y = lung_place(layout, np.array([side, across, t]))
                    row = np.abs(layout.film.y[:, 0] - y).argmin()
                    assert 0 < side * x < layout.cage[row, 0]
                    assert y < np.interp(x, layout.film.x[0], layout.dome[0])
