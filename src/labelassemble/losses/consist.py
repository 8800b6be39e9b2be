"""The strong view's predictions, drawn to the sharpened predictions of the weak view."""

from labelassemble.losses.distance import Distance, masked_distance
from labelassemble.types import Known, Probability, Scalar


def consist_loss(
    strong_probability: Probability,
    pseudo_label: Probability,
    cell: Known,
    distance: Distance = "mean_square",
) -> Scalar:
    """Measure how far the predictions on the strong view are from the weak view's pseudo labels.

    The mean of (a_s - pseudo label)^2 over the cells, or the root of the sum.

    Args:
        strong_probability: a_s, probabilities on the strongly augmented view.
        pseudo_label: the weak view's predictions sharpened.
        cell: which cells count: the unknown ones in the papers.
        distance: see ``masked_distance``.

    Paper: Kang 2023, L_consist.
    """
    return masked_distance(strong_probability, pseudo_label, cell, distance)
