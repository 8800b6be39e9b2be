import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelassemble.metrics.bootstrap import bootstrap_scores
from labelassemble.metrics.clustered_delong import clustered_delong, clustered_delong_test
from labelassemble.metrics.delong import delong, delong_test

SEEDS = st.integers(0, 2**32 - 1)
Draws = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def draw(
    seed: int, images: int = 40, patients: int = 12, networks: int = 3, classes: int = 1
) -> Draws:
    """Few distinct scores, so many ties; cells of all kinds; every patient number is odd."""
    generator = np.random.default_rng(seed)
    score = generator.integers(7, size=(networks, images, classes)) / 7
    label = generator.integers(2, size=(images, classes)).astype(float)
    known = generator.random((images, classes)) < 0.7
    patient = 2 * generator.integers(patients, size=images) - 5
    label[:4], known[:4], patient[:4] = [[0], [0], [1], [1]], True, [1, 3, 1, 3]
    return score, label, known, patient


def slow_variance(
    scores: np.ndarray, label: np.ndarray, known: np.ndarray, patient: np.ndarray, signs: np.ndarray
) -> float:
    """Obuchowski's sums, patient by patient, from all pairs of a positive and a negative."""
    positive, negative = np.flatnonzero(known & (label == 1)), np.flatnonzero(known & (label == 0))
    won = sum(
        sign
        * np.array(
            [[(each[x] > each[y]) + 0.5 * (each[x] == each[y]) for y in negative] for x in positive]
        )
        for each, sign in zip(scores, signs, strict=True)
    )
    mean, of_positive, of_negative = won.mean(), won.mean(axis=1), won.mean(axis=0)
    s10 = s01 = s11 = 0.0
    for name in np.unique(patient[known]):
        own_positive, own_negative = patient[positive] == name, patient[negative] == name
        left = of_positive[own_positive].sum() - own_positive.sum() * mean
        right = of_negative[own_negative].sum() - own_negative.sum() * mean
        s10, s01, s11 = s10 + left**2, s01 + right**2, s11 + left * right
    m, n = positive.size, negative.size
    i10, i01 = np.unique(patient[positive]).size, np.unique(patient[negative]).size
    i = np.unique(patient[known]).size
    s10, s01, s11 = s10 * i10 / (i10 - 1) / m, s01 * i01 / (i01 - 1) / n, s11 * i / (i - 1)
    return s10 / m + s01 / n + 2 * s11 / (m * n)


@settings(max_examples=40)
@given(SEEDS)
def test_equals_the_sums_of_the_paper(seed: int) -> None:
    score, label, known, patient = draw(seed)
    cells = label[:, 0], known[:, 0], patient
    ours = clustered_delong(score[0, :, 0], *cells)
    expected = slow_variance(score[:1, :, 0], *cells, np.array([1]))
    assert ours.auroc == delong(score[0, :, 0], label[:, 0], known[:, 0]).auroc
    assert ours.variance == pytest.approx(expected, abs=1e-12)
    test = clustered_delong_test(score[:1], score[1:], label, known, patient)
    expected = slow_variance(score[..., 0], *cells, np.array([-1, 0.5, 0.5]))
    assert test.standard_error**2 == pytest.approx(expected, abs=1e-12)
    if test.standard_error > 1e-6:
        normal = math.erfc(abs(test.difference) / test.standard_error / math.sqrt(2))
        assert test.p == pytest.approx(normal)


@settings(max_examples=20)
@given(SEEDS)
def test_is_delong_where_every_patient_has_one_image(seed: int) -> None:
    score, label, known, _ = draw(seed)
    patient = np.random.default_rng(seed).permutation(40)
    ours = clustered_delong(score[0, :, 0], label[:, 0], known[:, 0], patient)
    plain = delong(score[0, :, 0], label[:, 0], known[:, 0])
    assert ours == pytest.approx(plain, rel=1e-9, abs=1e-12)
    ours_test = clustered_delong_test(score[:1], score[1:], label, known, patient)
    plain_test = delong_test(score[:1, :, 0], score[1:, :, 0], label[:, 0], known[:, 0])
    assert ours_test == pytest.approx(plain_test, rel=1e-9, abs=1e-12)


@settings(max_examples=20)
@given(SEEDS)
def test_the_same_images_again_tell_nothing_new(seed: int) -> None:
    score, label, known, patient = draw(seed)
    once = clustered_delong_test(score[:1], score[1:], label, known, patient)
    twice = clustered_delong_test(
        np.tile(score[:1], (1, 2, 1)),
        np.tile(score[1:], (1, 2, 1)),
        np.tile(label, (2, 1)),
        np.tile(known, (2, 1)),
        np.tile(patient, 2),
    )
    assert twice == pytest.approx(once, rel=1e-9, abs=1e-12)


@settings(max_examples=25)
@given(SEEDS, st.floats(allow_nan=True), st.floats(allow_nan=True))
def test_unknown_cells_never_matter(seed: int, other_score: float, other_label: float) -> None:
    score, label, known, patient = draw(seed, classes=2)

    def numbers() -> np.ndarray:
        alone = clustered_delong(score[0, :, 0], label[:, 0], known[:, 0], patient)
        return np.hstack(
            [alone, clustered_delong_test(score[:1], score[1:], label, known, patient)]
        )

    before = numbers()
    score[:, ~known], label[~known] = other_score, other_label
    patient[~known.any(axis=1)] = 1_000
    # But for rounding: patients are summed in another order.
    np.testing.assert_allclose(numbers(), before, rtol=1e-10, atol=1e-14)


def test_mean_over_classes_agrees_with_the_bootstrap() -> None:
    generator = np.random.default_rng(5)
    patient = generator.integers(150, size=600)
    # One trouble a patient, seen in all classes: single classes' variances alone are not enough.
    trouble = generator.normal(size=(150, 1))[patient]
    label = (generator.random((600, 4)) < 0.4).astype(float)
    known = generator.random((600, 4)) < 0.8
    score = np.stack([label + generator.normal(size=label.shape) for _ in range(2)])
    score[1] += trouble * (2 * label - 1)
    drawn = bootstrap_scores(score, label, known, patient, 800, generator).auroc.mean(axis=2)
    test = clustered_delong_test(score[:1], score[1:], label, known, patient)
    assert test.standard_error == pytest.approx((drawn[1] - drawn[0]).std(), rel=0.1)
    apart = [
        clustered_delong_test(
            score[:1, :, [place]],
            score[1:, :, [place]],
            label[:, [place]],
            known[:, [place]],
            patient,
        )
        for place in range(4)
    ]
    assert test.difference == pytest.approx(np.mean([each.difference for each in apart]))
    independent = math.sqrt(sum(each.standard_error**2 for each in apart)) / 4
    assert test.standard_error > 1.2 * independent


def test_p_is_right_where_images_of_a_patient_resemble_each_other() -> None:
    """Nothing differs: DeLong over images finds something far too often, this one does not."""
    generator = np.random.default_rng(2)
    clustered, plain = [], []
    for _ in range(300):
        sick = np.repeat(generator.random(60) < 0.4, 4).astype(float)
        score = np.stack(
            [
                1.2 * sick + np.repeat(generator.normal(size=60), 4) + generator.normal(size=240)
                for _ in range(2)
            ]
        )[..., None]
        patient, known = np.repeat(np.arange(60), 4), np.full((240, 1), True)
        test = clustered_delong_test(score[:1], score[1:], sick[:, None], known, patient)
        clustered.append(test.p)
        plain.append(delong_test(score[:1, :, 0], score[1:, :, 0], sick, known[:, 0]).p)
    assert np.mean(np.array(clustered) < 0.05) == pytest.approx(0.05, abs=0.03)
    assert np.mean(np.array(plain) < 0.05) > 0.12


def test_too_little_is_nan_without_a_warning() -> None:
    score, label, known, patient = draw(0)
    one = np.full(40, 3)
    alone = clustered_delong(score[0, :, 0], label[:, 0], known[:, 0], one)
    assert 0 < alone.auroc < 1
    assert math.isnan(alone.variance)
    assert math.isnan(clustered_delong_test(score[:1], score[1:], label, known, one).p)
    nothing = clustered_delong(score[0, :, 0], label[:, 0], np.full(40, False), patient)
    assert np.isnan(nothing).all()
    both = np.hstack([label, np.ones_like(label)])
    pair = np.concatenate([score, score], axis=2)
    every = np.hstack([known, known])
    assert np.isnan(clustered_delong_test(pair[:1], pair[1:], both, every, patient)).all()
    none = score[..., :0], score[..., :0], label[:, :0], known[:, :0], patient
    assert np.isnan(clustered_delong_test(*none)).all()


def test_same_predictions_have_p_one() -> None:
    score, label, known, patient = draw(1)
    assert clustered_delong_test(score, score, label, known, patient) == (0, 0, 1)
