import math

import numpy as np
import polars as pl
import pytest
from pydantic import ValidationError

from labelassemble.errors import MetricError
from labelassemble.experiments.adviser import (
    ADVICE_COLUMNS,
    FEATURES,
    Adviser,
    advise,
    feature_matrix,
    fit_adviser,
    leave_each_out,
)
from labelassemble.experiments.candidates import CANDIDATE_COLUMNS
from labelassemble.metrics.pearson import correlate


def draw(generator: np.random.Generator, count: int, prefix: str = "class") -> pl.DataFrame:
    """Candidates whose facts have nothing to do with each other."""
    names = [f"{prefix}{number:02d}" for number in range(count)]
    return pl.DataFrame(
        {
            "interest": ["nodule"] * count,
            "candidate": names,
            "kind": ["class"] * count,
            "nearest": names,
            "similarity": generator.uniform(-0.5, 0.9, count),
            "n_positive": generator.integers(20, 5000, count),
            "n_negative": generator.integers(20, 5000, count),
            "n_added": generator.integers(0, 5000, count),
            "overlap": generator.random(count),
            "interest_share": generator.random(count),
            "cooccurrence": generator.normal(size=count) * 0.1,
        },
        schema=CANDIDATE_COLUMNS,
    )


def gains(
    frame: pl.DataFrame, generator: np.random.Generator, slope: float = 0.03, noise: float = 0.006
) -> pl.Series:
    """Gains that rise with similarity."""
    expected = 0.01 + slope * frame["similarity"].to_numpy()
    return pl.Series("gain", expected + noise * generator.normal(size=frame.height))


def measured(seed: int, count: int, **settings: float) -> pl.DataFrame:
    generator = np.random.default_rng(seed)
    frame = draw(generator, count)
    return frame.with_columns(gains(frame, generator, **settings))


@pytest.mark.parametrize("count", [4, 5, 6, 13])
def test_leaving_one_out_looks_at_nothing_of_it(count: int) -> None:
    """Whatever the left-out gain and facts are: the forecast of it stays, or follows its facts."""
    frame = measured(0, count)
    x, y = feature_matrix(frame), frame["gain"].to_numpy()
    found = leave_each_out(x, y, count >= 6)
    changed = y.copy()
    changed[2] += 100.0
    again = leave_each_out(x, changed, count >= 6)
    assert again.fitted[2] == found.fitted[2]
    assert again.constant[2] == found.constant[2] == pytest.approx(np.delete(y, 2).mean())
    assert (np.delete(again.fitted, 2) != np.delete(found.fitted, 2)).all()


@pytest.mark.parametrize("count", [7, 12])
def test_leaving_one_out_is_fitting_the_others(count: int) -> None:
    frame = measured(1, count)
    adviser = fit_adviser(frame, "toy")
    for place in range(count):
        others = fit_adviser(frame.filter(pl.int_range(pl.len()) != place), "toy")
        forecast = advise(frame[[place]], others)["expected_gain"][0]
        assert adviser.left_out[place] == pytest.approx(forecast, abs=1e-12)


def test_stated_errors_are_those_of_the_excluded() -> None:
    adviser = fit_adviser(measured(2, 13), "toy")
    gain, left, constant = (
        np.array(one) for one in (adviser.gain, adviser.left_out, adviser.left_out_constant)
    )
    assert adviser.error == pytest.approx(np.abs(left - gain).mean())
    assert adviser.constant_error == pytest.approx(np.abs(constant - gain).mean())
    assert adviser.r2 == pytest.approx(
        1 - ((left - gain) ** 2).sum() / ((constant - gain) ** 2).sum()
    )
    found = correlate(left, gain, np.random.default_rng(0), permutations=1)
    assert adviser.rank_correlation == pytest.approx(found.spearman)


def test_planted_gains_are_found_and_the_stated_error_is_that_of_new_candidates() -> None:
    stated, new_error, constant, covered = [], [], [], []
    for seed in range(25):
        generator = np.random.default_rng(seed)
        frame = draw(generator, 13)
        adviser = fit_adviser(frame.with_columns(gains(frame, generator)), "toy")
        new = draw(generator, 30, "new")
        truth = new.with_columns(gains(new, generator)).select("candidate", "gain")
        told = advise(new, adviser).join(truth, on="candidate", maintain_order="left")
        stated.append(adviser.error)
        constant.append(adviser.constant_error)
        new_error.append((told["gain"] - told["expected_gain"]).abs().mean())
        covered.append(told["gain"].is_between(told["low"], told["high"]).mean())
    assert np.mean(stated) == pytest.approx(np.mean(new_error), rel=0.15)
    assert np.mean(new_error) < 0.75 * np.mean(constant)
    assert np.mean(covered) == pytest.approx(0.95, abs=0.04)


def test_gains_by_lot_are_admitted() -> None:
    """Nothing is related to the gains: leave-one-out says so, and the forecast is nearly flat."""
    advisers = [fit_adviser(measured(seed, 25, slope=0.0), "toy") for seed in range(12)]
    assert np.median([adviser.r2 for adviser in advisers]) < 0.1
    assert np.mean([adviser.error - adviser.constant_error for adviser in advisers]) > -0.0003


def test_with_few_gains_similarity_is_believed_beforehand() -> None:
    """Gains that are all but equal, and four of them: the slope of similarity is above 0."""
    frame = measured(3, 4, slope=0.0)
    adviser = fit_adviser(frame, "toy")
    assert adviser.prior
    flat = fit_adviser(frame.with_columns(similarity=pl.lit(0.3)), "toy")
    assert not flat.prior
    many = [fit_adviser(measured(seed, 40, slope=0.0), "toy") for seed in range(6)]
    assert not all(adviser.prior for adviser in many)


def test_the_prior_helps_while_gains_are_few() -> None:
    with_prior, constant = [], []
    for seed in range(30):
        adviser = fit_adviser(measured(seed, 5), "toy")
        with_prior.append(adviser.error)
        constant.append(adviser.constant_error)
    assert np.mean(with_prior) < 0.85 * np.mean(constant)


def test_without_gains_similarity_ranks_and_nothing_is_expected() -> None:
    frame = draw(np.random.default_rng(5), 6)
    frame = frame.with_columns(
        similarity=pl.Series([0.1, math.nan, 0.7, -0.4, None, 0.7]).cast(pl.Float64)
    )
    advice = advise(frame)
    assert dict(advice.schema) == ADVICE_COLUMNS
    assert advice["candidate"].to_list() == [f"class0{n}" for n in (2, 5, 0, 3, 1, 4)]
    assert advice["rank"].to_list() == [1, 2, 3, 4, 5, 6]
    for column in ("expected_gain", "low", "high"):
        assert advice[column].is_null().all()
    assert set(advice["basis"]) == {"similarity"}
    assert advice["note"].to_list() == [""] * 4 + ["similarity not measured"] * 2


def test_advice_is_ranked_by_expected_gain() -> None:
    frame = measured(6, 13)
    adviser = fit_adviser(frame, "toy")
    new = draw(np.random.default_rng(7), 8, "new")
    advice = advise(new, adviser)
    assert advice["expected_gain"].is_sorted(descending=True)
    assert (advice["low"] < advice["expected_gain"]).all()
    assert (advice["expected_gain"] < advice["high"]).all()
    assert set(advice["basis"]) == {"gains"}
    narrow = advise(new, adviser, confidence=0.5)
    assert ((narrow["high"] - narrow["low"]) < (advice["high"] - advice["low"])).all()


def test_a_candidate_unlike_all_others_has_a_wider_interval() -> None:
    frame = measured(8, 13)
    adviser = fit_adviser(frame, "toy")
    usual = frame[[0]].with_columns(similarity=frame["similarity"].mean())
    far = usual.with_columns(similarity=pl.lit(5.0))
    width = [
        (one["high"] - one["low"])[0] for one in (advise(usual, adviser), advise(far, adviser))
    ]
    assert width[1] > 1.2 * width[0]


def test_a_fact_that_was_not_measured_is_taken_as_average() -> None:
    frame = measured(9, 13)
    adviser = fit_adviser(frame, "toy")
    unknown = frame[[3]].with_columns(cooccurrence=pl.lit(math.nan))
    average = frame[[3]].with_columns(cooccurrence=pl.lit(frame["cooccurrence"].mean()))
    told = [advise(one, adviser)["expected_gain"][0] for one in (unknown, average)]
    assert told[0] == pytest.approx(told[1], abs=1e-12)


def test_rows_without_a_gain_are_not_fitted() -> None:
    frame = measured(10, 8)
    extra = measured(11, 2).with_columns(gain=pl.Series([None, math.nan], dtype=pl.Float64))
    assert fit_adviser(pl.concat([frame, extra]), "toy") == fit_adviser(frame, "toy")


def test_equal_gains_have_no_r2() -> None:
    adviser = fit_adviser(measured(12, 6).with_columns(gain=pl.lit(0.02)), "toy")
    assert math.isnan(adviser.r2)
    assert math.isnan(adviser.rank_correlation)
    assert advise(draw(np.random.default_rng(0), 3), adviser)["expected_gain"].to_list() == (
        pytest.approx([0.02] * 3)
    )


def test_what_does_not_fit_is_told() -> None:
    with pytest.raises(MetricError, match="4 measured gains or more"):
        fit_adviser(measured(0, 3), "toy")
    with pytest.raises(MetricError, match="the columns gain"):
        fit_adviser(draw(np.random.default_rng(0), 5), "toy")
    with pytest.raises(MetricError, match="between 0 and 1"):
        advise(draw(np.random.default_rng(0), 5), confidence=95.0)
    adviser = fit_adviser(measured(0, 5), "toy")
    with pytest.raises(ValidationError, match="must be of similarity"):
        Adviser(**{**adviser.model_dump(), "slope": (1.0,)})
    assert adviser.features == FEATURES
