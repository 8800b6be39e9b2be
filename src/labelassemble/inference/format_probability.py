"""Probabilities as text: as many digits as tell the sure from the surest, and no more."""

import math

_DIGITS = 4
"""Significant digits of a probability, or of what it lacks to 1."""


def format_probability(probability: float) -> str:
    """Write a probability with four significant digits, counted from 0 or from 1, the nearer.

    With a fixed number of decimals the surest predictions would all be 1, and their order lost.

    Args:
        probability: in [0, 1].

    >>> [format_probability(one) for one in (0.823746, 0.0123456, 0.99999998765, 1.0)]
    ['0.8237', '0.01235', '0.99999998765', '1']
    """
    distance = min(probability, 1.0 - probability)
    if distance <= 0.0:
        return f"{probability:g}"
    decimals = min(16, _DIGITS - 1 - math.floor(math.log10(distance)))
    return f"{probability:.{decimals}f}"
