import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from labelassemble.errors import MetricError
from labelassemble.metrics.auroc import auroc
from labelassemble.metrics.bootstrap import bootstrap_scores
from labelassemble.metrics.interval import two_sided_p
from labelassemble.metrics.random_seeds import SeedsTest, error_covariances, seeds_test

Draws = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def draw(seed: int, firsts: int = 4, seconds: int = 4, replicates: int = 60) -> Draws:
    generator = np.random.default_rng(seed)
    first, second = generator.normal(size=firsts), generator.normal(size=seconds) + 0.3
    shared = generator.normal(size=replicates)
    drawn = [
        each[:, None]
        + shared
        + generator.normal(size=replicates) * 0.5
        + generator.normal(size=(each.size, replicates)) * 0.4
        for each in (first, second)
    ]
    return first, second, *drawn


def anova(draws: Draws, paired: bool) -> tuple[float, float, float]:
    """F, its degrees of freedom and p by the analysis of variance of methods and seeds."""
    first, second, first_drawn, second_drawn = draws
    score, seeds = np.stack([first, second]), first.size
    covariance = np.cov(np.concatenate([first_drawn, second_drawn]))
    same_method, neither = [], []
    for i in range(2 * seeds):
        for j in range(2 * seeds):
            if i != j and i // seeds == j // seeds:
                same_method.append(covariance[i, j])
            elif i // seeds != j // seeds and (not paired or i % seeds != j % seeds):
                neither.append(covariance[i, j])
    methods, everything = score.mean(axis=1, keepdims=True), score.mean()
    between = seeds * ((methods - everything) ** 2).sum()
    if paired:
        by_seed = score.mean(axis=0, keepdims=True)
        within = ((score - methods - by_seed + everything) ** 2).sum() / (seeds - 1)
        freedom = seeds - 1
    else:
        within = ((score - methods) ** 2).sum() / (2 * (seeds - 1))
        freedom = 2 * (seeds - 1)
    below = within + max(seeds * (np.mean(same_method) - np.mean(neither)), 0)
    ratio, freedom = between / below, below**2 / (within**2 / freedom)
    # By the beta distribution: F itself, up to SciPy 1.13, loses digits at a freedom of 1e11.
    return ratio, freedom, float(stats.beta.sf(ratio / (freedom + ratio), 0.5, freedom / 2))


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.integers(2, 6))
def test_paired_equals_the_analysis_of_variance(seed: int, seeds: int) -> None:
    draws = draw(seed, seeds, seeds)
    test = seeds_test(*draws, confidence=0.95, paired=True)
    ratio, freedom, p = anova(draws, paired=True)
    assert (test.difference / test.standard_error) ** 2 == pytest.approx(ratio)
    assert test.degrees_of_freedom == pytest.approx(freedom)
    assert test.p == pytest.approx(p)


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.integers(2, 6))
def test_nested_equals_the_analysis_of_variance(seed: int, seeds: int) -> None:
    """Where both methods vary alike; where they do not, Satterthwaite's freedom is smaller."""
    first, second, first_drawn, second_drawn = draw(seed, seeds, seeds)
    alike = second.mean() + (first - first.mean())[::-1]
    draws = first, alike, first_drawn, second_drawn
    test = seeds_test(*draws, confidence=0.95, paired=False)
    ratio, freedom, p = anova(draws, paired=False)
    assert (test.difference / test.standard_error) ** 2 == pytest.approx(ratio)
    assert test.degrees_of_freedom == pytest.approx(freedom)
    assert test.p == pytest.approx(p)
    apart = seeds_test(first, second, first_drawn, second_drawn, 0.95, paired=False)
    _, freedom, _ = anova((first, second, first_drawn, second_drawn), paired=False)
    assert apart.degrees_of_freedom <= freedom * (1 + 1e-12)


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_interval_and_p_say_the_same(seed: int, paired: bool) -> None:
    draws = draw(seed)
    sure = seeds_test(*draws, confidence=0.9, paired=paired)
    edge = seeds_test(*draws, confidence=1 - sure.p, paired=paired)
    assert min(abs(edge.low), abs(edge.high)) == pytest.approx(0, abs=1e-9)
    assert (sure.low + sure.high) / 2 == pytest.approx(sure.difference)
    back = seeds_test(draws[1], draws[0], draws[3], draws[2], 0.9, paired)
    assert (back.low, back.high, back.p) == pytest.approx((-sure.high, -sure.low, sure.p))


def test_covariances_are_those_of_the_replicates() -> None:
    generator = np.random.default_rng(1)
    replicates = 200_000
    everyone, method = generator.normal(size=replicates), generator.normal(size=(2, 1, replicates))
    seed, own = generator.normal(size=(3, replicates)), generator.normal(size=(2, 3, replicates))
    drawn = 1.0 * everyone + 0.7 * method + 0.5 * seed + 0.3 * own
    paired = error_covariances(drawn[0], drawn[1], paired=True)
    assert paired == pytest.approx((1 + 0.49 + 0.25 + 0.09, 1 + 0.25, 1 + 0.49, 1), abs=0.02)
    unpaired = error_covariances(drawn[0], drawn[1, :2], paired=False)
    assert math.isnan(unpaired.same_seed)
    assert unpaired.neither == pytest.approx(1 + 0.25 / 3, abs=0.02)


def test_components_are_recovered() -> None:
    """Many seeds and replicates: what was put in comes out."""
    generator = np.random.default_rng(2)
    seeds, replicates = 400, 2_000
    patients = generator.normal(size=(2, 1, replicates)) * 0.5
    own = generator.normal(size=(2, seeds, replicates)) * 0.3
    # A score is off by its seed, and by what this sample of patients does to that network.
    score = generator.normal(size=(2, seeds)) * 0.2 + generator.normal(size=(2, seeds)) * 0.3
    drawn = score[..., None] + patients + own
    for paired in (True, False):
        test = seeds_test(score[0], score[1], drawn[0], drawn[1], 0.95, paired)
        expected = 2 * 0.04, 2 * 0.25, 2 * 0.09
        assert test.components == pytest.approx(expected, rel=0.25)
        assert test.seed_deviation == pytest.approx(math.sqrt(2 * (0.04 + 0.09)), rel=0.1)
        assert test.seed_share < 0.01


def compare_once(
    generator: np.random.Generator, seeds: tuple[int, int], deviation: float
) -> tuple[float, SeedsTest]:
    """Two methods that are equally good on average; each training is better or worse by chance."""
    sick = np.repeat(generator.random(50) < 0.4, 2).astype(float)
    shared = np.repeat(generator.normal(size=50), 2) * 0.6
    scores = []
    for many in seeds:
        method = generator.normal(size=100) * 0.5
        for _ in range(many):
            separation = 1.2 + deviation * generator.normal()
            own = generator.normal(size=100) * 0.4
            scores.append(separation * sick + shared + method + own)
    score, known = np.array(scores)[..., None], np.full((100, 1), True)
    patient = np.repeat(np.arange(50), 2)
    drawn = bootstrap_scores(score, sick[:, None], known, patient, 100, generator).auroc[..., 0]
    area = np.array([auroc(each[:, 0], sick, known[:, 0]) for each in score])
    first = seeds[0]
    over_patients = two_sided_p(drawn[first:].mean(axis=0) - drawn[:first].mean(axis=0))
    paired = seeds[0] == seeds[1]
    test = seeds_test(area[:first], area[first:], drawn[:first], drawn[first:], 0.95, paired)
    return over_patients, test


@pytest.mark.no_cover
@pytest.mark.parametrize("seeds", [(4, 4), (3, 5)])
def test_no_difference_is_found_one_time_in_twenty(seeds: tuple[int, int]) -> None:
    """The reason for all this: patients alone find a difference that training anew would undo."""
    generator = np.random.default_rng(0)
    trials = [compare_once(generator, seeds, deviation=0.5) for _ in range(400)]
    over_patients = np.array([p for p, _ in trials])
    over_both = np.array([test.p for _, test in trials])
    assert np.mean(over_both < 0.05) == pytest.approx(0.05, abs=0.03)
    assert np.mean(over_both < 0.5) == pytest.approx(0.5, abs=0.1)
    assert np.mean(over_patients < 0.05) > 0.25
    covered = np.mean([test.low <= 0 <= test.high for _, test in trials])
    assert covered == pytest.approx(np.mean(over_both >= 0.05))


@pytest.mark.no_cover
def test_seeds_that_do_not_matter_cost_little() -> None:
    generator = np.random.default_rng(1)
    trials = [compare_once(generator, (4, 4), deviation=0.0) for _ in range(300)]
    assert np.mean([test.p < 0.05 for _, test in trials]) == pytest.approx(0.05, abs=0.035)
    assert np.median([test.seed_share for _, test in trials]) < 0.3


@pytest.mark.parametrize(("firsts", "seconds"), [(1, 1), (1, 3), (3, 1)])
def test_one_seed_tells_nothing_about_seeds(firsts: int, seconds: int) -> None:
    draws = draw(0, firsts, seconds)
    test = seeds_test(*draws, confidence=0.95, paired=firsts == seconds)
    assert test.difference == pytest.approx(draws[1].mean() - draws[0].mean())
    assert np.isnan(np.hstack(test[1:])).all()


def test_a_class_without_a_score_is_nan_without_a_warning() -> None:
    nothing, drawn = np.full(3, np.nan), np.full((3, 20), np.nan)
    test = seeds_test(nothing, nothing, drawn, drawn, 0.95, paired=True)
    assert np.isnan(np.hstack(test)).all()
    first, second, first_drawn, second_drawn = draw(1)
    none = seeds_test(first, second, first_drawn[:, :0], second_drawn[:, :0], 0.95, paired=True)
    assert math.isnan(none.p)


def test_replicates_without_a_score_do_not_count() -> None:
    first, second, first_drawn, second_drawn = draw(2)
    expected = seeds_test(first, second, first_drawn[:, 20:], second_drawn[:, 20:], 0.95, True)
    first_drawn[1, :15], second_drawn[3, 10:20] = np.nan, np.nan
    assert seeds_test(first, second, first_drawn, second_drawn, 0.95, True) == expected
    first_drawn[0, 20:35] = np.nan
    assert math.isnan(seeds_test(first, second, first_drawn, second_drawn, 0.95, True).p)


def test_no_variance() -> None:
    first, _, drawn, _ = draw(3)
    same = seeds_test(first, first, drawn, drawn, 0.95, paired=True)
    assert (same.difference, same.p, same.seed_deviation) == (0, 1, 0)
    constant = np.tile([[0.5], [0.5]], (1, 9))
    apart = seeds_test(np.full(2, 0.5), np.full(2, 0.75), constant, constant, 0.95, paired=True)
    assert (apart.difference, apart.standard_error) == (0.25, 0)
    assert math.isnan(apart.p)


def test_pairs_that_do_not_pair_are_told() -> None:
    with pytest.raises(MetricError, match="3 of the first, 2 of the second"):
        seeds_test(*draw(0, 3, 2), confidence=0.95, paired=True)
