"""From lesions to one prediction a scan, and from scans to one a patient."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int, Real

from labelassemble.errors import MetricError
from labelassemble.metrics.lesions.match_lesions import Matches, Outcome


class ScanProbabilities(NamedTuple):
    """One number a scan and class, with its label; the form that every other metric takes."""

    score: Float[np.ndarray, "scans classes"]
    """The best candidate's."""
    label: Float[np.ndarray, "scans classes"]
    """1 where there is a lesion, else 0."""
    known: Bool[np.ndarray, "scans classes"]
    """Whether the label can be reported."""


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


def scan_probabilities(matches: Matches, no_candidate: float = 0.0) -> ScanProbabilities:
    """The best candidate of every scan and class, and whether there is a lesion.

    Ignored candidates and ignored truths do not count. A scan with a lesion is known; one without
    is known only where somebody looked for the class in the whole scan, because a lesion may lie
    where nobody looked.

    Args:
        matches: of all scans; how they were matched is no matter here.
        no_candidate: the score of a scan without candidates, at most any candidate's.

    Raises:
        MetricError: a candidate scores below ``no_candidate``.
    """
    counts = matches.candidate_outcome != Outcome.IGNORED
    value = matches.candidate_score[counts]
    if (value < no_candidate).any():
        raise MetricError(
            f"no candidate below {no_candidate:g}, the score of scans without candidates",
            f"{value.min():g}",
            "Give a no_candidate below every score",
        )
    score = np.full(matches.known.shape, no_candidate, dtype=np.float64)
    where = (matches.candidate_scan[counts], matches.candidate_class[counts])
    np.maximum.at(score, where, value)
    lesion = np.full(matches.known.shape, False)
    sure = matches.truth_outcome != Outcome.IGNORED
    lesion[matches.truth_scan[sure], matches.truth_class[sure]] = True
    return ScanProbabilities(score, lesion.astype(np.float64), lesion | matches.whole)


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
