"""Calibrated probabilities and calls of several networks together, or of one."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from jaxtyping import Float

from labelassemble.errors import RunError
from labelassemble.inference.operating_file import EVERY_SOURCE, Operation
from labelassemble.metrics.platt import apply_platt

Cohere = Callable[[np.ndarray], np.ndarray]
"""Raises each class of a matrix of images and classes to those that imply it; nan stays."""


def pool_calibrated(
    operations: Sequence[Operation],
    each: Float[np.ndarray, "networks images classes"],
    classes: Sequence[str],
    source: str,
    cohere: Cohere,
) -> Float[np.ndarray, "images classes"]:
    """Average the networks' calibrated probabilities.

    Each network's are calibrated by its own numbers first. Where calibrated networks disagree their
    mean is less sure than it might be (Rahaman and Thiery 2021), and never surer than they are.

    Args:
        operations: one a network.
        each: probabilities, not calibrated.
        classes: of the last axis.
        source: whose images they are.
        cohere: applied to each network's.

    Returns:
        In [0, 1]; nan where one of the networks has no calibration of the class.
    """
    mean: Float[np.ndarray, "images classes"] = calibrate_each(
        operations, each, classes, source, cohere
    ).mean(axis=0)
    return mean


def calibrate_each(
    operations: Sequence[Operation],
    each: Float[np.ndarray, "networks images classes"],
    classes: Sequence[str],
    source: str,
    cohere: Cohere,
) -> Float[np.ndarray, "networks images classes"]:
    """Calibrate each network's probabilities by its own numbers; as ``pool_calibrated``."""
    return np.stack(
        [
            cohere(own.calibrate(one, classes, source))
            for own, one in zip(operations, each, strict=True)
        ]
    )


def pool_calls(
    operations: Sequence[Operation],
    each: Float[np.ndarray, "networks images classes"],
    classes: Sequence[str],
    source: str,
    cohere: Cohere,
) -> Float[np.ndarray, "images classes"]:
    """Call present (1) or absent (0) what several networks say together; nan: no call.

    A class is present where the mean of the calibrated probabilities is at least the mean of the
    networks' thresholds, each calibrated as its network's probabilities are. Of one network that is
    its own call.

    Args:
        operations, each, classes, source, cohere: as in ``pool_calibrated``; ``cohere`` is applied
            to the calls.
    """
    if len(operations) == 1:
        return cohere(operations[0].call(each[0], classes, source))
    mean = pool_calibrated(operations, each, classes, source, lambda values: values)
    threshold = np.array(
        [np.mean([_threshold(one, name, source) for one in operations]) for name in classes]
    )
    known = ~(np.isnan(mean) | np.isnan(threshold))
    return cohere(np.where(known, mean >= threshold, np.nan))


def list_uncalled(
    operations: Sequence[Operation], classes: Sequence[str], source: str = EVERY_SOURCE
) -> Mapping[str, str]:
    """Give the classes without a call, and why; of several networks the first reason."""
    told: dict[str, str] = {}
    for one in operations:
        told = {**one.list_uncalled(classes, source), **told}
    return {name: told[name] for name in classes if name in told}


def refuse_unequal_operations(operations: Sequence[Operation | None]) -> tuple[Operation, ...]:
    """Give the networks' calibration and thresholds; none where none of them has any.

    Raises:
        RunError: some have them and others not, or they call by different rules.
    """
    there = tuple(one for one in operations if one is not None)
    rules = list(dict.fromkeys(one.rule for one in there))
    if there and len(there) < len(operations):
        got = f"{len(there)} of {len(operations)} runs that are calibrated"
    elif len(rules) > 1:
        got = f"calls by {' and by '.join(rules)}"
    else:
        return there
    raise RunError(
        "runs whose calibration and calls can be averaged: all calibrated, by one threshold_rule",
        got,
        "Leave those runs out, or recalibrate each and give what that wrote: --operating FILE, "
        "once a run in their order",
    )


def _threshold(operation: Operation, name: str, source: str) -> float:
    """A network's threshold, calibrated; nan: it has none."""
    one = operation.choose(name, source)
    point = None if one is None else one.points.get(operation.rule)
    if one is None or point is None or one.calibration is None:
        return float("nan")
    return float(apply_platt(np.array([point.threshold]), one.calibration)[0])
