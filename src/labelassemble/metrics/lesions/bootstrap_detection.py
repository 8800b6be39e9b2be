"""Bootstrap over patients of the lesion scores, all replicates at once."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int, Real

from labelassemble.errors import MetricError
from labelassemble.metrics.bootstrap import chunk_size, draw_multiplicities
from labelassemble.metrics.lesions.class_matches import class_matches
from labelassemble.metrics.lesions.froc import RATE_ROUNDING, RATES
from labelassemble.metrics.lesions.match_lesions import Matches
from labelassemble.metrics.ranking import Ranking, rank_cells


class DetectionReplicates(NamedTuple):
    """Scores of every prediction, replicate and class; nan where one cannot be scored."""

    sensitivity_at: Float[np.ndarray, "predictions replicates classes rates"]
    """As ``Froc.sensitivity_at``."""
    froc_score: Float[np.ndarray, "predictions replicates classes"]
    """As ``Froc.score``."""
    average_precision: Float[np.ndarray, "predictions replicates classes"]
    """As ``detection_ap``."""


class _Ranked(NamedTuple):
    """One class of one prediction: candidates by falling score, truths and scans by patient."""

    ranking: Ranking
    truths: Float[np.ndarray, " patients"]
    scans: Float[np.ndarray, " patients"]


def bootstrap_detection(
    matches: Sequence[Matches],
    patient: Int[np.ndarray, " scans"],
    replicates: int,
    generator: np.random.Generator,
    rates: Real[np.ndarray, " rates"] | None = None,
) -> DetectionReplicates:
    """FROC and average precision of every class in bootstrap replicates clustered by patient.

    All scans of a drawn patient are drawn with it. All predictions see the same replicates, so
    their differences, replicate by replicate, are paired; ``percentile_interval`` and
    ``two_sided_p`` take them.

    Args:
        matches: of one or several predictions of the same scans.
        patient: any number that says whose scan it is.
        replicates: how many to draw; at least 0.
        generator: where randomness comes from; the same state gives the same scores.
        rates: false positives a scan; none: 1/8, 1/4, 1/2, 1, 2, 4, 8.

    Raises:
        MetricError: there is no scan, or the predictions are not of the same scans and classes.

    Source: Efron and Tibshirani 1993, bootstrap; Field and Welsh 2007, of clusters.
    """
    wanted = np.asarray(RATES) if rates is None else rates
    names, owner = np.unique(patient, return_inverse=True)
    classes = _check(matches, patient)
    ranked = [[_rank(each, at, owner, names.size) for at in range(classes)] for each in matches]
    shape = (len(matches), replicates, classes)
    drawn = DetectionReplicates(np.empty((*shape, wanted.size)), np.empty(shape), np.empty(shape))
    chunk = chunk_size([[one.ranking for one in row] for row in ranked], names.size)
    for start in range(0, replicates, chunk):
        rows = slice(start, min(start + chunk, replicates))
        counts = draw_multiplicities(generator, names.size, rows.stop - start)
        multiplicity = np.ascontiguousarray(counts.T, dtype=np.float64)
        for prediction, row in enumerate(ranked):
            for place, one in enumerate(row):
                at, precision = _score(one, multiplicity, wanted)
                drawn.sensitivity_at[prediction, rows, place] = at
                drawn.froc_score[prediction, rows, place] = (
                    at.mean(axis=1) if wanted.size else np.nan
                )
                drawn.average_precision[prediction, rows, place] = precision
    return drawn


def _rank(matches: Matches, place: int, owner: Int[np.ndarray, " scans"], patients: int) -> _Ranked:
    one = class_matches(matches, place)
    return _Ranked(
        ranking=rank_cells(
            one.score,
            one.correct.astype(np.float64),
            np.full(one.score.size, True),
            owner[one.scan],
            patients,
        ),
        truths=np.bincount(owner, one.truths, minlength=patients),
        scans=np.bincount(owner[one.known], minlength=patients).astype(np.float64),
    )


def _score(
    one: _Ranked,
    multiplicity: Float[np.ndarray, "patients replicates"],
    rates: Real[np.ndarray, " rates"],
) -> tuple[Float[np.ndarray, "replicates rates"], Float[np.ndarray, " replicates"]]:
    """Only scores of true candidates are steps: between two of them no truth is gained."""
    gained = one.ranking.positives @ multiplicity
    found = np.cumsum(gained, axis=0)
    wrong = np.cumsum(one.ranking.negatives @ multiplicity, axis=0)
    truths, scans = one.truths @ multiplicity, one.scans @ multiplicity
    unscored = truths == 0
    total = np.where(unscored, 1, truths)

    found_from_0 = np.concatenate([np.zeros((1, total.size)), found])
    at = np.empty((total.size, rates.size))
    for column, rate in enumerate(rates):
        steps = np.count_nonzero(wrong <= rate * scans + RATE_ROUNDING, axis=0)
        at[:, column] = found_from_0[steps, np.arange(total.size)] / total
    at[unscored] = np.nan

    # Where nothing is passed yet the numerator is 0 too; 1 keeps the division silent.
    precision = found / np.maximum(found + wrong, 1)
    highest = np.maximum.accumulate(precision[::-1], axis=0)[::-1]
    area = np.einsum("sr,sr->r", gained, highest) / total
    return at, np.where(unscored, np.nan, area)


def _check(matches: Sequence[Matches], patient: Int[np.ndarray, " scans"]) -> int:
    """Refuse predictions of different scans; say how many classes there are."""
    shapes = {each.known.shape for each in matches}
    if patient.size == 0 or any(shape[0] != patient.size for shape in shapes) or len(shapes) > 1:
        raise MetricError(
            "at least one scan, a patient for each, and predictions of the same scans and classes",
            f"{patient.size:,} patients and matches of (scans, classes) {sorted(shapes)}",
            "Match every prediction on all scans, those without candidates too, and join them",
        )
    if any((each.known != matches[0].known).any() for each in matches):
        raise MetricError(
            "predictions with the same known scans and classes",
            "some that differ",
            "What is known does not depend on the prediction; match all with the same known",
        )
    return next(iter(shapes))[1] if shapes else 0
