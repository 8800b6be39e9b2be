"""From which probability on a class is called present, and how sure that threshold is."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int, Real

from labelassemble.metrics.bootstrap import CHUNK_BYTES, draw_multiplicities
from labelassemble.metrics.interval import percentile_interval
from labelassemble.metrics.known_cells import known_cells
from labelassemble.settings import ThresholdRule

RULES: tuple[ThresholdRule, ...] = ("youden", "sensitivity", "specificity")
"""youden: the largest sensitivity + specificity - 1; of equal ones the highest threshold.
sensitivity: the highest threshold that reaches it. specificity: the lowest that reaches it."""

_ROUNDING = 1e-12


class ChosenThreshold(NamedTuple):
    """A threshold and its percentile interval over patients; nan where none reaches what is asked.

    Attributes:
        threshold: probabilities at or above it are called present.
        low, high: ends of its interval.
    """

    threshold: float
    low: float
    high: float


def choose_threshold_by(
    rule: ThresholdRule,
    asked: float,
    true_rate: Float[np.ndarray, "*replicates points"],
    false_rate: Float[np.ndarray, "*replicates points"],
) -> Int[np.ndarray, "*replicates"]:
    """Choose a point of a curve whose rates rise; -1 where none reaches what is asked.

    Args:
        rule: one of ``RULES``.
        asked: the sensitivity or specificity to reach, in [0, 1]; of ``youden`` not looked at.
        true_rate: sensitivity at each threshold, from the highest threshold on.
        false_rate: 1 - specificity there.
    """
    if rule == "youden":
        return np.asarray(np.argmax(true_rate - false_rate, axis=-1))
    if rule == "sensitivity":
        reached = true_rate >= asked - _ROUNDING
        place = np.argmax(reached, axis=-1)
    else:
        reached = 1 - false_rate >= asked - _ROUNDING
        place = np.count_nonzero(reached, axis=-1) - 1
    return np.where(reached.any(axis=-1), place, -1)


def choose_with_interval(
    probability: Real[np.ndarray, " images"],
    label: Real[np.ndarray, " images"],
    known: Bool[np.ndarray, " images"],
    patient: Int[np.ndarray, " images"],
    *,
    asked: dict[ThresholdRule, float],
    replicates: int,
    confidence: float,
    generator: np.random.Generator,
) -> dict[ThresholdRule, ChosenThreshold]:
    """Choose a threshold by each rule, and again in every bootstrap replicate of patients.

    Args:
        probability: any finite scale.
        label: 1 present, 0 absent; soft labels count as unknown; anything where not known.
        known: whether somebody judged this class on this image.
        patient: any number that says whose image it is.
        asked: rule to the sensitivity or specificity that it has to reach.
        replicates: bootstrap replicates; 0: no intervals.
        confidence: of the interval, in (0, 1).
        generator: where randomness comes from.

    Returns:
        A threshold a rule; all nan without a known positive or a known negative.

    Source: Youden 1950; Efron and Tibshirani 1993, percentile interval.

    >>> probability, label = np.array([0.1, 0.4, 0.6, 0.9]), np.array([0.0, 0.0, 1.0, 1.0])
    >>> found = choose_with_interval(
    ...     probability, label, np.full(4, True), np.arange(4), asked={"youden": 0.0},
    ...     replicates=0, confidence=0.95, generator=np.random.default_rng(0),
    ... )
    >>> found["youden"].threshold
    0.6
    """
    cells = known_cells(probability, label, known)
    nothing = ChosenThreshold(*(float("nan"),) * 3)
    if cells.positive.all() or not cells.positive.any():
        return dict.fromkeys(asked, nothing)
    order = np.argsort(-cells.score, kind="stable")
    value = cells.score[order]
    # The last cell of each distinct value: what is called present from there on.
    ends = np.flatnonzero(np.append(value[1:] != value[:-1], True))
    owner = np.unique(patient[cells.image][order], return_inverse=True)[1]
    curves = _Curves(cells.positive[order], owner, ends)
    whole = curves.rates(np.ones((1, owner.max() + 1), dtype=np.int64))
    drawn = _draw(curves, value[ends], asked, replicates, generator)
    found = {}
    for rule, level in asked.items():
        place = int(choose_threshold_by(rule, level, *whole)[0])
        threshold = float(value[ends][place]) if place >= 0 else float("nan")
        interval = percentile_interval(drawn[rule], confidence)
        found[rule] = ChosenThreshold(threshold, interval.low, interval.high)
    return found


class _Curves(NamedTuple):
    """Cells of one class from the highest probability on, and whose they are."""

    positive: Bool[np.ndarray, " cells"]
    owner: Int[np.ndarray, " cells"]
    ends: Int[np.ndarray, " points"]

    def rates(
        self, multiplicity: Int[np.ndarray, "replicates patients"]
    ) -> tuple[Float[np.ndarray, "replicates points"], Float[np.ndarray, "replicates points"]]:
        """Sensitivity and false-positive rate at each point, of patients drawn so often."""
        weight = multiplicity[:, self.owner]
        sums = [
            np.cumsum(weight * side, axis=1)[:, self.ends]
            for side in (self.positive, ~self.positive)
        ]
        with np.errstate(invalid="ignore"):
            true_rate, false_rate = (one / one[:, -1:] for one in sums)
        return true_rate, false_rate


def _draw(
    curves: _Curves,
    value: Float[np.ndarray, " points"],
    asked: dict[ThresholdRule, float],
    replicates: int,
    generator: np.random.Generator,
) -> dict[ThresholdRule, Float[np.ndarray, " replicates"]]:
    """Thresholds in bootstrap replicates; nan where a side is not drawn or none reaches it."""
    drawn = {rule: np.full(replicates, np.nan) for rule in asked}
    patients = int(curves.owner.max()) + 1
    chunk = max(1, CHUNK_BYTES // (8 * 6 * (curves.owner.size + patients)))
    for start in range(0, replicates, chunk):
        rows = slice(start, min(start + chunk, replicates))
        rates = curves.rates(draw_multiplicities(generator, patients, rows.stop - start))
        scored = ~np.isnan(rates[0][:, 0] + rates[1][:, 0])
        for rule, level in asked.items():
            place = choose_threshold_by(rule, level, *rates)
            drawn[rule][rows] = np.where(scored & (place >= 0), value[place], np.nan)
    return drawn
