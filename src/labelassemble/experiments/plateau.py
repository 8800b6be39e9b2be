"""When a network has learned what it can: where its validation curve stops to rise."""

import math

import numpy as np
from jaxtyping import Float


def find_plateau(score: Float[np.ndarray, " epochs"], min_rise: float) -> int | None:
    """Give the first epoch after which the score does not rise for a quarter of all epochs.

    Args:
        score: validation score after every epoch, of the longest allowed training; nan where
            nothing could be scored, which is no rise.
        min_rise: by how much at least the best score so far must be passed.

    Returns:
        Epochs until then, from 1; None: the score still rises in the last quarter.

    >>> find_plateau(np.array([0.6, 0.7, 0.8, 0.79, 0.8, 0.78, 0.8, 0.8]), 0.001)
    3
    >>> find_plateau(np.array([0.5, 0.6, 0.7, 0.8]), 0.001) is None
    True
    """
    quarter = math.ceil(len(score) / 4)
    reached = np.fmax.accumulate(score) if len(score) else score
    for epoch in range(len(score) - quarter):
        if not reached[epoch + quarter] >= reached[epoch] + min_rise:
            if np.isnan(reached[epoch]):
                continue
            return epoch + 1
    return None
