"""Free-response ROC: how many lesions are found at how many false positives a scan."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Real

from labelassemble.metrics.lesions.class_matches import class_matches
from labelassemble.metrics.lesions.match_lesions import Matches

RATES = (1 / 8, 1 / 4, 1 / 2, 1.0, 2.0, 4.0, 8.0)
"""False positives a scan at which the sensitivity is usually told. Source: Setio 2017, LUNA16."""
RATE_ROUNDING = 1e-9
"""False positives that a product of a rate and a number of scans may be wrong by."""


class Froc(NamedTuple):
    """One class's curve, and what is read off it; nan without truths or known scans."""

    false_positives: Float[np.ndarray, " points"]
    """A scan; rising from 0."""
    sensitivity: Float[np.ndarray, " points"]
    """Share of truths that are found; rising from 0."""
    threshold: Float[np.ndarray, " points"]
    """Candidates at or above it count; falling from infinity."""
    sensitivity_at: Float[np.ndarray, " rates"]
    """The highest sensitivity with at most so many false positives a scan."""
    score: float
    """Mean of ``sensitivity_at``: the competition performance metric at the usual rates."""
    truths: int
    scans: int
    """Known ones, with and without truths."""
    reason: str
    """Why there is no score; empty where there is one."""


def froc(
    matches: Matches, class_place: int, rates: Real[np.ndarray, " rates"] | None = None
) -> Froc:
    """The free-response ROC of one class.

    Every distinct score is one step: candidates of one score are passed together, and nothing is
    interpolated between steps. False positives are divided by all scans on which the class is
    known, those with truths too.

    Args:
        matches: of all scans.
        class_place: which class.
        rates: false positives a scan; none: 1/8, 1/4, 1/2, 1, 2, 4, 8.

    Raises:
        MetricError: there is no such class.

    Source: Chakraborty 1989, FROC; Setio 2017, LUNA16, rates and mean, without its interpolation.
    """
    wanted = np.asarray(RATES) if rates is None else rates
    one = class_matches(matches, class_place)
    scans, truths = int(one.known.sum()), int(one.truths.sum())
    values, place = np.unique(-one.score, return_inverse=True)
    passed = [
        np.concatenate([[0], np.bincount(place[which], minlength=values.size).cumsum()])
        for which in (~one.correct, one.correct)
    ]
    nothing = bool(one.reason)
    false_positives = passed[0] / scans if scans else np.full(values.size + 1, np.nan)
    sensitivity = np.full(values.size + 1, np.nan) if nothing else passed[1] / truths
    steps = np.searchsorted(passed[0], wanted * scans + RATE_ROUNDING, side="right") - 1
    at = np.full(wanted.size, np.nan) if nothing else sensitivity[steps]
    return Froc(
        false_positives=false_positives,
        sensitivity=sensitivity,
        threshold=np.concatenate([[np.inf], -values]),
        sensitivity_at=at,
        score=float(at.mean()) if at.size else float("nan"),
        truths=truths,
        scans=scans,
        reason=one.reason,
    )
