"""From one prediction a scan to one a patient."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int, Real


class PatientProbabilities(NamedTuple):
    """One number a patient and class, with its label."""

    patient: Int[np.ndarray, " patients"]
    """As they were called, rising."""
    score: Float[np.ndarray, "patients classes"]
    """The largest of the patient's known scans; 0 where none is known."""
    label: Float[np.ndarray, "patients classes"]
    """1 where a known scan is positive, else 0."""
    known: Bool[np.ndarray, "patients classes"]
    """Whether a scan is known."""


def patient_probabilities(
    score: Real[np.ndarray, "scans classes"],
    label: Real[np.ndarray, "scans classes"],
    known: Bool[np.ndarray, "scans classes"],
    patient: Int[np.ndarray, " scans"],
) -> PatientProbabilities:
    """The largest score of a patient's known scans, and whether one of them is positive.

    Args:
        score: the largest prediction, or the best candidate's score.
        label: 1 present, 0 absent; soft labels count as unknown; anything where not known.
        known: whether somebody judged this class on this scan.
        patient: any number that says whose scan it is.

    >>> predictions = patient_probabilities(
    ...     np.array([[0.2], [0.9], [0.6]]),
    ...     np.array([[1.0], [0.0], [0.0]]),
    ...     np.array([[True], [False], [True]]),
    ...     np.array([5, 5, 7]),
    ... )
    >>> predictions.patient, predictions.score[:, 0], predictions.label[:, 0]
    (array([5, 7]), array([0.2, 0.6]), array([1., 0.]))
    """
    names, owner = np.unique(patient, return_inverse=True)
    sure = known & ((label == 0) | (label == 1))
    best = np.full((names.size, score.shape[1]), -np.inf)
    np.maximum.at(best, owner, np.where(sure, score, -np.inf))
    positive, judged = np.full(best.shape, False), np.full(best.shape, False)
    np.logical_or.at(positive, owner, sure & (label == 1))
    np.logical_or.at(judged, owner, sure)
    return PatientProbabilities(
        patient=names,
        score=np.where(judged, best, 0.0),
        label=positive.astype(np.float64),
        known=judged,
    )
