import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelassemble.metrics.max_t import max_t


def slow_max_t(difference: np.ndarray, replicate: np.ndarray) -> np.ndarray:
    """Test by test, replicate by replicate; all replicates scored."""
    error = replicate.std(axis=0, ddof=1)
    observed = abs(difference) / error
    order = sorted(range(difference.size), key=lambda place: -observed[place])
    corrected, largest = np.empty(difference.size), 0.0
    for step, place in enumerate(order):
        reached = 0
        for row in replicate:
            rest = [abs(row[other] - difference[other]) / error[other] for other in order[step:]]
            reached += max(rest) >= observed[place]
        largest = max(largest, (1 + reached) / (1 + len(replicate)))
        corrected[place] = largest
    return corrected


def draw(seed: int, tests: int, replicates: int, together: float) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    difference = generator.normal(size=tests) * generator.choice([0, 1, 3], size=tests)
    noise = generator.normal(size=(replicates, tests)) * (1 - together)
    shared = generator.normal(size=(replicates, 1)) * together
    return difference, difference + (noise + shared) * generator.uniform(0.5, 2, size=tests)


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.integers(1, 6), st.sampled_from([0.0, 0.5]))
def test_equals_the_step_by_step_rule(seed: int, tests: int, together: float) -> None:
    difference, replicate = draw(seed, tests, 40, together)
    expected = slow_max_t(difference, replicate)
    np.testing.assert_allclose(max_t(difference, replicate), expected, rtol=1e-12)


def test_tests_that_go_together_need_no_correction() -> None:
    difference, replicate = draw(3, 1, 200, 0.0)
    alone = max_t(difference, replicate)
    often = max_t(np.repeat(difference, 5), np.repeat(replicate, 5, axis=1))
    np.testing.assert_array_equal(often, np.repeat(alone, 5))


def test_missing_tests_do_not_count() -> None:
    difference, replicate = draw(4, 4, 60, 0.5)
    expected = max_t(difference[[0, 3]], replicate[:, [0, 3]])
    difference[1] = np.nan
    replicate[:31, 2] = np.nan
    corrected = max_t(difference, replicate)
    assert np.isnan(corrected[[1, 2]]).all()
    np.testing.assert_array_equal(corrected[[0, 3]], expected)


def test_a_replicate_that_misses_one_class_keeps_the_others() -> None:
    difference, replicate = draw(5, 3, 80, 0.5)
    replicate[:10, 0] = np.nan
    corrected = max_t(difference, replicate)
    assert not np.isnan(corrected).any()
    assert (corrected > 0).all()


def test_too_few_replicates_are_nan_without_a_warning() -> None:
    for replicates in (0, 1):
        assert np.isnan(max_t(np.ones(2), np.ones((replicates, 2)))).all()
    assert max_t(np.empty(0), np.empty((5, 0))).shape == (0,)


def test_no_variance() -> None:
    """No difference anywhere has p 1; a difference that never varies is beyond every replicate."""
    replicate = np.tile([0.0, 0.5], (99, 1))
    np.testing.assert_allclose(max_t(np.array([0.0, 0.5]), replicate), [1, 0.01])


def test_false_findings_are_rare_in_a_family() -> None:
    """Nothing differs in ten classes: about one family in twenty has any corrected p below .05."""
    generator = np.random.default_rng(8)
    found, uncorrected = 0, 0
    for _ in range(400):
        shared = generator.normal(size=(301, 1))
        noise = 0.7 * shared + 0.7 * generator.normal(size=(301, 10))
        difference, replicate = noise[0], noise[0] + noise[1:]
        found += bool((max_t(difference, replicate) < 0.05).any())
        uncorrected += bool((np.abs(difference) > 1.96 * replicate.std(axis=0)).any())
    assert found / 400 == pytest.approx(0.05, abs=0.03)
    assert uncorrected / 400 > 0.2
