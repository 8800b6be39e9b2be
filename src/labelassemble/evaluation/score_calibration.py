"""Do probabilities come true? Brier score and calibration error of every class."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.evaluation.enough_patients import count_sides
from labelassemble.evaluation.scored_sample import ScoredSample, take_samples
from labelassemble.metrics.calibration import (
    CalibrationBins,
    brier_error,
    calibration_bins,
    calibration_error,
)

CALIBRATION_COLUMNS: dict[str, type[pl.DataType]] = {
    "method": pl.String,
    "class": pl.String,
    "n_patients": pl.Int64,
    "brier_error": pl.Float64,
    "calibration_error": pl.Float64,
    "brier_error_calibrated": pl.Float64,
    "calibration_error_calibrated": pl.Float64,
    "note": pl.String,
}
"""Columns; an error that could not be made is nan, and ``note`` says why."""


def score_calibration(
    predictions: Mapping[str, pl.DataFrame],
    table: AssembledTable,
    min_patients: int,
    split: str = "test",
    calibrated: Mapping[str, pl.DataFrame] | None = None,
) -> pl.DataFrame:
    """Hold probabilities against what came true, on all images of a split together.

    Args:
        predictions: method to image, class, prediction (a probability) of one of its networks.
        table: the assembled table.
        min_patients: on either side; below it both errors are nan.
        split: the images to score.
        calibrated: the same predictions after calibration; classes may be missing; None: all.

    Returns:
        One row a method and class, columns ``CALIBRATION_COLUMNS``.

    Raises:
        MetricError: a prediction outside [0, 1], or predictions and table do not fit.

    Source: Brier 1950; Naeini 2015, in ten bins of equal counts.
    """
    rows = []
    for method, own in predictions.items():
        sample = take_samples([own], table, split)[0]
        after = (calibrated or {}).get(method, own.clear())
        again = sample if after.is_empty() else take_samples([after], table, split)[0]
        sides = count_sides(sample)
        for place, name in enumerate(sample.classes):
            enough = bool(sides.enough(min_patients)[place])
            done = enough and not after.is_empty() and bool(again.predicted[0, place])
            brier, error = _measure(sample, place) if enough else _NOTHING
            brier_after, error_after = _measure(again, place) if done else _NOTHING
            rows.append(
                {
                    "method": method,
                    "class": name,
                    "n_patients": sample.count_patients(sample.scored[:, [place]]),
                    "brier_error": brier,
                    "calibration_error": error,
                    "brier_error_calibrated": brier_after,
                    "calibration_error_calibrated": error_after,
                    "note": "; ".join(sides.describe(place, min_patients)),
                }
            )
    return pl.DataFrame(rows, schema=CALIBRATION_COLUMNS)


_NOTHING = (float("nan"), float("nan"))


def _measure(sample: ScoredSample, place: int) -> tuple[float, float]:
    cells = sample.probability[0, :, place], sample.label[:, place], sample.scored[:, place]
    return brier_error(*cells), calibration_error(*cells)


def pool_calibration(
    predictions: Mapping[str, pl.DataFrame],
    table: AssembledTable,
    min_patients: int,
    split: str = "test",
    bins: int = 10,
) -> dict[str, CalibrationBins]:
    """Mean probability and share of positives in bins over the cells of all classes together.

    Args:
        predictions: method to image, class, prediction (a probability) of one of its networks.
        table: the assembled table.
        min_patients: on either side, of each class that takes part.
        split: the images to look at.
        bins: how many, of about equal counts.

    Returns:
        Method to its bins; methods without a class of enough patients are left out.

    Raises:
        MetricError: a prediction outside [0, 1], or predictions and table do not fit.
    """
    found = {}
    for method, own in predictions.items():
        if own.is_empty():
            continue
        sample = take_samples([own], table, split)[0]
        enough = count_sides(sample).enough(min_patients)
        cells = [np.ravel(each[:, enough]) for each in (sample.probability[0], sample.label)]
        if enough.any():
            known = np.ravel(sample.scored[:, enough])
            found[method] = calibration_bins(cells[0], cells[1], known, bins)
    return found
