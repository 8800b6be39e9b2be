"""The weak view's predictions, drawn to their own sharpened values."""

from labelassemble.losses.distance import Distance, masked_distance
from labelassemble.types import Known, Probability, Scalar


def pseudo_loss(
    weak_probability: Probability,
    pseudo_label: Probability,
    cell: Known,
    distance: Distance = "mean_square",
) -> Scalar:
    """Measure how far the predictions on the weak view are from their pseudo labels.

    The mean of (a_w - pseudo label)^2 over the cells, or the root of the sum.

    Args:
        weak_probability: a_w, probabilities on the weakly augmented view.
        pseudo_label: the same predictions sharpened.
        cell: which cells count: the unknown ones in the papers.
        distance: see ``masked_distance``.

    Paper: Kang 2023, L_pseudo.
    """
    return masked_distance(weak_probability, pseudo_label, cell, distance)
