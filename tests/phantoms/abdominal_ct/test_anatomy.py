import numpy as np
import pytest

from labelassemble_phantoms.abdominal_ct.anatomy import draw_abdomen


@pytest.fixture(scope="module")
def people():
    return [
        draw_abdomen(np.random.default_rng([1, n]), "FM"[n % 2], 30.0 + n % 60) for n in range(240)
    ]


def test_people_are_as_large_as_people_are(people):
    width = [2 * (one.half_width + one.wall + one.fat_side) for one in people]
    depth = [one.front + one.back + one.wall + one.fat_front + one.fat_back for one in people]
    assert 300 < np.median(width) < 380
    assert 190 < np.median(depth) < 280
    assert min(width) > 230
    assert max(width) < 540
    assert 22 < np.median([one.habitus for one in people]) < 29


def test_large_people_have_more_fat_and_old_people_less_pancreas(people):
    habitus = [one.habitus for one in people]
    age = [one.age for one in people]
    for name, sign, against in (
        ("fat_front", 1, habitus),
        ("half_width", 1, habitus),
        ("fattiness", 1, age),
        ("bone", -1, age),
        ("duct", 1, age),
    ):
        values = [getattr(one, name) for one in people]
        assert sign * np.corrcoef(values, against)[0, 1] > 0.3
    assert np.corrcoef([one.plumpness.mean() for one in people], age)[0, 1] < -0.3
    assert all(1.0 <= one.duct <= 3.2 for one in people)


def test_cysts_elsewhere_come_with_age(people):
    young = [one for one in people if one.age < 50]
    old = [one for one in people if one.age > 70]
    cysts = [
        np.mean([sum(ball.organ != "spleen" for ball in one.balls) for one in group])
        for group in (young, old)
    ]
    assert cysts[0] < 0.7 * cysts[1]
    assert {ball.organ for one in people for ball in one.balls} == {"kidney", "liver", "spleen"}
