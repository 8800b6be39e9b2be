import numpy as np

from labelassemble_phantoms.chest_anatomy import draw_chest_anatomy


def draw_many(sex, age, count=150):
    return [draw_chest_anatomy(np.random.default_rng([1, n]), sex, age) for n in range(count)]


def test_one_seed_one_chest():
    first, second = (draw_chest_anatomy(np.random.default_rng(3), "F", 40.0) for _ in range(2))
    assert first.half_width == second.half_width
    assert (first.vessels.points == second.vessels.points).all()


def test_men_are_larger_and_only_women_and_heavy_men_have_breasts():
    women, men = draw_many("F", 50.0), draw_many("M", 50.0)
    assert np.mean([m.half_width for m in men]) > np.mean([w.half_width for w in women]) + 8
    assert np.mean([m.lung_height for m in men]) > np.mean([w.lung_height for w in women]) + 12
    assert min(w.breast_cm for w in women) >= 0.3
    assert all(m.breast_cm == 0 for m in men if m.habitus <= 25)


def test_the_heavy_have_thick_walls_and_the_old_a_large_knob_and_thin_bone():
    people = draw_many("M", 50.0)
    habitus = [p.habitus for p in people]
    assert min(habitus) < 20
    assert max(habitus) > 32
    assert np.corrcoef(habitus, [p.wall_cm for p in people])[0, 1] > 0.8
    young, old = draw_many("M", 25.0, 60), draw_many("M", 85.0, 60)
    assert np.mean([p.knob for p in old]) > np.mean([p.knob for p in young]) + 0.3
    assert np.mean([p.bone for p in old]) < np.mean([p.bone for p in young]) - 0.1
