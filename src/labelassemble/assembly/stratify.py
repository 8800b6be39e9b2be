"""Drawing parts of groups such that each holds its share of every class and source."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int, Int8, Int64

from labelassemble.assembly.held_strata import HeldStrata
from labelassemble.assembly.roles import WISHES
from labelassemble.assembly.strata import Strata

PARTS = ("train", "validate", "test")
TRAIN, VALIDATE, TEST = range(3)
NO_FOLD = -1
"""Fold of groups that are in none: those in test, and those whose source asks for a part."""


class SplitSizes(NamedTuple):
    """How large the parts are.

    Attributes:
        test: share of the free groups that become test, in [0, 1].
        validation: share of the drawable groups outside test that become validation.
        folds: parts of equal size of the drawable groups outside test; 0: none.
        fold: which of them is validation.
    """

    test: float
    validation: float
    folds: int = 0
    fold: int = 0


def split_groups(
    wish: Int8[np.ndarray, " groups"],
    strata: Strata,
    priority: Float[np.ndarray, " groups"],
    sizes: SplitSizes,
) -> tuple[Int8[np.ndarray, " groups"], Int64[np.ndarray, " groups"]]:
    """Put every group into train, validate or test.

    What the groups ask for wins. The test part is then drawn from the free groups, the validation
    part (or the folds) from all groups that may still be in it; each is an iterative stratification
    (``draw_share``). Of every essential stratum, validation gets a group where two or more groups
    that are not in test hold it, and training keeps one where that can be had.

    Args:
        wish: per group, index into ``WISHES``: the strongest wish of its images.
        strata: what each group holds.
        priority: uniform in [0, 1), drawn beforehand: groups with low values are drawn first.
        sizes: how large the parts are.

    Returns:
        Per group, index into ``PARTS``; and its fold, ``NO_FOLD`` where it is in none.

    Source: after the iterative stratification of Sechidis 2011, rarest stratum first; our own in
    that it is drawn over groups, a stratum at a time, and keeps essential strata on both sides.
    """
    held_by, essential = strata
    part = np.full(len(wish), TRAIN, dtype=np.int8)
    part[wish == WISHES.index("test")] = TEST
    part[wish == WISHES.index("validate")] = VALIDATE
    free = wish == WISHES.index("free")
    drawable = free | (wish == WISHES.index("rest"))
    if sizes.test > 0:
        outside = part != TEST
        held = held_by.count(outside)
        least = (essential & (held >= 3)).astype(np.int64)
        chosen = draw_share(held_by, free, sizes.test, least, priority)
        # Scores can do without a rare class; training and model choice need two groups of it.
        chosen = _give_back(chosen, held_by, outside, essential * np.minimum(held, 2), priority)
        part[chosen] = TEST
    eligible = drawable & (part != TEST)
    fold = np.full(len(wish), NO_FOLD, dtype=np.int64)
    if sizes.folds:
        fold = draw_folds(held_by, eligible, sizes.folds, priority)
        part[fold == sizes.fold] = VALIDATE
    elif sizes.validation > 0:
        _draw_validation(part, eligible, strata, priority, sizes.validation)
    return part, fold


def draw_folds(
    strata: HeldStrata,
    eligible: Bool[np.ndarray, " groups"],
    folds: int,
    priority: Float[np.ndarray, " groups"],
) -> Int64[np.ndarray, " groups"]:
    """Draw one fold after the other from what is left: each an equal share of every stratum.

    Args:
        strata: what each group holds.
        eligible: groups that are drawn.
        folds: how many.
        priority: uniform in [0, 1), drawn beforehand: groups with low values are drawn first.

    Returns:
        Number of each group's fold; ``NO_FOLD``: not drawn.
    """
    fold = np.full(len(eligible), NO_FOLD, dtype=np.int64)
    for number in range(folds):
        waiting = eligible & (fold == NO_FOLD)
        least = (strata.count(waiting) >= folds - number).astype(np.int64)
        share = 1.0 / (folds - number)
        fold[draw_share(strata, waiting, share, least, priority)] = number
    return fold


def _draw_validation(
    part: Int8[np.ndarray, " groups"],
    eligible: Bool[np.ndarray, " groups"],
    strata: Strata,
    priority: Float[np.ndarray, " groups"],
    share: float,
) -> None:
    """Draw the validation part, in place."""
    held_by, essential = strata
    outside = part != TEST
    held = held_by.count(outside)
    needed = essential & (held >= 2)
    already = held_by.count(part == VALIDATE) > 0
    least = (needed & ~already).astype(np.int64)
    chosen = draw_share(held_by, eligible, share, least, priority)
    trained = outside & (part != VALIDATE)
    kept = essential * np.minimum(held_by.count(trained), 1)
    chosen = _give_back(chosen, held_by, trained, kept, priority)
    part[chosen] = VALIDATE
    _fetch(part, eligible, held_by, needed, essential, priority)


def draw_share(
    strata: HeldStrata,
    eligible: Bool[np.ndarray, " groups"],
    share: float,
    least: Int[np.ndarray, " strata"],
    priority: Float[np.ndarray, " groups"],
) -> Bool[np.ndarray, " groups"]:
    """Draw a share of the groups such that it holds the same share of every stratum.

    The stratum with the fewest undecided groups goes first: as many of them as its share still
    lacks are drawn, by priority, and all of them are then decided. At last, groups that hold no
    stratum fill the share of the whole.

    Args:
        strata: what each group holds.
        eligible: groups that may be drawn.
        share: in [0, 1].
        least: groups of each stratum to draw at the least, as far as there are any.
        priority: groups with low values are drawn first.

    Returns:
        The groups drawn.

    >>> from labelassemble.assembly.held_strata import pack_strata
    >>> strata = pack_strata(np.array([[1, 0], [1, 0], [0, 1], [0, 1]], dtype=bool))
    >>> everyone, none = np.ones(4, dtype=bool), np.zeros(2, dtype=int)
    >>> draw_share(strata, everyone, 0.5, none, np.array([0.4, 0.1, 0.2, 0.3])).tolist()
    [False, True, True, False]
    """
    undecided = np.flatnonzero(eligible)
    undecided = undecided[np.argsort(priority[undecided], kind="stable")]
    holds = strata.take(undecided)

    def count(rows: Int[np.ndarray, " rows"]) -> Int64[np.ndarray, " strata"]:
        # A last stratum that every group holds keeps the size of the whole.
        return np.append(holds.count(rows), len(rows))

    remaining = count(np.arange(len(undecided)))
    wanted = np.floor(share * remaining + 0.5).astype(np.int64)
    wanted[:-1] = np.maximum(wanted[:-1], least)
    drawn = np.zeros(len(undecided), dtype=bool)
    is_open = np.ones(len(undecided), dtype=bool)
    while remaining.any():
        rarest = int(np.argmin(np.where(remaining > 0, remaining, np.iinfo(np.int64).max)))
        every = rarest == holds.strata
        holders = np.flatnonzero(is_open if every else is_open & holds.column(rarest))
        lacking = int(np.clip(wanted[rarest], 0, len(holders)))
        drawn[holders[:lacking]] = True
        wanted -= count(holders[:lacking])
        is_open[holders] = False
        remaining -= count(holders)
    chosen = np.zeros(len(eligible), dtype=bool)
    chosen[undecided[drawn]] = True
    return chosen


def _give_back(
    chosen: Bool[np.ndarray, " groups"],
    strata: HeldStrata,
    pool: Bool[np.ndarray, " groups"],
    kept: Int[np.ndarray, " strata"],
    priority: Float[np.ndarray, " groups"],
) -> Bool[np.ndarray, " groups"]:
    """Take groups back out of the draw until the pool keeps ``kept`` groups of each stratum."""
    chosen = chosen.copy()
    left = strata.count(pool & ~chosen)
    for stratum in np.flatnonzero(left < kept).tolist():
        holders = np.flatnonzero(chosen & strata.column(stratum))
        last_drawn = holders[np.argsort(-priority[holders], kind="stable")]
        back = last_drawn[: max(0, int(kept[stratum] - left[stratum]))]
        chosen[back] = False
        left += strata.count(back)
    return chosen


def _fetch(
    part: Int8[np.ndarray, " groups"],
    eligible: Bool[np.ndarray, " groups"],
    strata: HeldStrata,
    needed: Bool[np.ndarray, " strata"],
    essential: Bool[np.ndarray, " strata"],
    priority: Float[np.ndarray, " groups"],
) -> None:
    """Move groups from train to validate, in place, until it holds every needed stratum.

    The group is taken whose loss costs training the fewest essential strata altogether.
    """
    validated = strata.count(part == VALIDATE) > 0
    trained = strata.count(part == TRAIN)
    for stratum in np.flatnonzero(needed).tolist():
        if validated[stratum]:
            continue
        holders = np.flatnonzero(eligible & (part == TRAIN) & strata.column(stratum))
        if len(holders) == 0:
            continue
        lost = sum(
            (
                strata.column(one)[holders]
                for one in np.flatnonzero(essential & (trained == 1)).tolist()
            ),
            start=np.zeros(len(holders), dtype=np.int64),
        )
        best = holders[np.lexsort((priority[holders], lost))[0]]
        part[best] = VALIDATE
        own = strata.count(np.array([best]))
        validated |= own > 0
        trained -= own
