"""An AUROC taken apart: what every single positive and negative image adds to it."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int, Real
from scipy.stats import rankdata

from labelassemble.metrics.known_cells import known_cells


class StructuralComponents(NamedTuple):
    """For every image, how often it is on the right side of the images of the other kind.

    Both means are the AUROC; of a difference of two methods, the difference of their AUROCs.
    """

    positive: Float[np.ndarray, " positives"]
    negative: Float[np.ndarray, " negatives"]
    positive_image: Int[np.ndarray, " positives"]
    """Which images the positives are, as places in what was given."""
    negative_image: Int[np.ndarray, " negatives"]


def structural_components(
    score: Real[np.ndarray, " images"],
    label: Real[np.ndarray, " images"],
    known: Bool[np.ndarray, " images"],
) -> StructuralComponents:
    """Take the AUROC of one class apart, from midranks.

    Args:
        score: higher means more likely present; any finite scale.
        label: 1 present, 0 absent; soft labels count as unknown; anything where not known.
        known: whether somebody judged this class on this image.

    Returns:
        Components in [0, 1]; none at all without a known positive or without a known negative.

    Raises:
        MetricError: see ``known_cells``.

    Source: DeLong, DeLong and Clarke-Pearson 1988; Sun and Xu 2014, midranks.

    >>> score, label = np.array([0.1, 0.4, 0.3, 0.8]), np.array([0.0, 0.0, 1.0, 1.0])
    >>> parts = structural_components(score, label, known=np.full(4, True))
    >>> parts.positive, parts.negative
    (array([0.5, 1. ]), array([1. , 0.5]))
    """
    cells = known_cells(score, label, known)
    positive, negative = cells.score[cells.positive], cells.score[~cells.positive]
    if positive.size == 0 or negative.size == 0:
        none, nowhere = np.empty(0), np.empty(0, dtype=np.int64)
        return StructuralComponents(none, none, nowhere, nowhere)
    # A midrank among all minus the midrank among one's own kind counts the others passed.
    midrank = rankdata(cells.score)
    return StructuralComponents(
        positive=(midrank[cells.positive] - rankdata(positive)) / negative.size,
        negative=1 - (midrank[~cells.positive] - rankdata(negative)) / positive.size,
        positive_image=cells.image[cells.positive],
        negative_image=cells.image[~cells.positive],
    )


def difference_components(
    first: Real[np.ndarray, "first_predictions images"],
    second: Real[np.ndarray, "second_predictions images"],
    label: Real[np.ndarray, " images"],
    known: Bool[np.ndarray, " images"],
) -> StructuralComponents:
    """Take a difference of AUROCs apart: second minus first, each averaged over its networks.

    Args:
        first: scores of the first method, one row a network (seed).
        second: the same of the second method.
        label: 1 present, 0 absent; soft labels count as unknown; anything where not known.
        known: whether somebody judged this class on this image.

    Returns:
        Components in [-1, 1]; none at all without a known positive or without a known negative.

    Raises:
        MetricError: see ``known_cells``.
    """
    before, after = (
        _average([structural_components(score, label, known) for score in scores])
        for scores in (first, second)
    )
    return after._replace(
        positive=after.positive - before.positive, negative=after.negative - before.negative
    )


def _average(components: Sequence[StructuralComponents]) -> StructuralComponents:
    return components[0]._replace(
        positive=np.mean([each.positive for each in components], axis=0),
        negative=np.mean([each.negative for each in components], axis=0),
    )
