"""Candidates against truths: found, missed, false, or ignored because nobody looked."""

from collections.abc import Sequence
from enum import IntEnum
from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from labelassemble.errors import MetricError
from labelassemble.metrics.lesions.assign import assign_greedily, assign_optimally
from labelassemble.metrics.lesions.closeness import Closeness, Criterion, measure_closeness
from labelassemble.metrics.lesions.lesions import Lesions, take_lesions
from labelassemble.metrics.lesions.non_maximum_suppression import falling_order
from labelassemble.metrics.lesions.unknown_share import unknown_share


class Outcome(IntEnum):
    """What a candidate or a truth counts as."""

    IGNORED = -1
    """Nobody can say: its class is unknown there."""
    FALSE = 0
    """A candidate that is no truth."""
    MISSED = 0
    """A truth without a candidate."""
    TRUE = 1
    """A candidate that is a truth, or a truth that was found."""


class Matches(NamedTuple):
    """What became of the candidates and truths of one or several scans."""

    candidate_scan: Int[np.ndarray, " candidates"]
    """Which scan, from 0."""
    candidate_class: Int[np.ndarray, " candidates"]
    candidate_score: Float[np.ndarray, " candidates"]
    candidate_outcome: Int[np.ndarray, " candidates"]
    """``Outcome``: true, false, ignored."""
    candidate_truth: Int[np.ndarray, " candidates"]
    """The truth that it is, as a row of the truths here; -1 for none."""
    truth_scan: Int[np.ndarray, " truths"]
    truth_class: Int[np.ndarray, " truths"]
    truth_score: Float[np.ndarray, " truths"]
    """Score of the candidate that found it; -inf where none did."""
    truth_outcome: Int[np.ndarray, " truths"]
    """``Outcome``: found (true), missed, ignored."""
    known: Bool[np.ndarray, "scans classes"]
    """Whether somebody looked for the class, anywhere in the scan."""
    whole: Bool[np.ndarray, "scans classes"]
    """Whether somebody looked for it everywhere in the scan."""


def match_lesions(
    candidates: Lesions,
    truths: Lesions,
    known: Bool[np.ndarray, " classes"],
    *,
    criterion: Criterion,
    known_region: Bool[np.ndarray, "classes *space"] | None = None,
    assignment: Literal["greedy", "optimal"] = "greedy",
    duplicates: Literal["false", "ignored"] = "false",
    ignore_fraction: float = 0.5,
) -> Matches:
    """Match the candidates of one scan to its truths, class by class, one to one.

    Ignored, neither true nor false, are: everything of a class that is not known on this scan;
    candidates and truths of which ``ignore_fraction`` or more lies where their class is unknown;
    and candidates that match no truth but an ignored one.

    Args:
        candidates: what was found.
        truths: what is there.
        known: whether somebody looked for the class on this scan.
        criterion: when a candidate may be a truth.
        known_region: where somebody looked for the class; none: everywhere, where known at all.
        assignment: greedy: by falling score, as COCO does; optimal: as many pairs as can be,
            whatever their scores.
        duplicates: what a second candidate for a truth that is already found counts as: false, as
            in COCO, or ignored, as in LUNA16.
        ignore_fraction: in (0, 1].

    Returns:
        Outcomes in the order of what was given, as one scan.

    Raises:
        MetricError: a class that ``known`` does not hold, a score that is not finite, or see
            ``measure_closeness`` and ``unknown_share``.

    Source: Lin 2014, COCO, its crowd regions becoming regions where a class is unknown.

    >>> from labelassemble.metrics.lesions.find_lesions import find_lesions, true_lesions
    >>> mask = np.array([[[1, 1, 0, 0, 0, 1]]])
    >>> probability = np.array([[[0.7, 0.9, 0, 0.6, 0, 0]]])
    >>> spacing_mm, known = np.ones(2), np.array([True])
    >>> candidates = find_lesions(probability, spacing_mm)
    >>> truths = true_lesions(mask == 1, spacing_mm)
    >>> matches = match_lesions(candidates, truths, known, criterion=Criterion("box_iou", 0.5))
    >>> matches.candidate_outcome, matches.truth_outcome
    (array([1, 0]), array([1, 0]))
    >>> region = np.array([[[True, True, True, False, False, False]]])
    >>> matches = match_lesions(
    ...     candidates, truths, known, criterion=Criterion("box_iou", 0.5), known_region=region
    ... )
    >>> matches.candidate_outcome, matches.truth_outcome
    (array([ 1, -1]), array([ 1, -1]))
    """
    _check(candidates, truths, known, ignore_fraction)
    looked, whole = known.copy(), known.copy()
    if known_region is not None:
        axes = tuple(range(1, known_region.ndim))
        looked &= known_region.any(axis=axes)
        whole &= known_region.all(axis=axes)
    unsure = [
        _ignored(lesions, looked, known_region, ignore_fraction) for lesions in (candidates, truths)
    ]
    best, order = (
        falling_order(lesions.box, lesions.score, lesions.class_place)
        for lesions in (candidates, truths)
    )
    pairs = measure_closeness(
        take_lesions(candidates, best), take_lesions(truths, order), criterion
    )
    sure = Closeness(
        pairs.allowed & ~unsure[0][best][:, None] & ~unsure[1][order][None], pairs.closeness
    )
    if assignment == "greedy":
        assigned = assign_greedily(sure, candidates.score[best])
    else:
        assigned = assign_optimally(sure)
    excused = pairs.allowed[:, unsure[1][order]].any(axis=1) | unsure[0][best]
    if duplicates == "ignored":
        excused |= sure.allowed.any(axis=1)

    truth = np.full(best.size, -1, dtype=np.int64)
    outcome = np.full(best.size, int(Outcome.FALSE), dtype=np.int64)
    hit = assigned >= 0
    truth[best[hit]] = order[assigned[hit]]
    outcome[best[excused]] = Outcome.IGNORED
    outcome[best[hit]] = Outcome.TRUE
    truth_score = np.full(order.size, -np.inf)
    truth_score[order[assigned[hit]]] = candidates.score[best[hit]]
    found = np.where(truth_score > -np.inf, int(Outcome.TRUE), int(Outcome.MISSED))
    return Matches(
        candidate_scan=np.zeros(best.size, dtype=np.int64),
        candidate_class=candidates.class_place,
        candidate_score=candidates.score,
        candidate_outcome=outcome,
        candidate_truth=truth,
        truth_scan=np.zeros(order.size, dtype=np.int64),
        truth_class=truths.class_place,
        truth_score=truth_score,
        truth_outcome=np.where(unsure[1], int(Outcome.IGNORED), found),
        known=looked[None],
        whole=whole[None],
    )


def join_matches(matches: Sequence[Matches]) -> Matches:
    """Matches of several scans as one, scans counted on in the order given.

    Raises:
        MetricError: there is none, or they know different numbers of classes.
    """
    if len({each.known.shape[1] for each in matches}) != 1:
        raise MetricError(
            "matches of at least one scan, all with the same classes",
            f"numbers of classes: {sorted({each.known.shape[1] for each in matches})}",
            "Match every scan with the same list of classes",
        )
    scans = np.cumsum([0, *(len(each.known) for each in matches)])
    truths = np.cumsum([0, *(each.truth_scan.size for each in matches)])
    shifted = [
        each._replace(
            candidate_scan=each.candidate_scan + scan,
            truth_scan=each.truth_scan + scan,
            candidate_truth=np.where(each.candidate_truth < 0, -1, each.candidate_truth + truth),
        )
        for each, scan, truth in zip(matches, scans[:-1], truths[:-1], strict=True)
    ]
    return Matches(*(np.concatenate(columns) for columns in zip(*shifted, strict=True)))


def _ignored(
    lesions: Lesions,
    looked: Bool[np.ndarray, " classes"],
    known_region: Bool[np.ndarray, "classes *space"] | None,
    ignore_fraction: float,
) -> Bool[np.ndarray, " lesions"]:
    ignored: Bool[np.ndarray, " lesions"] = ~looked[lesions.class_place]
    if known_region is not None:
        ignored |= unknown_share(lesions, known_region) >= ignore_fraction
    return ignored


def _check(
    candidates: Lesions,
    truths: Lesions,
    known: Bool[np.ndarray, " classes"],
    ignore_fraction: float,
) -> None:
    for lesions in (candidates, truths):
        wrong = (lesions.class_place < 0) | (lesions.class_place >= known.size)
        if wrong.any():
            raise MetricError(
                f"classes from 0 to {known.size - 1}, as many as known holds",
                f"class {lesions.class_place[wrong][0]}",
                "Give known for every class, in the prediction's order",
            )
    if not 0 < ignore_fraction <= 1:
        raise MetricError("an ignore_fraction in (0, 1]", f"{ignore_fraction:g}", "Give 0.5 or so")
