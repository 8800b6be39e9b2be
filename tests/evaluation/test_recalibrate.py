"""Calibration for another hospital: better on patients that it did not see, or nothing."""

import numpy as np
import pytest
from scipy.special import expit

from labelassemble.evaluation.fit_operation import make_operation
from labelassemble.evaluation.recalibrate import FOLDS, calibrate_across, deal_patients, recalibrate
from labelassemble.evaluation.scored_sample import ScoredSample
from labelassemble.inference.operating_file import ClassOperation, Operation
from labelassemble.metrics.calibration import brier_error
from labelassemble.metrics.platt import apply_platt, fit_platt
from labelassemble.settings import EvaluationSettings

SETTINGS = EvaluationSettings(replicates=100)


def draw(patients: int, slope: float, intercept: float, seed: int = 0) -> ScoredSample:
    """Two images a patient; a first class that is calibrated badly, and a rare one."""
    generator = np.random.default_rng(seed)
    logit = generator.normal(size=(2 * patients, 2)) * 1.5
    label = (generator.random(logit.shape) < expit(slope * logit + intercept)).astype(float)
    label[:, 1] = np.arange(2 * patients) < 10
    return ScoredSample(
        source="all",
        classes=("mass", "rare"),
        probability=expit(logit)[None],
        label=label,
        known=np.full(label.shape, True),
        by_policy=np.full(label.shape, False),
        predicted=np.full((1, 2), True),
        patient=np.arange(2 * patients) // 2,
    )


def before(slope: float, intercept: float) -> Operation:
    one = ClassOperation(
        positive_patients=99, negative_patients=99, slope=slope, intercept=intercept
    )
    return make_operation({"all": {"mass": one, "rare": one}}, "validation images", SETTINGS)


def test_errors_fall_where_the_run_was_wrong_and_stay_where_it_was_right() -> None:
    sample = draw(150, 0.5, -1.5)
    operation, changes = recalibrate(sample, before(1.0, 0.0), SETTINGS, "mine.csv")
    mass = changes["mass"]
    assert mass.brier_before is not None
    assert mass.brier_after is not None
    assert mass.brier_before.low > mass.brier_after.high
    assert mass.calibration_before is not None
    assert mass.calibration_after is not None
    assert mass.calibration_before.low > mass.calibration_after.high
    cells = sample.probability[0, :, 0], sample.label[:, 0], sample.known[:, 0]
    assert mass.brier_before.score == pytest.approx(brier_error(*cells))
    assert operation.chosen_on == "mine.csv"
    assert operation.sources["all"]["mass"].slope == pytest.approx(0.5, abs=0.2)
    _, right = recalibrate(sample, before(0.5, -1.5), SETTINGS, "mine.csv")
    assert right["mass"].brier_before is not None
    assert right["mass"].brier_after is not None
    assert abs(right["mass"].brier_before.score - right["mass"].brier_after.score) < 0.005
    # Replicates of a small calibration error are larger; the interval holds it all the same.
    small = right["mass"].calibration_before
    assert small is not None
    assert 0 <= small.low < small.score < small.high


def test_a_class_with_few_patients_keeps_what_the_run_has_and_says_so() -> None:
    operation, changes = recalibrate(draw(150, 1, 0), before(0.7, 0.1), SETTINGS, "mine.csv")
    assert changes["rare"].note == "too few (5 positive patients)"
    rare = operation.sources["all"]["rare"]
    assert (rare.slope, rare.intercept) == (0.7, 0.1)
    assert rare.note == "as the run's own images tell; here too few (5 positive patients)"
    alone, _ = recalibrate(draw(150, 1, 0), None, SETTINGS, "mine.csv")
    assert alone.sources["all"]["rare"].calibration is None


def test_no_patient_is_calibrated_by_its_own_labels() -> None:
    sample = draw(60, 0.5, -1)
    probability, label, patient = sample.probability[0, :, 0], sample.label[:, 0], sample.patient
    fold = deal_patients(label, patient, seed=1)
    assert np.bincount(fold).tolist() == [60 // FOLDS] * FOLDS
    positive = np.unique(patient[label == 1])
    assert np.ptp(np.bincount(fold[positive], minlength=FOLDS)) <= 1
    calibrated = calibrate_across(probability, label, patient, seed=1)
    # Other labels in one part change that part's own calibration by nothing.
    part = fold[patient] == 2
    other = np.where(part, 1 - label, label)
    changed = calibrated.copy()
    changed[part] = apply_platt(probability[part], fit_platt(probability, other, ~part))
    np.testing.assert_array_equal(calibrated, changed)
