"""Do predictions of 30 % come true 30 % of the time? Brier score and calibration error."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int, Real
from scipy.stats import rankdata

from labelassemble.errors import MetricError
from labelassemble.metrics.known_cells import KnownCells, known_cells


class CalibrationBins(NamedTuple):
    """Known cells in bins of about equal counts, by rising prediction; empty bins are left out."""

    probability: Float[np.ndarray, " bins"]
    """Mean prediction of a bin."""
    rate: Float[np.ndarray, " bins"]
    """Share of positives in a bin."""
    cells: Int[np.ndarray, " bins"]
    """Cells in a bin."""


def brier_error(
    probability: Real[np.ndarray, " images"],
    label: Real[np.ndarray, " images"],
    known: Bool[np.ndarray, " images"],
) -> float:
    """Mean squared difference between prediction and label; lower is better.

    Args:
        prediction: probabilities in [0, 1].
        label: 1 present, 0 absent; soft labels count as unknown; anything where not known.
        known: whether somebody judged this class on this image.

    Returns:
        A number in [0, 1]; nan where nothing is known. A class with positives only, or negatives
        only, has a Brier score.

    Raises:
        MetricError: a prediction outside [0, 1]; see also ``known_cells``.

    Source: Brier 1950.

    >>> brier_error(np.array([0.5, 1.0]), np.array([0.0, 1.0]), known=np.array([True, True]))
    0.125
    """
    cells = _probabilities(probability, label, known)
    if cells.score.size == 0:
        return float("nan")
    return float(np.mean((cells.score - cells.positive) ** 2))


def calibration_bins(
    probability: Real[np.ndarray, " images"],
    label: Real[np.ndarray, " images"],
    known: Bool[np.ndarray, " images"],
    bins: int = 10,
) -> CalibrationBins:
    """Mean prediction and share of positives in bins of about equal counts, for a calibration plot.

    Equal predictions share a bin, so that the order of images never matters; bins are then not
    quite equal, and with few distinct predictions there are fewer of them.

    Args:
        prediction: probabilities in [0, 1].
        label: 1 present, 0 absent; soft labels count as unknown; anything where not known.
        known: whether somebody judged this class on this image.
        bins: how many, at most; at least 1.

    Raises:
        MetricError: a prediction outside [0, 1], or no bins; see also ``known_cells``.

    >>> probability, label = np.array([0.1, 0.3, 0.7, 0.9]), np.array([0.0, 0.0, 1.0, 0.0])
    >>> calibration_bins(probability, label, np.full(4, True), bins=2)
    CalibrationBins(probability=array([0.2, 0.8]), rate=array([0. , 0.5]), cells=array([2, 2]))
    """
    if bins < 1:
        raise MetricError("at least one bin", f"bins = {bins}", "Give 10 or so")
    cells = _probabilities(probability, label, known)
    if cells.score.size == 0:
        return CalibrationBins(np.empty(0), np.empty(0), np.empty(0, dtype=np.int64))
    place = ((rankdata(cells.score) - 0.5) / cells.score.size * bins).astype(np.int64)
    count = np.bincount(place, minlength=bins)
    filled = count > 0
    count = count[filled]
    return CalibrationBins(
        probability=np.bincount(place, cells.score, minlength=bins)[filled] / count,
        rate=np.bincount(place, cells.positive, minlength=bins)[filled] / count,
        cells=count,
    )


def calibration_error(
    probability: Real[np.ndarray, " images"],
    label: Real[np.ndarray, " images"],
    known: Bool[np.ndarray, " images"],
    bins: int = 10,
) -> float:
    """Expected calibration error: how far predictions lie from the shares of positives, on average.

    Args:
        prediction: probabilities in [0, 1].
        label: 1 present, 0 absent; soft labels count as unknown; anything where not known.
        known: whether somebody judged this class on this image.
        bins: how many bins of about equal counts; see ``calibration_bins``.

    Returns:
        A number in [0, 1], lower is better; nan where nothing is known.

    Raises:
        MetricError: a prediction outside [0, 1], or no bins; see also ``known_cells``.

    Source: Naeini 2015, expected calibration error; Nguyen and O'Connor 2015, equal counts.

    >>> probability, label = np.array([0.1, 0.3, 0.7, 0.9]), np.array([0.0, 0.0, 1.0, 0.0])
    >>> round(calibration_error(probability, label, np.full(4, True), bins=2), 3)
    0.25
    """
    filled = calibration_bins(probability, label, known, bins)
    if filled.cells.size == 0:
        return float("nan")
    return float(np.average(np.abs(filled.probability - filled.rate), weights=filled.cells))


def _probabilities(probability: np.ndarray, label: np.ndarray, known: np.ndarray) -> KnownCells:
    cells = known_cells(probability, label, known)
    outside = (cells.score < 0) | (cells.score > 1)
    if outside.any():
        raise MetricError(
            "predictions as probabilities in [0, 1]",
            f"{int(outside.sum()):,} of {cells.score.size:,} known ones are not, "
            f"such as {cells.score[outside][0]:g}",
            "Apply the sigmoid to predict logits first",
        )
    return cells
