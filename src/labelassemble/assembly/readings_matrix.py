"""Everything that was said about the table's images: a row a reading."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Int, UInt8, UInt16

from labelassemble.setting_types import EVERY_EVIDENCE, REVIEW
from labelassemble.sources.assessments import Reason


class Readings(NamedTuple):
    """What was said, a row a reading (or, once readers are settled, an image).

    Rows are sorted by image, then by source, then by image.

    Attributes:
        image: number of the image, from 0.
        image: number of the image, from 0.
        source: place of the source in the recipe.
        state: index into ``sources.assessments.STATES``.
        reason: index into ``reasons``.
        evidence: index into ``EVERY_EVIDENCE`` of whoever decided the cell.
        rule: index into ``rules``: what settled the cell so far; 0 where nothing had to be settled.
        reasons: every reason once.
        rules: every rule once, ``""`` first.
        share: of the readers who were sure, how many said positive; NaN where that does not count.
    """

    record: Int[np.ndarray, " rows"]
    image: Int[np.ndarray, " rows"]
    source: Int[np.ndarray, " rows"]
    state: UInt8[np.ndarray, "rows classes"]
    reason: UInt16[np.ndarray, "rows classes"]
    evidence: UInt8[np.ndarray, "rows classes"]
    rule: UInt16[np.ndarray, "rows classes"]
    reasons: tuple[Reason, ...]
    rules: tuple[str, ...]
    share: np.ndarray | None


def rank_evidence(names: Sequence[str]) -> Int[np.ndarray, " kinds"]:
    """Give each of ``EVERY_EVIDENCE`` its rank: ``REVIEW``, then ``names``, then the rest."""
    order = [REVIEW, *(one for one in names if one != REVIEW)]
    return np.array([order.index(one) if one in order else len(order) for one in EVERY_EVIDENCE])
