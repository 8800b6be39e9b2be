"""Confident learning of one class: which labels contradict out-of-fold probabilities."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from labelassemble.errors import MetricError


class ConfidentCounts(NamedTuple):
    """What confident learning says of one class in one source.

    Attributes:
        absent_from: out-of-fold probability of absence from which on absence is believed: the mean
            of it over cells labelled absent.
        present_from: the same of presence, over cells labelled present.
        likely: cells whose label is not what is believed of them.
        faults: labels of either kind that are expected to be wrong, of those labelled absent and
            of those labelled present: shares of the confident joint, times the labels there are.
    """

    absent_from: float
    present_from: float
    likely: Bool[np.ndarray, " cells"]
    faults: tuple[float, float]


def count_confident(
    probability: Float[np.ndarray, " cells"], label: Float[np.ndarray, " cells"]
) -> ConfidentCounts:
    """Compare labels with what out-of-fold probabilities make believe.

    With classes j in {absent, present} and p_j an image's out-of-fold probability of j, the
    threshold is t_j = mean of p_j over images labelled j. An image is believed to be the j with
    the largest p_j among those with p_j >= t_j; of one with none nothing is believed. The
    confident joint C[i, j] counts images labelled i and believed j; of the N_i labelled i,
    N_i C[i, j] / sum over k of C[i, k] are expected to be j.

    Args:
        probability: of presence, in [0, 1], from a network that did not learn from the image or
            another one of its patient.
        label: 1 present, 0 absent.

    Raises:
        MetricError: other labels, numbers outside [0, 1], or one kind of label alone.

    Source: Northcutt 2021, Confident learning: estimating uncertainty in dataset labels.
    Paper: Northcutt 2021, confident joint.

    >>> count_confident(np.array([0.9, 0.8, 0.1, 0.2, 0.9]), np.array([1.0, 1, 0, 0, 0])).likely
    array([False, False, False, False,  True])
    """
    inside = (probability >= 0.0) & (probability <= 1.0)
    if not inside.all() or not np.isin(label, (0.0, 1.0)).all() or len(set(label.tolist())) < 2:
        raise MetricError(
            "probabilities in [0, 1] and labels of both kinds, 0 and 1",
            f"{int((~inside).sum()):,} numbers outside, labels {sorted(set(label.tolist()))[:4]}",
            "Leave out the class where nobody found it, or where everybody did",
        )
    given = label == 1.0
    each = np.stack([1.0 - probability, probability])
    start = np.array([each[0][~given].mean(), each[1][given].mean()])
    # Rounding must not lift a mean of equal numbers above each of them.
    sure = np.where(each >= start[:, None] - 1e-12, each, -1.0)
    believed = sure.argmax(axis=0)
    some = sure.max(axis=0) >= 0.0
    joint = np.array(
        [[np.sum(some & (given == i) & (believed == j)) for j in (0, 1)] for i in (0, 1)]
    )
    labelled = np.array([np.sum(~given), np.sum(given)])
    share = joint[[0, 1], [1, 0]] / np.maximum(joint.sum(axis=1), 1)
    faults = share * labelled
    return ConfidentCounts(
        absent_from=float(start[0]),
        present_from=float(start[1]),
        likely=some & (believed != given),
        faults=(float(faults[0]), float(faults[1])),
    )


def self_confidence(
    probability: Float[np.ndarray, "*shape"], label: Float[np.ndarray, "*shape"]
) -> Float[np.ndarray, "*shape"]:
    """Give the probability of the label that was given: low where it is likely to be wrong.

    Args:
        probability: of presence, out of fold.
        label: 1 present, 0 absent.

    Source: Northcutt 2021.
    Paper: Northcutt 2021, self-confidence.

    >>> self_confidence(np.array([0.9, 0.9]), np.array([1.0, 0.0])).round(2)
    array([0.9, 0.1])
    """
    confidence: Float[np.ndarray, "*shape"] = np.where(label == 1.0, probability, 1.0 - probability)
    return confidence
