"""Average precision of lesion detection."""

from typing import NamedTuple

import numpy as np

from labelassemble.metrics.lesions.class_matches import class_matches
from labelassemble.metrics.lesions.match_lesions import Matches


class DetectionAp(NamedTuple):
    """One class's average precision; nan without truths or known scans."""

    score: float
    """In [0, 1]; at the overlap that the matching asked for."""
    truths: int
    candidates: int
    """That are true or false."""
    reason: str
    """Why there is no score; empty where there is one."""


def detection_ap(matches: Matches, class_place: int) -> DetectionAp:
    """Area below the interpolated precision-recall curve of one class.

    The precision at a recall is the highest at that recall or any higher one, at all points (as
    PASCAL VOC since 2010; COCO samples the same curve at 101 recalls). Candidates of one score are
    passed together. The overlap is that of the matching: 0.1 is usual in 3-D, 0.4 or 0.5 in 2-D.

    Args:
        matches: of all scans.
        class_place: which class.

    Raises:
        MetricError: there is no such class.

    Source: Everingham 2010, PASCAL VOC.
    """
    one = class_matches(matches, class_place)
    truths = int(one.truths.sum())
    if one.reason:
        return DetectionAp(float("nan"), truths, one.score.size, one.reason)
    values, place = np.unique(-one.score, return_inverse=True)
    found = np.bincount(place[one.correct], minlength=values.size)
    precision = found.cumsum() / np.bincount(place, minlength=values.size).cumsum()
    highest = np.maximum.accumulate(precision[::-1])[::-1]
    return DetectionAp(float((found * highest).sum() / truths), truths, one.score.size, "")
