import math

import numpy as np
import pytest

from labelassemble.experiments import class_direction as module
from labelassemble.experiments.class_direction import (
    cosine,
    direction_products,
    draw_directions,
    make_class_direction,
)


def slow_direction(
    feature: np.ndarray, positive: np.ndarray, negative: np.ndarray, source: np.ndarray
) -> np.ndarray:
    """Differences of means, source by source, averaged with their inverse variances."""
    total, weight = np.zeros(feature.shape[1]), 0.0
    for own in set(source.tolist()):
        yes, no = positive & (source == own), negative & (source == own)
        share = yes.sum() * no.sum() / (yes.sum() + no.sum())
        total += share * (feature[yes].mean(axis=0) - feature[no].mean(axis=0))
        weight += share
    return total / weight


def test_weights_give_the_mean_difference_within_sources() -> None:
    generator = np.random.default_rng(0)
    feature = generator.normal(size=(80, 5))
    positive = generator.random(80) < 0.4
    source = generator.integers(3, size=80)
    class_direction = make_class_direction(positive, ~positive, source, np.arange(80), "direction")
    found = draw_directions(feature, class_direction, np.arange(80), np.ones((1, 80)))
    expected = slow_direction(feature, positive, ~positive, source)
    np.testing.assert_allclose(found[0], expected, atol=1e-9)
    products = direction_products(feature, (class_direction, class_direction), np.arange(80))
    np.testing.assert_allclose(products.plain, np.full((2, 2), expected @ expected), atol=1e-9)


def test_multiplicities_are_repeated_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.default_rng(1)
    feature = generator.normal(size=(50, 4))
    positive, source = generator.random(50) < 0.5, generator.integers(2, size=50)
    class_direction = make_class_direction(positive, ~positive, source, np.arange(50), "direction")
    times = generator.integers(1, 4, size=50)
    rows = np.repeat(np.arange(50), times)
    expected = slow_direction(feature[rows], positive[rows], ~positive[rows], source[rows])
    monkeypatch.setattr(module, "REPLICATES_AT_ONCE", 2)
    found = draw_directions(feature, class_direction, np.arange(50), np.stack([times] * 3))
    np.testing.assert_allclose(found, np.stack([expected] * 3), atol=1e-9)


def test_a_replicate_without_negatives_has_no_direction() -> None:
    positive = np.array([True, True, False, False])
    class_direction = make_class_direction(
        positive, ~positive, np.zeros(4, int), np.arange(4), "direction"
    )
    drawn = np.array([[2, 2, 0, 0], [0, 0, 1, 3]])
    assert not draw_directions(np.ones((4, 2)), class_direction, np.arange(4), drawn).any()


def slow_noise(feature: np.ndarray, positive: np.ndarray, owner: np.ndarray) -> np.ndarray:
    """Patients by features: what each adds to a one-source direction, in a loop over patients."""
    rows = []
    for patient in range(owner.max() + 1):
        row = np.zeros(feature.shape[1])
        for sign, chosen in ((1, positive), (-1, ~positive)):
            own = chosen & (owner == patient)
            residual = (feature[own] - feature[chosen].mean(axis=0)).sum(axis=0) / chosen.sum()
            row += sign * residual / np.sqrt(1 - own.sum() / chosen.sum())
        rows.append(row)
    return np.array(rows)


def test_noise_equals_a_loop_over_patients(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.default_rng(4)
    feature, owner = generator.normal(size=(40, 5)), generator.integers(12, size=40)
    labels = [generator.random(40) < 0.5 for _ in range(2)]
    first, second = (
        make_class_direction(one, ~one, np.zeros(40, int), owner, "direction") for one in labels
    )
    errors = [slow_noise(feature, one, owner) for one in labels]
    expected = [[(a * b).sum() for b in errors] for a in errors]
    monkeypatch.setattr(module, "FEATURES_AT_ONCE", 2)
    np.testing.assert_allclose(
        direction_products(feature, (first, second), owner).noise, expected, rtol=1e-9
    )


def test_a_source_without_both_kinds_takes_no_part() -> None:
    positive = np.array([True, True, False, False, True, True, True, False])
    source = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    class_direction = make_class_direction(positive, ~positive, source, np.arange(8), "direction")
    assert (class_direction.cell[4:] == -1).all()
    assert class_direction.cells == 2
    # Two positives of one patient are one.
    assert (
        make_class_direction(positive, ~positive, source, np.arange(8) // 2, "direction").cells == 0
    )


@pytest.mark.parametrize("shared", [True, False])
def test_noise_is_what_errors_add_on_average(shared: bool) -> None:
    """No class has any effect: every inner product is noise, patients' and shared images' too."""
    generator = np.random.default_rng(2)
    patient = np.repeat(np.arange(60), 3)
    source = patient % 2
    first = generator.random(180) < 0.3
    second = generator.random(180) < 0.3
    there = np.full(180, True) if shared else np.arange(180) % 2 == 0
    class_directions = (
        make_class_direction(first, ~first, source, patient, "direction"),
        make_class_direction(second & there, ~second & there, source, patient, "direction"),
    )
    plain, noise = [], []
    for _ in range(200):
        feature = generator.normal(size=(180, 6)) + generator.normal(size=(60, 6))[patient]
        found = direction_products(feature, class_directions, patient)
        plain.append(found.plain)
        noise.append(found.noise)
    expected = np.mean(plain, axis=0)
    np.testing.assert_allclose(np.diag(np.mean(noise, axis=0)), np.diag(expected), rtol=0.12)
    assert np.mean(noise, axis=0)[0, 1] == pytest.approx(expected[0, 1], abs=0.15 * expected[0, 0])


def test_cosine() -> None:
    product = np.array([[[4.0, 3.0], [3.0, 9.0]], [[1.0, 2.0], [2.0, 1.0]], [[-1.0, 0], [0, 1.0]]])
    np.testing.assert_allclose(cosine(product), [0.5, 1.0, math.nan])
