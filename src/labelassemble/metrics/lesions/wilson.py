"""Wilson's interval of a share."""

import math
from statistics import NormalDist
from typing import NamedTuple


class WilsonInterval(NamedTuple):
    """Ends of an interval in [0, 1]; nan where nothing was counted."""

    low: float
    high: float


def wilson_interval(successes: int, trials: int, confidence: float) -> WilsonInterval:
    """Interval of a share of independent trials; never empty, even at 0 or all successes.

    Args:
        successes: at most ``trials``.
        trials: each independent of the others, such as patients.
        confidence: in (0, 1).

    Source: Wilson 1927.

    >>> low, high = wilson_interval(8, 10, confidence=0.95)
    >>> round(low, 3), round(high, 3)
    (0.49, 0.943)
    """
    if trials == 0:
        return WilsonInterval(float("nan"), float("nan"))
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share = successes / trials
    shrunk = 1 + z**2 / trials
    middle = (share + z**2 / (2 * trials)) / shrunk
    half = z / shrunk * math.sqrt(share * (1 - share) / trials + (z / (2 * trials)) ** 2)
    return WilsonInterval(max(0.0, middle - half), min(1.0, middle + half))
