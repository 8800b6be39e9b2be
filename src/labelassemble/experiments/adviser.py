"""What to add next: a forecast from measured gains and from what is known before training."""

import math
from typing import Literal

import numpy as np
import polars as pl
from jaxtyping import Float
from pydantic import model_validator
from scipy.stats import rankdata, t

from labelassemble.errors import MetricError
from labelassemble.experiments.candidates import CANDIDATE_COLUMNS, require_candidates
from labelassemble.experiments.ridge import (
    ColumnScale,
    LeftOut,
    Ridge,
    choose_ridge,
    find_scale,
    standardise_columns,
)
from labelassemble.setting_types import Settings

FEATURES = (
    "similarity",
    "log_positive",
    "log_negative",
    "log_added",
    "overlap",
    "interest_share",
    "cooccurrence",
)
"""What a forecast is made of; logarithms are of 1 + the count."""

FEWEST_GAINS = 4
"""Measured gains below which nothing is fitted: candidates are ranked by similarity."""
GAINS_WITHOUT_PRIOR = 6
"""Measured gains from which on leave-one-out error may choose to draw the slope of similarity to 0;
with fewer it is drawn to the prior."""
PRIOR_CORRELATION = 0.5
"""Prior of the correlation of gain with similarity: the lower end of Fisher's 95 % interval of r =
.83 among 13 classes. Paper: Kang 2023."""

ADVICE_COLUMNS: dict[str, type[pl.DataType]] = {
    "rank": pl.Int64,
    "expected_gain": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    **CANDIDATE_COLUMNS,
    "basis": pl.String,
    "note": pl.String,
}
"""Columns of advice; ``basis`` is gains or similarity, and without gains there is no
``expected_gain`` (null)."""


class Adviser(Settings):
    """A forecast of gains, fitted on measured ones; saved as JSON."""

    format: Literal[1] = 1
    """Of the file."""
    origin: str
    """Which experiment measured the gains."""
    features: tuple[str, ...]
    """Names of the columns below."""
    mean: tuple[float, ...]
    """Of each feature among the measured candidates."""
    deviation: tuple[float, ...]
    """The same; 0 where a feature did not vary and counts for nothing."""
    slope: tuple[float, ...]
    """Gain per standard deviation of each feature."""
    intercept: float
    """Gain of an average candidate."""
    penalty: float
    """Of the ridge, chosen by leave-one-out error."""
    leverage: tuple[tuple[float, ...], ...]
    """Widens intervals away from the measured candidates."""
    prior: bool
    """Whether the slope of similarity was drawn to the prior rather than to 0."""
    measured: tuple[str, ...]
    """Candidates whose gains were measured."""
    gain: tuple[float, ...]
    """Those gains."""
    left_out: tuple[float, ...]
    """What a fit to all others forecasts for each; penalty and scale are chosen anew."""
    left_out_constant: tuple[float, ...]
    """The mean gain of all others."""

    @model_validator(mode="after")
    def _fits(self) -> "Adviser":
        columns = {len(one) for one in (self.mean, self.deviation, self.slope, *self.leverage)}
        points = {len(one) for one in (self.gain, self.left_out, self.left_out_constant)}
        if self.features != FEATURES or columns | {len(self.leverage)} != {len(FEATURES)}:
            raise ValueError(f"features, slopes and their like must be of {', '.join(FEATURES)}")
        if points != {len(self.measured)} or len(self.measured) < FEWEST_GAINS:
            raise ValueError("a gain and two forecasts for each of four or more candidates")
        return self

    @property
    def error(self) -> float:
        """Mean absolute leave-one-out error, in units of the gain."""
        return float(np.abs(np.subtract(self.left_out, self.gain)).mean())

    @property
    def constant_error(self) -> float:
        """The same of always forecasting the mean gain of the others."""
        return float(np.abs(np.subtract(self.left_out_constant, self.gain)).mean())

    @property
    def r2(self) -> float:
        """1 - squared leave-one-out error / that of the constant; 0: no better; nan: no spread."""
        squared = (np.subtract(self.left_out, self.gain) ** 2).sum()
        constant = (np.subtract(self.left_out_constant, self.gain) ** 2).sum()
        return float(1 - squared / constant) if constant > 0 else math.nan

    @property
    def rank_correlation(self) -> float:
        """Spearman's correlation of left-out forecasts and gains; nan without spread.

        Of a constant forecast it is about -1, not 0: leaving out a large gain lowers the rest.
        """
        ranks = rankdata(self.left_out), rankdata(self.gain)
        if any(np.ptp(one) == 0 for one in ranks):
            return math.nan
        return float(np.corrcoef(*ranks)[0, 1])


def fit_adviser(measured: pl.DataFrame, origin: str) -> Adviser:
    """Fit a forecast to measured gains, and leave out each in turn to see how far it errs.

    Slopes are drawn to 0, that of similarity to 0 or to a prior above it (``PRIOR_CORRELATION``).
    Leaving one out repeats everything that looked at it: the scale, the choice of penalty and
    prior, and the fit. So the stated error is that of a candidate that nobody has tried.

    Args:
        measured: ``CANDIDATE_COLUMNS`` and ``gain`` (such as a difference of AUROCs); rows without
            a gain (null or nan) are left out. Several classes of interest may stand together.
        origin: which experiment measured them.

    Raises:
        MetricError: fewer than four gains, or a column is missing.

    Source: Hoerl and Kennard 1970, ridge; Allen 1974, leave-one-out; Kang 2023, that gain rises
        with similarity.
    """
    require_candidates(measured, "gain")
    measured = measured.filter(pl.col("gain").is_finite())
    if measured.height < FEWEST_GAINS:
        raise MetricError(
            f"{FEWEST_GAINS} measured gains or more",
            f"{measured.height}",
            "Rank by similarity alone (no adviser), or measure more candidates",
        )
    x, y = feature_matrix(measured), measured["gain"].cast(pl.Float64).to_numpy()
    may_drop = len(y) >= GAINS_WITHOUT_PRIOR
    scale, ridge = _fit(x, y, may_drop)
    left_out = leave_each_out(x, y, may_drop)
    return Adviser(
        origin=origin,
        features=FEATURES,
        mean=tuple(scale.mean.tolist()),
        deviation=tuple(scale.deviation.tolist()),
        slope=tuple(ridge.slope.tolist()),
        intercept=ridge.intercept,
        penalty=ridge.penalty,
        leverage=tuple(tuple(row) for row in ridge.leverage.tolist()),
        prior=bool(ridge.prior.any()),
        measured=tuple(measured["candidate"]),
        gain=tuple(y.tolist()),
        left_out=tuple(left_out.fitted.tolist()),
        left_out_constant=tuple(left_out.constant.tolist()),
    )


def leave_each_out(
    x: Float[np.ndarray, "points features"], y: Float[np.ndarray, " points"], may_drop: bool
) -> LeftOut:
    """Forecast each gain from all others; nothing of the one left out is looked at.

    Args:
        x: ``feature_matrix``.
        y: gains.
        may_drop: whether the prior may be dropped where that errs less.
    """
    fitted, constant = np.empty(len(y)), np.empty(len(y))
    for place in range(len(y)):
        others = np.arange(len(y)) != place
        scale, ridge = _fit(x[others], y[others], may_drop)
        fitted[place] = ridge.intercept + (standardise_columns(x[[place]], scale) @ ridge.slope)[0]
        constant[place] = y[others].mean()
    return LeftOut(fitted, constant)


def advise(
    candidates: pl.DataFrame, adviser: Adviser | None = None, confidence: float = 0.95
) -> pl.DataFrame:
    """Rank candidates by expected gain, the best first.

    Args:
        candidates: ``CANDIDATE_COLUMNS``, of the same or of another recipe.
        adviser: fitted on measured gains; None: candidates are ranked by similarity alone, and
            nothing is said of how large a gain would be.
        confidence: of the prediction intervals, in (0, 1).

    Returns:
        ``ADVICE_COLUMNS``. The interval is that of one new candidate: Student's t with one degree
        of freedom less than gains, times the root mean square of the leave-one-out errors, wider
        away from the measured candidates.

    Raises:
        MetricError: a confidence outside (0, 1), or a column is missing.
    """
    require_candidates(candidates)
    if not 0 < confidence < 1:
        raise MetricError("a confidence between 0 and 1", f"{confidence:g}", "Give 0.95, for one")
    frame = candidates.select(list(CANDIDATE_COLUMNS))
    unmeasured = ~frame["similarity"].is_finite().fill_null(False).to_numpy()
    notes = np.where(unmeasured, "similarity not measured", "")
    if adviser is None:
        nothing = pl.lit(None, dtype=pl.Float64)
        frame = frame.with_columns(expected_gain=nothing, low=nothing, high=nothing)
    else:
        expected, half = _forecast(feature_matrix(frame), adviser, confidence)
        frame = frame.with_columns(
            expected_gain=pl.Series(expected, dtype=pl.Float64),
            low=pl.Series(expected - half, dtype=pl.Float64),
            high=pl.Series(expected + half, dtype=pl.Float64),
        )
    frame = frame.with_columns(
        basis=pl.lit("similarity" if adviser is None else "gains"),
        note=pl.Series(notes.tolist(), dtype=pl.String),
    )
    order = frame.select(
        gain=-pl.col("expected_gain").fill_null(0.0),
        near=-pl.col("similarity").fill_nan(None).fill_null(-2.0),
        name=pl.col("candidate"),
    )
    place = order.with_row_index().sort("gain", "near", "name")["index"]
    ranked = frame[place].with_columns(rank=pl.int_range(1, pl.len() + 1, dtype=pl.Int64))
    return ranked.select(list(ADVICE_COLUMNS)).cast(ADVICE_COLUMNS)  # type: ignore[arg-type]


def feature_matrix(candidates: pl.DataFrame) -> Float[np.ndarray, "candidates features"]:
    """``FEATURES`` of candidates; nan where one could not be measured."""
    logs = {"log_positive": "n_positive", "log_negative": "n_negative", "log_added": "n_added"}
    columns = [
        np.log1p(candidates[logs[name]].cast(pl.Float64).to_numpy())
        if name in logs
        else candidates[name].cast(pl.Float64).fill_null(math.nan).to_numpy()
        for name in FEATURES
    ]
    return np.column_stack(columns)


def _fit(
    x: Float[np.ndarray, "points features"], y: Float[np.ndarray, " points"], may_drop: bool
) -> tuple[ColumnScale, Ridge]:
    scale = find_scale(x)
    prior, none = np.zeros(len(FEATURES)), np.zeros(len(FEATURES))
    prior[0] = PRIOR_CORRELATION * y.std() * (scale.deviation[0] > 0)
    priors = [none, prior] if may_drop else [prior]
    return scale, choose_ridge(standardise_columns(x, scale), y, priors)


def _forecast(
    x: Float[np.ndarray, "candidates features"], adviser: Adviser, confidence: float
) -> tuple[Float[np.ndarray, " candidates"], Float[np.ndarray, " candidates"]]:
    """Expected gains, and half the widths of their intervals."""
    scale = ColumnScale(np.array(adviser.mean), np.array(adviser.deviation))
    standard = standardise_columns(x, scale)
    leverage = np.array(adviser.leverage)
    # Standardised points have the identity for their mean square, so that this is their mean.
    typical = float(np.trace(leverage))
    here = np.einsum("ij,jk,ik->i", standard, leverage, standard)
    n = len(adviser.gain)
    spread = math.sqrt(float((np.subtract(adviser.left_out, adviser.gain) ** 2).mean()))
    widening = np.sqrt(np.maximum((1 + 1 / n + here) / (1 + 1 / n + typical), 1.0))
    half = float(t.ppf((1 + confidence) / 2, n - 1)) * spread * widening
    expected: Float[np.ndarray, " candidates"] = adviser.intercept + standard @ np.array(
        adviser.slope
    )
    return expected, half
