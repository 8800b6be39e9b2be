"""The mean over classes, which says how many classes it covers."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float


class ClassMean(NamedTuple):
    """A mean over the classes that could be scored."""

    score: float
    """Mean over the covered classes; nan where there are none."""
    covered: int
    """How many classes could be scored."""
    classes: int
    """How many classes there are."""


def class_mean(score: Float[np.ndarray, " classes"]) -> ClassMean:
    """Average the classes that could be scored, and say how many those are.

    Args:
        score: one number a class; nan where the class could not be scored.

    >>> class_mean(np.array([0.75, np.nan, 0.25]))
    ClassMean(score=0.5, covered=2, classes=3)
    """
    scored = score[~np.isnan(score)]
    mean = float(scored.mean()) if scored.size else float("nan")
    return ClassMean(mean, scored.size, score.size)
