import numpy as np
import pytest
from scipy.stats import binomtest

from labelassemble.metrics.clustered_share import (
    PersonCounts,
    count_by_person,
    measure_shares,
    wilson,
)


def measure(positive, known, person):
    return measure_shares(count_by_person(positive, known, person))


@pytest.mark.parametrize(("k", "n"), [(0, 7), (3, 7), (7, 7), (1, 4000), (250, 1000)])
def test_wilson_equals_scipy(k, n):
    expected = binomtest(k, n).proportion_ci(0.95, "wilson")
    low, high = wilson(np.array([k / n]), np.array([float(n)]))
    assert low[0] == pytest.approx(expected.low, abs=1e-12)
    assert high[0] == pytest.approx(expected.high, abs=1e-12)


@pytest.mark.parametrize(("k", "n"), [(3, 40), (20, 40), (39, 40)])
def test_one_image_a_person_is_plain_wilson(k, n):
    positive = (np.arange(n) < k)[:, None]
    found = measure(positive, np.ones_like(positive), np.arange(n))
    expected = binomtest(k, n).proportion_ci(0.95, "wilson")
    assert found.low[0] == pytest.approx(expected.low)
    assert found.high[0] == pytest.approx(expected.high)


def test_the_interval_equals_a_slow_one():
    generator = np.random.default_rng(3)
    person = generator.integers(0, 30, 200)
    known = generator.random((200, 3)) < 0.8
    positive = known & (generator.random((200, 3)) < 0.1 + 0.6 * (person % 2)[:, None])
    found = measure(positive, known, person)
    for place in range(3):
        pairs = []
        for one in np.unique(person):
            own = (person == one) & known[:, place]
            if own.any():
                pairs.append((positive[own, place].sum(), own.sum()))
        y, n = np.array(pairs).T
        p = y.sum() / n.sum()
        variance = len(n) / (len(n) - 1) * ((y - p * n) ** 2).sum() / n.sum() ** 2
        effect = max(1.0, variance / (p * (1 - p) / (n.sum() - 1)))
        low, high = wilson(np.array([p]), np.array([n.sum() / effect]))
        assert found.positive[place] == y.sum()
        assert found.known[place] == n.sum()
        assert found.persons[place] == len(n)
        assert found.share[place] == pytest.approx(p)
        assert found.low[place] == pytest.approx(low[0])
        assert found.high[place] == pytest.approx(high[0])


def test_images_of_one_person_count_less_than_images_of_many():
    positive = (np.arange(100) < 20)[:, None]
    known = np.ones_like(positive)
    alone = measure(positive, known, np.arange(100))
    ten_each = measure(positive, known, np.arange(100) // 10)
    assert ten_each.high[0] - ten_each.low[0] > 1.5 * (alone.high[0] - alone.low[0])
    assert alone.share[0] == ten_each.share[0] == 0.2


def test_no_positive_is_as_sure_as_there_are_persons():
    found = measure(np.zeros((60, 1), bool), np.ones((60, 1), bool), np.arange(60) // 20)
    expected = binomtest(0, 3).proportion_ci(0.95, "wilson")
    assert found.low[0] == 0
    assert found.high[0] == pytest.approx(expected.high)


def test_nothing_known_has_no_share():
    for persons in (0, 5):
        found = measure_shares(
            PersonCounts(np.zeros((persons, 2), dtype=int), np.zeros((persons, 2), dtype=int))
        )
        assert np.isnan(found.share).all()
        assert np.isnan(found.low).all()
        assert found.known.tolist() == [0, 0]
    empty = count_by_person(np.zeros((0, 2), bool), np.zeros((0, 2), bool), np.zeros(0, int))
    assert empty.known.shape == (0, 2)


def test_one_person_is_hardly_sure():
    found = measure(np.arange(10)[:, None] < 5, np.ones((10, 1), bool), np.zeros(10, int))
    assert found.high[0] - found.low[0] > 0.7


def test_the_interval_covers_clustered_images():
    generator = np.random.default_rng(0)
    hits, plain_hits = 0, 0
    for _ in range(400):
        rate = generator.beta(0.3, 1.2, 80)
        person = np.repeat(np.arange(80), 6)
        positive = (generator.random(480) < rate[person])[:, None]
        found = measure(positive, np.ones_like(positive), person)
        hits += int(found.low[0] <= 0.2 <= found.high[0])
        low, high = wilson(found.share, np.array([480.0]))
        plain_hits += int(low[0] <= 0.2 <= high[0])
    assert 0.92 <= hits / 400 <= 0.98
    assert plain_hits / 400 < 0.85
