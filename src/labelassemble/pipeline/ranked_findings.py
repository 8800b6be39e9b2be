"""The most probable classes of an image, in words."""

from collections.abc import Mapping

from labelassemble.inference.format_probability import format_probability


def rank_findings(probability: Mapping[str, float], number: int) -> str:
    """Name the most probable classes, the first ones first; of equal ones in the given order.

    Args:
        probability: class to a number in [0, 1].
        number: how many; at least 1.

    >>> rank_findings({"edema": 0.12, "mass": 0.8237, "nodule": 0.4}, 2)
    'mass 0.8237; nodule 0.4000'
    """
    best = sorted(probability, key=lambda name: -probability[name])[:number]
    return "; ".join(f"{name} {format_probability(probability[name])}" for name in best)
