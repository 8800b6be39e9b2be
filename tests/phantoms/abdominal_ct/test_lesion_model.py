import numpy as np
import pytest

from labelassemble_phantoms.abdominal_ct.lesion_model import (
    DIAMETER_MM,
    LESIONS,
    draw_diameter,
    sample_lesions,
)


@pytest.fixture(scope="module")
def drawn():
    return {
        kind: [
            plan
            for n in range(420)
            for plan in sample_lesions(np.random.default_rng(n), {kind: 1.0})
        ]
        for kind in LESIONS
    }


@pytest.mark.parametrize("kind", LESIONS)
def test_sizes_follow_their_distribution(kind):
    generator = np.random.default_rng(0)
    sizes = np.array([draw_diameter(generator, kind) for _ in range(3000)])
    least, median, largest, spread = DIAMETER_MM[kind]
    assert np.median(sizes) == pytest.approx(median, rel=0.06)
    assert sizes.min() >= least
    assert sizes.max() <= largest
    assert np.log(sizes).std() == pytest.approx(spread, rel=0.2)


def test_frequencies_are_kept():
    frequency = {"pdac": 0.5, "pancreatic_cyst": 0.2}
    people = [sample_lesions(np.random.default_rng([2, n]), frequency) for n in range(500)]
    have = {kind: np.mean([any(p.kind == kind for p in one) for one in people]) for kind in LESIONS}
    assert have["pdac"] == pytest.approx(0.5, abs=0.07)
    # A cyst that would lie in a tumour is left out.
    assert 0.12 < have["pancreatic_cyst"] < 0.25
    assert have["pannet"] == 0
    assert sample_lesions(np.random.default_rng(0), {}) == ()


def test_adenocarcinomas_sit_in_the_head_and_shut_the_duct(drawn):
    plans = drawn["pdac"]
    assert 0.6 < np.mean([plan.place < 0.37 for plan in plans]) < 0.85
    assert np.mean([plan.obstruction > 0.3 for plan in plans]) == pytest.approx(0.88, abs=0.05)
    assert all(plan.obstruction == 0 for kind in LESIONS[1:] for plan in drawn[kind])


def test_some_adenocarcinomas_are_as_bright_as_the_pancreas_most_of_them_small(drawn):
    iso = [plan for plan in drawn["pdac"] if plan.contrast <= 0.2]
    assert 0.09 < len(iso) / len(drawn["pdac"]) < 0.2
    small = [plan for plan in drawn["pdac"] if plan.diameter_mm <= 20]
    assert len([p for p in iso if p.diameter_mm <= 20]) / len(small) > len(iso) / len(drawn["pdac"])


def test_cysts_hold_water_in_one_or_more_chambers(drawn):
    plans = drawn["pancreatic_cyst"]
    assert all(0 <= plan.contrast <= 20 for plan in plans)
    chambers = [len(plan.balls) for plan in plans]
    assert min(chambers) == 1
    assert max(chambers) > 2
    for plan in plans[:8]:
        axis = np.linspace(-1.7, 1.7, 45)
        at = np.stack(np.meshgrid(axis, axis, axis), axis=-1)
        away = np.linalg.norm(at[..., None, :] - plan.balls[:, :3], axis=-1) - plan.balls[:, 3]
        volume = (away.min(axis=-1) < 0).sum() * (axis[1] - axis[0]) ** 3
        assert volume == pytest.approx(4 / 3 * np.pi, rel=0.06)


def test_lesions_of_one_person_lie_apart():
    for n in range(70):
        plans = sample_lesions(np.random.default_rng(n), dict.fromkeys(LESIONS, 1.0))
        assert plans[0].kind == "pdac"
        for at, one in enumerate(plans):
            for other in plans[:at]:
                gap = abs(one.place - other.place) * 170
                assert gap > (one.diameter_mm + other.diameter_mm) / 2
