import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_curve

from labelassemble.errors import MetricError
from labelassemble.metrics.lesions.operating_point import apply_threshold, choose_threshold

Draw = tuple[np.ndarray, np.ndarray, np.ndarray]


def draw(seed: int, distinct: int, images: int = 80) -> Draw:
    generator = np.random.default_rng(seed)
    label = (generator.random(images) < 0.4).astype(float)
    label[:2] = [0, 1]
    score = np.round((generator.random(images) + 0.4 * label) * distinct) / distinct
    known = generator.random(images) < 0.8
    known[:2] = True
    return score, label, known


@given(
    st.integers(0, 2**31),
    st.sampled_from([2, 10, 10**6]),
    st.sampled_from([0.0, 0.5, 0.9, 0.95, 0.98, 1.0]),
)
def test_equals_the_best_of_scikit_learns_points(
    seed: int, distinct: int, specificity: float
) -> None:
    score, label, known = draw(seed, distinct)
    false_positive, true_positive, _ = roc_curve(
        label[known], score[known], drop_intermediate=False
    )
    best = true_positive[1 - false_positive >= specificity - 1e-12].max()
    chosen = choose_threshold(score, label, known, specificity)
    point = apply_threshold(score, label, known, chosen.value)
    assert point.sensitivity == pytest.approx(best)
    assert point.specificity >= specificity - 1e-12
    assert point.specificity == chosen.specificity
    assert chosen.negatives == point.negatives


def test_ties_are_taken_on_the_safe_side() -> None:
    score = np.array([0.1, 0.5, 0.5, 0.5, 0.9])
    negative, known = np.zeros(5), np.full(5, True)
    # One more could be called, but the three at .5 go together.
    chosen = choose_threshold(score, negative, known, 0.4)
    assert chosen.value == np.nextafter(0.5, 1)
    assert chosen.specificity == 0.8
    assert choose_threshold(score, negative, known, 0.2).value == np.nextafter(0.1, 1)
    assert choose_threshold(score, negative, known, 0.0).value == -np.inf


def test_a_share_that_is_met_but_for_rounding_is_met() -> None:
    assert (1 - 0.9) * 10 < 1
    chosen = choose_threshold(np.arange(10) / 10, np.zeros(10), np.full(10, True), 0.9)
    assert chosen.specificity == 0.9
    assert chosen.value == np.nextafter(0.8, 1)


def test_positives_do_not_move_the_threshold() -> None:
    score, label, known = draw(3, 10**6)
    before = choose_threshold(score, label, known, 0.9)
    score[label == 1] = np.random.default_rng(1).random(int(label.sum()))
    assert choose_threshold(score, label, known, 0.9) == before


def test_chosen_on_one_set_and_applied_to_another() -> None:
    score, label, known = draw(4, 10**6)
    chosen = choose_threshold(score[:40], label[:40], known[:40], 0.9)
    point = apply_threshold(score[40:], label[40:], known[40:], chosen.value)
    rows = known[40:]
    called = score[40:][rows] >= chosen.value
    positive = label[40:][rows] == 1
    assert point.sensitivity == called[positive].mean()
    assert point.specificity == (~called)[~positive].mean()
    assert (point.true_positives, point.positives) == (called[positive].sum(), positive.sum())
    assert (point.true_negatives, point.negatives) == (
        (~called)[~positive].sum(),
        (~positive).sum(),
    )


def test_what_is_missing_is_told() -> None:
    score, known = np.array([0.2, 0.8]), np.full(2, True)
    nothing = choose_threshold(score, np.ones(2), known)
    assert np.isnan(nothing.value)
    assert nothing.reason == "no known negative to choose it on"
    point = apply_threshold(score, np.ones(2), known, nothing.value)
    assert np.isnan(point.sensitivity)
    assert point.reason == "no threshold was chosen; no known negative"
    point = apply_threshold(score, np.zeros(2), known, 0.5)
    assert np.isnan(point.sensitivity)
    assert point.specificity == 0.5
    assert point.reason == "no known positive"
    nobody = apply_threshold(score, np.zeros(2), ~known, 0.5)
    assert nobody.reason == "no known positive; no known negative"


@pytest.mark.parametrize("specificity", [-0.1, 1.1, np.nan, 98.0])
def test_specificities_are_shares(specificity: float) -> None:
    with pytest.raises(MetricError, match="specificity in"):
        choose_threshold(*draw(0, 5), specificity)
