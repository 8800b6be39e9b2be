import numpy as np
import pytest
from scipy.stats import norm
from sklearn.metrics import roc_curve

from labelassemble.metrics.interval import percentile_interval
from labelassemble.metrics.lesions.bootstrap_operating_point import bootstrap_operating_point
from labelassemble.metrics.lesions.operating_point import choose_threshold
from labelassemble.metrics.lesions.sensitivity_at_specificity import (
    sensitivity_at_specificity,
    sensitivity_difference,
)
from labelassemble.metrics.lesions.wilson import wilson_interval

Draw = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def draw(seed: int, patients: int = 300, gap: float = 2.0) -> Draw:
    generator = np.random.default_rng(seed)
    label = (generator.random(patients) < 0.4).astype(float)
    score = generator.normal(size=patients) + gap * label
    return score, label, np.full(patients, True), np.arange(patients)


def test_agrees_with_scikit_learn() -> None:
    score, label, known, patient = draw(0)
    result = sensitivity_at_specificity(
        score,
        label,
        known,
        patient,
        generator=np.random.default_rng(1),
        specificity=0.9,
        replicates=200,
    )
    false_positive, true_positive, _ = roc_curve(label, score, drop_intermediate=False)
    assert result.point.sensitivity == true_positive[false_positive <= 0.1].max()
    assert result.sensitivity.low < result.point.sensitivity < result.sensitivity.high
    drawn = bootstrap_operating_point(
        score[None],
        label,
        known,
        patient,
        specificity=0.9,
        replicates=200,
        generator=np.random.default_rng(1),
    )
    assert result.sensitivity == percentile_interval(drawn.sensitivity[0], 0.95)
    assert np.isnan(result.sensitivity_wilson.low)
    assert result.reason == ""


def test_a_threshold_from_other_patients_stays_fixed() -> None:
    chosen = choose_threshold(*draw(1)[:3], 0.9)
    score, label, known, patient = draw(2)
    result = sensitivity_at_specificity(
        score, label, known, patient, generator=np.random.default_rng(1), threshold=chosen.value
    )
    assert result.threshold == chosen.value
    assert result.point.sensitivity == (score[label == 1] >= chosen.value).mean()
    assert result.sensitivity_wilson == wilson_interval(
        result.point.true_positives, result.point.positives, 0.95
    )
    assert result.specificity_wilson == wilson_interval(
        result.point.true_negatives, result.point.negatives, 0.95
    )
    # With a fixed threshold and independent patients the two kinds of interval nearly agree.
    assert result.sensitivity.low == pytest.approx(result.sensitivity_wilson.low, abs=0.02)
    assert result.sensitivity.high == pytest.approx(result.sensitivity_wilson.high, abs=0.02)


def test_no_wilson_interval_where_a_patient_has_several_rows() -> None:
    score, label, known, patient = draw(3)
    patient[1] = patient[0]
    result = sensitivity_at_specificity(
        score,
        label,
        known,
        patient,
        generator=np.random.default_rng(0),
        threshold=1.0,
        replicates=5,
    )
    assert np.isnan(result.sensitivity_wilson.low)
    known[1] = False
    result = sensitivity_at_specificity(
        score,
        label,
        known,
        patient,
        generator=np.random.default_rng(0),
        threshold=1.0,
        replicates=5,
    )
    assert not np.isnan(result.sensitivity_wilson.low)


def test_intervals_cover_the_truth_only_if_the_choice_is_repeated() -> None:
    truth = 1 - norm.cdf(norm.ppf(0.9) - 1.5)
    covered = fixed = 0
    trials = 100
    for seed in range(trials):
        score, label, known, patient = draw(seed, 120, gap=1.5)
        generator = np.random.default_rng(seed)
        result = sensitivity_at_specificity(
            score, label, known, patient, generator=generator, specificity=0.9, replicates=150
        )
        covered += result.sensitivity.low <= truth <= result.sensitivity.high
        blind = sensitivity_at_specificity(
            score,
            label,
            known,
            patient,
            generator=generator,
            threshold=result.threshold,
            replicates=150,
        )
        fixed += blind.sensitivity.low <= truth <= blind.sensitivity.high
    assert covered / trials >= 0.88
    assert fixed < covered


def test_difference_is_paired() -> None:
    score, label, known, patient = draw(4)
    noise = np.random.default_rng(0).normal(size=score.size)
    worse = score + noise
    result = sensitivity_difference(
        worse,
        score,
        label=label,
        known=known,
        patient=patient,
        generator=np.random.default_rng(2),
        specificity=0.9,
    )
    drawn = bootstrap_operating_point(
        np.stack([worse, score]),
        label,
        known,
        patient,
        specificity=0.9,
        replicates=1000,
        generator=np.random.default_rng(2),
    )
    replicates = drawn.sensitivity[1] - drawn.sensitivity[0]
    assert result.interval == percentile_interval(replicates, 0.95)
    assert result.difference > 0
    same = sensitivity_difference(
        score,
        score,
        label=label,
        known=known,
        patient=patient,
        generator=np.random.default_rng(2),
        specificity=0.9,
        replicates=50,
    )
    assert (same.difference, same.interval.low, same.interval.high, same.p) == (0, 0, 0, 1)
    fixed = sensitivity_difference(
        worse,
        score,
        label=label,
        known=known,
        patient=patient,
        generator=np.random.default_rng(2),
        threshold=(0.0, 0.5),
    )
    expected = (score[label == 1] >= 0.5).mean() - (worse[label == 1] >= 0.0).mean()
    assert fixed.difference == pytest.approx(expected)


@pytest.mark.parametrize(("value", "missing"), [(0.0, "positive"), (1.0, "negative")])
def test_one_kind_alone_has_a_reason(value: float, missing: str) -> None:
    score, label, known, patient = draw(5, 20)
    label = np.full_like(label, value)
    generator = np.random.default_rng(0)
    result = sensitivity_at_specificity(
        score, label, known, patient, generator=generator, replicates=5
    )
    assert np.isnan(result.point.sensitivity)
    assert np.isnan(result.sensitivity.low)
    assert f"no known {missing}" in result.reason
    difference = sensitivity_difference(
        score, score, label=label, known=known, patient=patient, generator=generator, replicates=5
    )
    assert np.isnan(difference.difference)
    assert np.isnan(difference.p)
    assert difference.reason == result.reason
