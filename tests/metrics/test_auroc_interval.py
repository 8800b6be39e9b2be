"""The AUROC's interval: by hand, within [0, 1], over patients, and against simulation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelassemble.metrics.auroc import auroc
from labelassemble.metrics.auroc_interval import auroc_interval, model_variance
from labelassemble.metrics.clustered_delong import clustered_delong


def known(label: np.ndarray) -> np.ndarray:
    return np.full(label.shape, True)


def test_a_perfect_score_has_an_interval_that_solves_the_formula() -> None:
    """m = n = 10: (1 - low)² = 1.96² V(low), and 1 is the upper end; mirrored at 0."""
    label = np.repeat([0.0, 1.0], 10)
    low, high = auroc_interval(np.arange(20.0), label, known(label), np.arange(20), 0.95)
    assert high == 1
    area = low
    spread = 1 + 9 * (1 - area) / (2 - area) + 9 * area / (1 + area)
    assert (1 - low) ** 2 == pytest.approx(1.959964**2 * area * (1 - area) * spread / 100, rel=1e-4)
    mirrored = auroc_interval(-np.arange(20.0), label, known(label), np.arange(20), 0.95)
    assert mirrored == pytest.approx((0, 1 - low))


def test_images_of_one_patient_that_are_alike_count_as_one() -> None:
    generator = np.random.default_rng(0)
    label = np.repeat([0.0, 1.0], [60, 20])
    score = label + generator.normal(size=80)
    once = auroc_interval(score, label, known(label), np.arange(80), 0.95)
    copies = [np.repeat(each, 5) for each in (score, label, np.arange(80))]
    again = auroc_interval(copies[0], copies[1], known(copies[1]), copies[2], 0.95)
    assert again == pytest.approx(once, abs=1e-6)
    strangers = auroc_interval(copies[0], copies[1], known(copies[1]), np.arange(400), 0.95)
    assert strangers.high - strangers.low < 0.6 * (once.high - once.low)


def test_a_variance_larger_than_the_models_counts() -> None:
    """Half of the positives far above all, half below all: the model knows nothing of that."""
    label = np.repeat([0.0, 1.0], [100, 12])
    score = np.concatenate([np.linspace(0, 1, 100), np.tile([-5.0, 5.0], 6)])
    low, high = auroc_interval(score, label, known(label), np.arange(112), 0.95)
    variance = clustered_delong(score, label, known(label), np.arange(112)).variance
    assert variance > model_variance(0.5, 12.0, 100.0)
    assert high - low > 2 * 1.96 * variance**0.5 * 0.9


@given(st.integers(0, 2**32 - 1), st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_it_holds_the_auroc_and_grows_with_confidence(seed: int, confidence: float) -> None:
    generator = np.random.default_rng(seed)
    label = (generator.random(40) < 0.4).astype(float)
    label[:4] = [0, 0, 1, 1]
    score = np.round(label * generator.random() * 4 + generator.normal(size=40), 1)
    patient = np.concatenate([np.arange(4), generator.integers(4, 25, 36)])
    low, high = auroc_interval(score, label, known(label), patient, confidence)
    assert 0 <= low <= auroc(score, label, known(label)) <= high <= 1
    wider = auroc_interval(score, label, known(label), patient, 0.999)
    assert wider.low <= low + 1e-9
    assert high <= wider.high + 1e-9
    mirrored = auroc_interval(-score, label, known(label), patient, confidence)
    assert mirrored == pytest.approx((1 - high, 1 - low), abs=1e-6)


def test_one_patient_of_a_kind_has_none() -> None:
    label = np.array([0.0, 0, 1, 1])
    for patient in ([1, 2, 3, 3], [1, 1, 2, 3]):
        assert np.isnan(auroc_interval(label, label, known(label), np.array(patient), 0.95)).all()
    assert np.isnan(auroc_interval(label, label * 0, known(label), np.arange(4), 0.95)).all()


@pytest.mark.no_cover
@pytest.mark.parametrize(("area", "positives"), [(0.8, 10), (0.95, 10), (0.95, 20)])
def test_it_covers_where_patients_are_few(area: float, positives: int) -> None:
    """Two images a patient; the bootstrap's percentile interval covers 83 % of the second."""
    generator = np.random.default_rng(3)
    patients = positives + 60
    owner = np.repeat(np.arange(patients), 2)
    label = (owner < positives).astype(float)
    shift = {0.8: 1.1902, 0.95: 2.3262}[area]
    held = 0
    for _ in range(300):
        noise = generator.normal(size=patients)[owner] + generator.normal(size=owner.size)
        interval = auroc_interval(
            shift * label + noise / np.sqrt(2), label, known(label), owner, 0.95
        )
        held += interval.low <= area <= interval.high
    assert held >= 0.92 * 300
