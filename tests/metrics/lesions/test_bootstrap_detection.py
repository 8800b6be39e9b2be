from collections.abc import Callable

import numpy as np
import pytest

from labelassemble.errors import MetricError
from labelassemble.metrics import bootstrap
from labelassemble.metrics.lesions.bootstrap_detection import bootstrap_detection
from labelassemble.metrics.lesions.detection_ap import detection_ap
from labelassemble.metrics.lesions.froc import RATES, froc
from labelassemble.metrics.lesions.match_lesions import Matches, join_matches

Scans = Callable[..., list[Matches]]


@pytest.mark.parametrize("distinct", [2, 1000])
def test_equals_a_slow_loop_over_patients(draw_scans: Scans, distinct: int) -> None:
    scans = draw_scans(3, 14, distinct)
    patient = np.random.default_rng(0).integers(6, size=14) * 10
    drawn = bootstrap_detection([join_matches(scans)], patient, 25, np.random.default_rng(8))
    generator, names = np.random.default_rng(8), np.unique(patient)
    for replicate in range(25):
        chosen = names[generator.integers(names.size, size=names.size)]
        again = join_matches(
            [scans[scan] for name in chosen for scan in np.flatnonzero(patient == name)]
        )
        for place in range(2):
            curve = froc(again, place)
            np.testing.assert_allclose(
                drawn.sensitivity_at[0, replicate, place], curve.sensitivity_at, atol=1e-12
            )
            np.testing.assert_allclose(drawn.froc_score[0, replicate, place], curve.score)
            np.testing.assert_allclose(
                drawn.average_precision[0, replicate, place], detection_ap(again, place).score
            )


def test_predictions_share_their_replicates(draw_scans: Scans) -> None:
    scans = join_matches(draw_scans(5, 10))
    other = scans._replace(candidate_score=scans.candidate_score[::-1])
    patient = np.arange(10) // 2
    both = bootstrap_detection([scans, other], patient, 12, np.random.default_rng(1))
    for place, one in enumerate((scans, other)):
        alone = bootstrap_detection([one], patient, 12, np.random.default_rng(1))
        for pair in zip(alone, both, strict=True):
            np.testing.assert_array_equal(pair[0][0], pair[1][place])


def test_chunks_do_not_change_the_numbers(
    draw_scans: Scans, monkeypatch: pytest.MonkeyPatch
) -> None:
    matches, patient = join_matches(draw_scans(6, 10)), np.arange(10)
    at_once = bootstrap_detection([matches], patient, 11, np.random.default_rng(5))
    monkeypatch.setattr(bootstrap, "LARGEST_CHUNK", 3)
    in_parts = bootstrap_detection([matches], patient, 11, np.random.default_rng(5))
    for one, other in zip(at_once, in_parts, strict=True):
        np.testing.assert_array_equal(one, other)


def test_what_is_ignored_never_matters(draw_scans: Scans) -> None:
    matches, patient = join_matches(draw_scans(7, 12)), np.arange(12)
    ignored = matches.candidate_outcome == -1
    assert ignored.any()
    other = matches._replace(candidate_score=np.where(ignored, np.nan, matches.candidate_score))
    before = bootstrap_detection([matches], patient, 9, np.random.default_rng(2))
    after = bootstrap_detection([other], patient, 9, np.random.default_rng(2))
    for one, another in zip(before, after, strict=True):
        np.testing.assert_array_equal(one, another)


def test_a_class_without_truths_is_nan(draw_scans: Scans) -> None:
    matches = join_matches(draw_scans(8, 10))
    known = matches.known & np.array([True, False])
    drawn = bootstrap_detection(
        [matches._replace(known=known)], np.arange(10), 6, np.random.default_rng(0)
    )
    assert np.isnan(drawn.average_precision[0, :, 1]).all()
    assert np.isnan(drawn.sensitivity_at[0, :, 1]).all()
    assert not np.isnan(drawn.froc_score[0, :, 0]).all()


def test_bad_input_is_told(draw_scans: Scans) -> None:
    matches = join_matches(draw_scans(9, 5))
    generator = np.random.default_rng(0)
    with pytest.raises(MetricError, match="a patient for each"):
        bootstrap_detection([matches], np.arange(4), 2, generator)
    with pytest.raises(MetricError, match="at least one scan"):
        bootstrap_detection([matches], np.arange(0), 2, generator)
    flipped = matches._replace(known=~matches.known)
    with pytest.raises(MetricError, match="same known"):
        bootstrap_detection([matches, flipped], np.arange(5), 2, generator)
    none = bootstrap_detection([], np.arange(5), 2, generator)
    assert none.froc_score.shape == (0, 2, 0)
    assert bootstrap_detection([matches], np.arange(5), 0, generator).froc_score.shape == (1, 0, 2)
    no_rates = bootstrap_detection([matches], np.arange(5), 2, generator, np.zeros(0))
    assert np.isnan(no_rates.froc_score).all()


def test_a_rate_that_is_met_but_for_rounding_is_met() -> None:
    assert 0.29 * 100 < 29
    matches = Matches(
        candidate_scan=np.arange(30),
        candidate_class=np.zeros(30, int),
        candidate_score=np.append(np.full(29, 0.9), 0.5),
        candidate_outcome=np.append(np.zeros(29, int), 1),
        candidate_truth=np.append(np.full(29, -1), 0),
        truth_scan=np.array([29]),
        truth_class=np.zeros(1, int),
        truth_score=np.array([0.5]),
        truth_outcome=np.ones(1, int),
        known=np.full((100, 1), True),
        whole=np.full((100, 1), True),
    )
    drawn = bootstrap_detection(
        [matches], np.zeros(100, int), 2, np.random.default_rng(0), np.array([0.28, 0.29])
    )
    assert drawn.sensitivity_at[0, :, 0].tolist() == [[0.0, 1.0]] * 2


def test_five_hundred_scans_take_seconds() -> None:
    generator = np.random.default_rng(0)
    scans, each, truths = 500, 20, 900
    outcome = generator.integers(-1, 1, size=scans * each)
    outcome[generator.permutation(scans * each)[:truths]] = 1
    matches = Matches(
        candidate_scan=np.repeat(np.arange(scans), each),
        candidate_class=np.zeros(scans * each, int),
        candidate_score=generator.random(scans * each),
        candidate_outcome=outcome,
        candidate_truth=np.full(scans * each, -1),
        truth_scan=generator.integers(scans, size=truths),
        truth_class=np.zeros(truths, int),
        truth_score=np.zeros(truths),
        truth_outcome=np.full(truths, 1),
        known=np.full((scans, 1), True),
        whole=np.full((scans, 1), True),
    )
    drawn = bootstrap_detection([matches], np.arange(scans), 1000, generator)
    assert drawn.sensitivity_at.shape == (1, 1000, 1, len(RATES))
    assert not np.isnan(drawn.average_precision).any()
