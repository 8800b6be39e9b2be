"""Out-of-fold predictions, quickly: by heads that did not see a patient, on a backbone that did."""

from collections.abc import Callable

import numpy as np
import polars as pl
from jaxtyping import Bool, Float, Int
from scipy.optimize import minimize
from scipy.special import expit

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.images.store import ImageStore
from labelassemble.inference.pooled_features import pooled_features
from labelassemble.model.network import Network
from labelassemble.training.cross_fit import split_folds

PENALTY = 100.0
"""On half the squared weights, beside the summed log loss, of features of mean 0 and deviation 1.
Default: of benchmarks/review.py; large, as features are many and partly follow the labels."""


def cross_fit_heads(
    network: Network,
    table: AssembledTable,
    store: ImageStore,
    *,
    folds: int,
    seed: int,
    batch_size: int,
    progress: Callable[[int, int], None] | None = None,
) -> pl.DataFrame:
    """Fit a linear head for each class and fold on a network's features, and predict that fold.

    The network is taken as it is: what it learned by heart of a label it may defend, as
    ``cross_fit`` never does.

    Args:
        network: whose backbone gives the features.
        table: what the run learned from (``select_learnable``).
        store: its images.
        folds: parts of the patients, at least two.
        seed: of the draw of folds.
        batch_size: images a forward pass.
        progress: called with (folds done, folds in all).

    Returns:
        Columns record, class, probability, fold, as ``cross_fit`` gives them.

    Raises:
        RunError: fewer groups of patients than folds.
    """
    number = split_folds(table, folds, seed)
    names = table.records["record"].to_list()
    device = next(network.parameters()).device
    feature = pooled_features(network, store, names, batch_size, device).astype(np.float64)
    label = table.label_matrix()
    probability = np.full(label.shape, np.nan)
    for fold in range(folds):
        here = number == fold
        for place in range(len(table.classes)):
            probability[here, place] = _predict(feature, label[:, place], here)
        if progress:
            progress(fold + 1, folds)
    return pl.concat(
        pl.DataFrame(
            {
                "record": names,
                "class": name,
                "probability": probability[:, place],
                "fold": _as_numbers(number),
            }
        )
        for place, name in enumerate(table.classes)
    )


def _predict(
    feature: Float[np.ndarray, "images features"],
    label: Float[np.ndarray, " images"],
    here: Bool[np.ndarray, " images"],
) -> Float[np.ndarray, " held"]:
    """Probability of the images that are held out, by those that are not and whose label is known.

    Soft labels count as what they are. With none known, one half.
    """
    learned = ~here & ~np.isnan(label)
    if not learned.any():
        return np.full(int(here.sum()), 0.5)
    mean, deviation = feature[learned].mean(axis=0), feature[learned].std(axis=0)
    deviation[deviation == 0.0] = 1.0
    known, target = (feature[learned] - mean) / deviation, label[learned]

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        logit = known @ weights[1:] + weights[0]
        error = expit(logit) - target
        value = np.sum(np.logaddexp(0.0, logit) - target * logit)
        slope = known.T @ error + PENALTY * weights[1:]
        value += PENALTY * np.sum(weights[1:] ** 2) / 2
        return float(value), np.concatenate([[error.sum()], slope])

    # Without a positive, or a negative, nothing but the penalty of the weights ends the intercept.
    bounds = [(-20.0, 20.0), *[(None, None)] * known.shape[1]]
    start = np.zeros(known.shape[1] + 1)
    weights = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    held: Float[np.ndarray, " held"] = expit(
        (feature[here] - mean) / deviation @ weights[1:] + weights[0]
    )
    return held


def _as_numbers(number: Int[np.ndarray, " images"]) -> pl.Series:
    return pl.Series(number, dtype=pl.Int64)
