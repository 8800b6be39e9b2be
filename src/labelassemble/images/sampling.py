"""How often each picture is drawn, and an epoch's draw."""

from typing import Literal

import numpy as np
from jaxtyping import Bool, Float, Int

Balance = Literal["none", "source", "class", "both"]


def weigh_pictures(
    label: Float[np.ndarray, "pictures classes"],
    known: Bool[np.ndarray, "pictures classes"],
    source: Int[np.ndarray, " pictures"],
    balance: Balance,
) -> Float[np.ndarray, " pictures"]:
    """Weigh pictures for sampling; the weights sum to 1.

    ``class``: a picture counts as its rarest positive class, whose weight is the square root of how
    many pictures there are for each of its positives, so that rare classes come more often but a
    few pictures do not fill an epoch. ``source``: every source comes equally often. ``both``: every
    source equally often, and within it by class.

    Args:
        label: 1 present, 0 absent; anything where not known.
        known: which cells count.
        source: which source each picture is from.
        balance: see above; ``none``: all alike.
    """
    weight = np.ones(len(label))
    if balance in ("class", "both"):
        positive = known & (label > 0.5)
        number = positive.sum(axis=0)
        by_class = np.sqrt(len(label) / np.maximum(number, 1))
        weight = np.maximum(weight, np.where(positive, by_class, 0.0).max(axis=1, initial=0.0))
    if balance in ("source", "both"):
        totals = np.bincount(source, weights=weight)
        weight = weight / totals[source]
    return np.asarray(weight / weight.sum())


def draw_epoch(
    weight: Float[np.ndarray, " pictures"], number: int, generator: np.random.Generator
) -> Int[np.ndarray, " number"]:
    """Draw an epoch's pictures, in random order.

    Systematic sampling: every picture comes as often as its weight says, rounded up or down at
    random, so that equal weights and as many draws as pictures show each exactly once.

    Args:
        weight: sums to 1.
        number: how many to draw.
        generator: where the draws come from.
    """
    order = generator.permutation(len(weight))
    ends = np.cumsum(weight[order]) * number
    ends[-1] = number
    points = np.arange(number) + generator.random()
    chosen = order[np.searchsorted(ends, points, side="right").clip(max=len(weight) - 1)]
    return generator.permutation(chosen)
