"""Bootstrap over patients of a sensitivity at a specificity, all replicates at once."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int, Real

from labelassemble.errors import MetricError
from labelassemble.metrics.bootstrap import CHUNK_BYTES, LARGEST_CHUNK, draw_multiplicities
from labelassemble.metrics.known_cells import known_cells
from labelassemble.metrics.lesions.operating_point import SPECIFICITY_ROUNDING, check_specificity


class OperatingReplicates(NamedTuple):
    """Both rates of every prediction and replicate; nan where one cannot be reported."""

    sensitivity: Float[np.ndarray, "predictions replicates"]
    specificity: Float[np.ndarray, "predictions replicates"]


class _Sorted(NamedTuple):
    """One prediction's known cells by falling score."""

    negative: Float[np.ndarray, " negatives"]
    negative_owner: Int[np.ndarray, " negatives"]
    positive: Float[np.ndarray, " positives"]
    positive_owner: Int[np.ndarray, " positives"]


def bootstrap_operating_point(
    score: Real[np.ndarray, "predictions images"],
    label: Real[np.ndarray, " images"],
    known: Bool[np.ndarray, " images"],
    patient: Int[np.ndarray, " images"],
    *,
    specificity: float,
    replicates: int,
    generator: np.random.Generator,
    threshold: Real[np.ndarray, " predictions"] | None = None,
) -> OperatingReplicates:
    """Sensitivity and specificity in bootstrap replicates clustered by patient.

    Args:
        score: one or several predictions of the same images, any finite scale.
        label: 1 present, 0 absent; soft labels count as unknown; anything where not known.
        known: whether somebody judged this class.
        patient: any number that says whose image it is.
        specificity: to reach, where thresholds are chosen here.
        replicates: how many to draw; at least 0.
        generator: where randomness comes from; the same state gives the same rates.
        threshold: fixed ones, one a prediction, such as from validation; none: every replicate
            chooses its own on its own negatives, as ``choose_threshold`` does.

    Returns:
        Rates of all predictions on the same replicates, so that their differences are paired.

    Raises:
        MetricError: there is no image, the specificity is out of range, or see ``known_cells``.

    Source: Efron and Tibshirani 1993, bootstrap; Field and Welsh 2007, of clusters.
    """
    check_specificity(specificity)
    if patient.size == 0:
        raise MetricError("at least one image", "none", "Check which patients are to be scored")
    names, owner = np.unique(patient, return_inverse=True)
    ranked = [_sort(row, label, known, owner) for row in score]
    shape = (len(score), replicates)
    drawn = OperatingReplicates(np.full(shape, np.nan), np.full(shape, np.nan))
    # Per replicate: the patients' counts as drawn and transposed, and four arrays of the images.
    bytes_each = 8 * (3 * names.size + 4 * patient.size)
    chunk = int(np.clip(CHUNK_BYTES // bytes_each, 1, LARGEST_CHUNK))
    for start in range(0, replicates, chunk):
        rows = slice(start, min(start + chunk, replicates))
        counts = draw_multiplicities(generator, names.size, rows.stop - start)
        multiplicity = np.ascontiguousarray(counts.T, dtype=np.float64)
        for prediction, one in enumerate(ranked):
            above = _passed(multiplicity, one.negative_owner)
            if threshold is None:
                value = _choose(one, above, specificity)
            else:
                value = np.full(rows.stop - start, float(threshold[prediction]))
            found = _passed(multiplicity, one.positive_owner)
            drawn.sensitivity[prediction, rows] = _share_called(one.positive, found, value)
            drawn.specificity[prediction, rows] = 1 - _share_called(one.negative, above, value)
    return drawn


def _sort(
    score: Real[np.ndarray, " images"],
    label: Real[np.ndarray, " images"],
    known: Bool[np.ndarray, " images"],
    owner: Int[np.ndarray, " images"],
) -> _Sorted:
    cells = known_cells(score, label, known)
    falling = np.argsort(-cells.score, kind="stable")
    negative, positive = falling[~cells.positive[falling]], falling[cells.positive[falling]]
    patient = owner[cells.image]
    return _Sorted(
        cells.score[negative], patient[negative], cells.score[positive], patient[positive]
    )


def _passed(
    multiplicity: Float[np.ndarray, "patients replicates"], owner: Int[np.ndarray, " cells"]
) -> Float[np.ndarray, "cells_and_1 replicates"]:
    """How many cells were drawn among the first none, one, two ... of them."""
    passed = np.zeros((owner.size + 1, multiplicity.shape[1]))
    np.cumsum(multiplicity[owner], axis=0, out=passed[1:])
    return passed


def _choose(
    one: _Sorted, above: Float[np.ndarray, "negatives_and_1 replicates"], specificity: float
) -> Float[np.ndarray, " replicates"]:
    """Every replicate's threshold, as ``choose_threshold`` would choose it on what was drawn."""
    if one.negative.size == 0:
        return np.full(above.shape[1], np.nan)
    # Candidates are the negatives' distinct scores; what lies strictly above each is called.
    first = np.flatnonzero(np.diff(one.negative, prepend=np.inf))
    fits = above[first] <= (1 - specificity) * above[-1] + SPECIFICITY_ROUNDING
    # What lies above grows as scores fall, so the fits are the first ones.
    lowest = one.negative[first][np.maximum(np.count_nonzero(fits, axis=0) - 1, 0)]
    value = np.nextafter(lowest, np.inf)
    all_called = above[-1] <= (1 - specificity) * above[-1] + SPECIFICITY_ROUNDING
    return np.where(above[-1] == 0, np.nan, np.where(all_called, -np.inf, value))


def _share_called(
    falling: Float[np.ndarray, " cells"],
    passed: Float[np.ndarray, "cells_and_1 replicates"],
    threshold: Float[np.ndarray, " replicates"],
) -> Float[np.ndarray, " replicates"]:
    """Share of the drawn cells at or above each replicate's threshold; nan where there is none."""
    told = ~np.isnan(threshold) & (passed[-1] > 0)
    called = np.searchsorted(-falling, -np.where(told, threshold, 0.0), side="right")
    share = passed[called, np.arange(threshold.size)] / np.where(told, passed[-1], 1)
    return np.where(told, share, np.nan)
