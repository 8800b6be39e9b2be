"""The strong view's answers, drawn to the sharpened answers of the weak view."""

from labelassemble.losses.distance import Distance, masked_distance
from labelassemble.types import Answer, Known, Scalar


def consist_loss(
    strong_answer: Answer,
    pseudo_label: Answer,
    cell: Known,
    distance: Distance = "mean_square",
) -> Scalar:
    """Measure how far the answers on the strong view are from the weak view's pseudo labels.

    The mean of (a_s - pseudo label)^2 over the cells, or the root of the sum.

    Args:
        strong_answer: a_s, probabilities on the strongly augmented view.
        pseudo_label: the weak view's answers sharpened.
        cell: which cells count: the unknown ones in the papers.
        distance: see ``masked_distance``.

    Paper: Kang 2023, L_consist.
    """
    return masked_distance(strong_answer, pseudo_label, cell, distance)
