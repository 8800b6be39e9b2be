"""Images of another hospital with labels in, its calibration out, and what that improves."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from labelassemble.evaluation.enough_patients import count_sides
from labelassemble.evaluation.fit_operation import fit_sample, make_operation
from labelassemble.evaluation.scored_sample import ALL, ScoredSample
from labelassemble.inference.operating_file import Operation
from labelassemble.metrics.bootstrap import draw_multiplicities
from labelassemble.metrics.calibration import brier_error, calibration_error
from labelassemble.metrics.interval import percentile_interval
from labelassemble.metrics.platt import apply_platt, fit_platt
from labelassemble.settings import EvaluationSettings

FOLDS = 5
"""Parts of the patients: each is calibrated by what the others were fitted on."""


class ErrorInterval(NamedTuple):
    """An error in [0, 1] and its percentile interval over patients, around that error.

    Drawing patients again raises a calibration error by itself: replicates are shifted to its mean.
    """

    score: float
    low: float
    high: float


class CalibrationChange(NamedTuple):
    """One class before and after: Brier score and expected calibration error.

    Attributes:
        positive_patients, negative_patients: with known labels of it.
        note: why there is no change; empty where there is one.
    """

    positive_patients: int
    negative_patients: int
    brier_before: ErrorInterval | None = None
    brier_after: ErrorInterval | None = None
    calibration_before: ErrorInterval | None = None
    calibration_after: ErrorInterval | None = None
    note: str = ""


def recalibrate(
    sample: ScoredSample,
    operation: Operation | None,
    settings: EvaluationSettings,
    chosen_on: str,
) -> tuple[Operation, dict[str, CalibrationChange]]:
    """Fit calibration and thresholds anew, and measure what that does to patients it did not see.

    Args:
        sample: labels and probabilities of the new images, as `predict` shows them.
        operation: of the run, before; None: its probabilities as they are.
        settings: rule, what it has to reach, patients needed, replicates.
        chosen_on: what to call the images.

    Returns:
        What holds for these images; a class with too few patients keeps what the run has. And
        class by class the errors before (as `predict` calibrates now) and after (each fifth of the
        patients calibrated by the other four), with intervals over patients.

    Raises:
        MetricError: a probability outside [0, 1].
    """
    fitted = fit_sample(sample, settings)
    merged, changes = {}, {}
    sides = count_sides(sample)
    for place, name in enumerate(sample.classes):
        patients = int(sides.positive[place]), int(sides.negative[place])
        merged[name] = fitted[name]
        if fitted[name].calibration is not None:
            changes[name] = _measure(sample, place, operation, settings, patients)
            continue
        changes[name] = CalibrationChange(*patients, note=fitted[name].note)
        before = None if operation is None else operation.choose(name)
        if before is not None and before.calibration is not None:
            kept = f"as the run's own images tell; here {fitted[name].note}"
            merged[name] = before.model_copy(update={"note": kept})
    return make_operation({ALL: merged}, chosen_on, settings), changes


def _measure(
    sample: ScoredSample,
    place: int,
    operation: Operation | None,
    settings: EvaluationSettings,
    patients: tuple[int, int],
) -> CalibrationChange:
    rows = np.flatnonzero(sample.scored[:, place])
    probability, label = sample.probability[0, rows, place], sample.label[rows, place]
    patient = np.unique(sample.patient[rows], return_inverse=True)[1]
    one = None if operation is None else operation.choose(sample.classes[place])
    before = probability
    if one is not None and one.calibration is not None:
        before = apply_platt(probability, one.calibration)
    after = calibrate_across(probability, label, patient, settings.seed)
    drawn = draw_multiplicities(
        np.random.default_rng(settings.seed), int(patient.max()) + 1, settings.replicates
    )

    def measure(error: Callable[..., float], values: Float[np.ndarray, " images"]) -> ErrorInterval:
        whole = error(values, label, np.full(label.size, True))
        replicate = np.array([_again(error, values, label, each[patient]) for each in drawn])
        # Images that are drawn twice raise a calibration error by themselves.
        if replicate.size:
            replicate += whole - replicate.mean()
        low, high, _ = percentile_interval(replicate, settings.confidence)
        return ErrorInterval(whole, max(low, 0.0), high)

    return CalibrationChange(
        *patients,
        brier_before=measure(brier_error, before),
        brier_after=measure(brier_error, after),
        calibration_before=measure(calibration_error, before),
        calibration_after=measure(calibration_error, after),
    )


def calibrate_across(
    probability: Float[np.ndarray, " images"],
    label: Float[np.ndarray, " images"],
    patient: Int[np.ndarray, " images"],
    seed: int,
) -> Float[np.ndarray, " images"]:
    """Calibrate each part of the patients by what the other parts were fitted on.

    Patients with a positive and the others are dealt out in turn, so that every part has both.

    Args:
        probability: in [0, 1].
        label: 0 or 1.
        patient: numbers from 0 on.
        seed: of the order in which patients are dealt out.
    """
    fold = deal_patients(label, patient, seed)[patient]
    calibrated = probability.copy()
    for part in range(FOLDS):
        inside: Bool[np.ndarray, " images"] = fold == part
        platt = fit_platt(probability, label, ~inside)
        calibrated[inside] = apply_platt(probability[inside], platt)
    return calibrated


def deal_patients(
    label: Float[np.ndarray, " images"], patient: Int[np.ndarray, " images"], seed: int
) -> Int[np.ndarray, " patients"]:
    """Give each patient a part; of those with a positive, and of the others, as many to each."""
    count = int(patient.max()) + 1
    has = np.zeros(count, dtype=np.bool_)
    has[patient[label == 1]] = True
    order = np.random.default_rng(seed).permutation(count)
    order = order[np.argsort(~has[order], kind="stable")]
    fold = np.empty(count, dtype=np.int64)
    fold[order] = np.arange(count) % FOLDS
    return fold


def _again(
    error: Callable[..., float],
    values: Float[np.ndarray, " images"],
    label: Float[np.ndarray, " images"],
    times: Int[np.ndarray, " images"],
) -> float:
    """The error of images drawn so often."""
    taken = np.repeat(np.arange(label.size), times)
    return error(values[taken], label[taken], np.full(taken.size, True))
