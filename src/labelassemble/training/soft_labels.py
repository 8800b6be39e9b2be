"""What frozen networks say of a table's cells, brought to the known prevalence."""

import numpy as np
import polars as pl
from jaxtyping import Bool, Float, Int
from scipy.optimize import brentq
from scipy.special import expit

from labelassemble.images.batch import LabelArrays

SOFT_LABEL_COLUMNS = {"record": pl.String, "class": pl.String, "probability": pl.Float64}
"""Columns of ``soft_labels.parquet``: one row a training cell that was asked about."""

_MIN = 1e-3
"""Prevalences nearer to 0 or 1 than this count as this far from it."""

_FARTHEST = 60.0
"""Largest shift of a logit that is looked for."""


def align_with_shrinkage(
    logit: Float[np.ndarray, "images classes"],
    unknown: Bool[np.ndarray, "images classes"],
    source: Int[np.ndarray, " images"],
    prevalence: Float[np.ndarray, "sources classes"],
) -> Float[np.ndarray, "images classes"]:
    """Make soft labels of frozen networks' predictions, a source and a class at a time.

    t = sigma(z + (1 - r) b), where b brings the mean prediction on the source's unknown cells to
    the prevalence: mean sigma(z + b) = prevalence, and r = Var(p) / (m (1 - m)), with p = sigma(z)
        and
    m its mean, is how decided the predictions are: a class that the networks are sure of knows its
    own prevalence on that source, and is left as it is.

    Args:
        logit: z, before the sigmoid.
        unknown: the cells that are asked about.
        source: number of each image's source.
        prevalence: share of positives that is expected in every source (``source_prevalence``);
            NaN where nothing is known: such a class is not shifted.

    Returns:
        t in (0, 1) where unknown; NaN elsewhere.

    Source: our own; without shrinkage, distribution alignment (Berthelot 2020).

    >>> z, all_of_it = np.array([[0.5], [-0.5]]), np.ones((2, 1), dtype=bool)
    >>> soft = align_with_shrinkage(z, all_of_it, np.array([0, 0]), np.array([[0.2]]))
    >>> [round(float(one), 2) for one in soft[:, 0]]  # mean .5 before, .2 without shrinkage
    [0.29, 0.13]
    """
    soft = np.full(logit.shape, np.nan)
    for number in np.unique(source):
        for place, share in enumerate(prevalence[number]):
            asked = (source == number) & unknown[:, place]
            z = logit[asked, place].astype(np.float64)
            if not len(z):
                continue
            shift = 0.0 if np.isnan(share) else (1 - _decided(z)) * _shift_to(z, float(share))
            soft[asked, place] = expit(z + shift)
    return soft


def add_soft_labels(labels: LabelArrays, soft: pl.DataFrame) -> LabelArrays:
    """Fill cells with soft labels: what a student learns from, and is never scored on."""
    rows = {name: row for row, name in enumerate(labels.record)}
    columns = {name: place for place, name in enumerate(labels.classes)}
    label, known = labels.label.copy(), labels.known.copy()
    row = np.array([rows[name] for name in soft["record"]], dtype=np.int64)
    place = np.array([columns[name] for name in soft["class"]], dtype=np.int64)
    label[row, place] = soft["probability"].to_numpy()
    known[row, place] = True
    return labels._replace(label=label, known=known)


def _decided(logit: Float[np.ndarray, " images"]) -> float:
    """r: 0 where all predictions are the same, 1 where each is 0 or 1."""
    probability = expit(logit)
    mean = probability.mean()
    most = mean * (1 - mean)
    return float(probability.var() / most) if most > 0 else 1.0


def _shift_to(logit: Float[np.ndarray, " images"], share: float) -> float:
    """b: the shift with which the mean prediction is a share."""
    wanted = min(max(share, _MIN), 1 - _MIN)
    reach = _FARTHEST + float(np.abs(logit).max())
    found: float = brentq(lambda b: expit(logit + b).mean() - wanted, -reach, reach, xtol=1e-9)
    return found
