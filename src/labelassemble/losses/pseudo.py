"""The weak view's answers, drawn to their own sharpened values."""

from labelassemble.losses.distance import Distance, masked_distance
from labelassemble.types import Answer, Known, Scalar


def pseudo_loss(
    weak_answer: Answer,
    pseudo_label: Answer,
    cell: Known,
    distance: Distance = "mean_square",
) -> Scalar:
    """Measure how far the answers on the weak view are from their pseudo labels.

    The mean of (a_w - pseudo label)^2 over the cells, or the root of the sum.

    Args:
        weak_answer: a_w, probabilities on the weakly augmented view.
        pseudo_label: the same answers sharpened.
        cell: which cells count: the unknown ones in the papers.
        distance: see ``masked_distance``.

    Paper: Kang 2023, L_pseudo.
    """
    return masked_distance(weak_answer, pseudo_label, cell, distance)
