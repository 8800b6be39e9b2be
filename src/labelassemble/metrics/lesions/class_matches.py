"""The matches of one class that count; the one place where lesion scores look at ``known``."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from labelassemble.errors import MetricError
from labelassemble.metrics.lesions.match_lesions import Matches, Outcome


class ClassMatches(NamedTuple):
    """One class: its scans, its truths, and the candidates that are true or false."""

    scan: Int[np.ndarray, " candidates"]
    score: Float[np.ndarray, " candidates"]
    correct: Bool[np.ndarray, " candidates"]
    """Whether the candidate is a truth."""
    truths: Int[np.ndarray, " scans"]
    """How many truths a scan has."""
    known: Bool[np.ndarray, " scans"]
    """Whether the scan counts at all."""

    @property
    def reason(self) -> str:
        """Why the class has no score; empty where it has one."""
        if not self.known.any():
            return "nobody looked for the class on any scan"
        if not self.truths.any():
            return "no scan has a lesion of the class where somebody looked"
        return ""


def class_matches(matches: Matches, class_place: int) -> ClassMatches:
    """What counts of one class.

    Raises:
        MetricError: there is no such class.
    """
    scans, classes = matches.known.shape
    if not 0 <= class_place < classes:
        raise MetricError(
            f"a class from 0 to {classes - 1}", f"{class_place}", "Count classes from 0"
        )
    known = matches.known[:, class_place]
    candidate = (
        (matches.candidate_class == class_place)
        & (matches.candidate_outcome != Outcome.IGNORED)
        & known[matches.candidate_scan]
    )
    truth = (
        (matches.truth_class == class_place)
        & (matches.truth_outcome != Outcome.IGNORED)
        & known[matches.truth_scan]
    )
    return ClassMatches(
        scan=matches.candidate_scan[candidate],
        score=matches.candidate_score[candidate],
        correct=matches.candidate_outcome[candidate] == Outcome.TRUE,
        truths=np.bincount(matches.truth_scan[truth], minlength=scans),
        known=known,
    )
