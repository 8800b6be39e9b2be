"""How far predictions lie from their pseudo labels, over some of the cells."""

from typing import Literal

from torch import where

from labelassemble.types import Known, Probability, Scalar

Distance = Literal["mean_square", "norm"]


def masked_distance(
    first: Probability, second: Probability, cell: Known, distance: Distance
) -> Scalar:
    """Measure the distance over the cells given: 0 with zero gradient where there are none.

    Args:
        first: predictions.
        second: what they are compared with, of the same shape.
        cell: which cells count, of the same shape.
        distance: ``mean_square``, the mean squared difference; ``norm``, the Euclidean length of
            the difference, which grows with the number of cells.
    """
    weight = cell.to(first.dtype)
    square = ((first - second).square() * weight).sum()
    if distance == "mean_square":
        return square / weight.sum().clamp(min=1.0)
    # The root's gradient at 0 is infinite; the inner where keeps it from being computed there.
    positive = square > 0
    return where(positive, where(positive, square, 1.0).sqrt(), 0.0)
