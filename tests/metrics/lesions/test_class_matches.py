from collections.abc import Callable

import numpy as np
import pytest

from labelassemble.errors import MetricError
from labelassemble.metrics.lesions.class_matches import class_matches
from labelassemble.metrics.lesions.match_lesions import Matches


def test_counts_what_is_neither_ignored_nor_unknown(draw_matches: Callable[..., Matches]) -> None:
    matches = draw_matches(0, scans=20)
    for place in range(2):
        one = class_matches(matches, place)
        kept = [
            (int(scan), float(score), bool(outcome))
            for scan, kind, score, outcome in zip(
                matches.candidate_scan,
                matches.candidate_class,
                matches.candidate_score,
                matches.candidate_outcome,
                strict=True,
            )
            if kind == place and outcome >= 0
        ]
        assert kept == list(zip(one.scan, one.score, one.correct, strict=True))
        for scan in range(20):
            rows = (matches.truth_scan == scan) & (matches.truth_class == place)
            assert one.truths[scan] == (matches.truth_outcome[rows] >= 0).sum()
        assert one.reason == ""


def test_a_scan_that_becomes_unknown_loses_all(draw_matches: Callable[..., Matches]) -> None:
    matches = draw_matches(1, scans=8)
    known = matches.known.copy()
    known[:4] = False
    one = class_matches(matches._replace(known=known), 0)
    assert (one.scan >= 4).all()
    assert not one.truths[:4].any()


def test_reasons(draw_matches: Callable[..., Matches]) -> None:
    matches = draw_matches(2)
    nobody = matches._replace(known=np.zeros_like(matches.known))
    assert class_matches(nobody, 0).reason == "nobody looked for the class on any scan"
    healthy = matches._replace(truth_outcome=np.full_like(matches.truth_outcome, -1))
    assert "no scan has a lesion" in class_matches(healthy, 0).reason


def test_no_such_class(draw_matches: Callable[..., Matches]) -> None:
    with pytest.raises(MetricError, match="from 0 to 1"):
        class_matches(draw_matches(0), 2)
