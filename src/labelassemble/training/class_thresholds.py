"""tau of sharpen, a number a class."""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from labelassemble.images.batch import LabelArrays
from labelassemble.settings import LossSettings

LOWEST, HIGHEST = 0.01, 0.5
"""Between these lies a threshold that is a prevalence."""

BORROWED = 10
"""Cells that a source's prevalence borrows from all sources."""


def class_thresholds(losses: LossSettings, labels: LabelArrays) -> Float[Tensor, " classes"]:
    """Give tau of every class.

    A class that ``losses.threshold_by_class`` names has what is said there. The others have
    ``losses.threshold``, or by the rule ``prevalence`` the share of positives among their known
    training cells, from 0.01 to 0.5; a class without known training cells has ``losses.threshold``.
    """
    thresholds = np.full(len(labels.classes), losses.threshold)
    if losses.threshold_rule == "prevalence":
        share = class_prevalence(labels)
        thresholds = np.where(np.isnan(share), thresholds, share.clip(LOWEST, HIGHEST))
    named = losses.threshold_by_class
    return torch.tensor(
        [named.get(name, float(own)) for name, own in zip(labels.classes, thresholds, strict=True)]
    )


def class_prevalence(labels: LabelArrays) -> Float[np.ndarray, " classes"]:
    """Share of positives among the known training cells of every class; NaN where there are none.

    A soft label counts as the part of a positive that it says.
    """
    rows = labels.rows("train")
    known = labels.known[rows]
    count = known.sum(axis=0)
    positive = np.where(known, labels.label[rows], 0.0).sum(axis=0, dtype=np.float64)
    share: Float[np.ndarray, " classes"] = np.full(len(count), np.nan)
    np.divide(positive, count, out=share, where=count > 0)
    return share


def source_prevalence(labels: LabelArrays) -> Float[np.ndarray, "sources classes"]:
    """Share of positives to be expected in every source; NaN for classes that nobody knows.

    The source's own known training cells count, and beside them ``BORROWED`` cells with the share
    of all sources: a source that knows nothing of a class has that share, one that knows much its
    own.

    Source: Cestnik 1990, the m-estimate of a probability.
    """
    rows, shared = labels.rows("train"), class_prevalence(labels)
    known = labels.known[rows]
    positive = np.where(known, labels.label[rows], 0.0)
    prevalence = np.empty((max(1, len(labels.sources)), len(shared)))
    for number in range(len(prevalence)):
        own = labels.source[rows] == number
        count = known[own].sum(axis=0) + BORROWED
        prevalence[number] = (positive[own].sum(axis=0) + BORROWED * shared) / count
    return prevalence
