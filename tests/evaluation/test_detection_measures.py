from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.evaluation.detection_measures import AT_RATES, MEASURES, measure_detections
from labelassemble.evaluation.detection_sample import DetectionSample, take_detection_samples
from labelassemble.metrics.auroc import auroc
from labelassemble.metrics.bootstrap import draw_multiplicities
from labelassemble.metrics.lesions.froc import froc
from labelassemble.metrics.lesions.match_lesions import Matches, join_matches
from labelassemble.settings import EvaluationSettings

TableMaker = Callable[..., AssembledTable]
Predictor = Callable[..., pl.DataFrame]
Matcher = Callable[..., dict[str, Matches]]
Taker = Callable[..., DetectionSample]
CLASSES = ("pdac", "cyst")


@pytest.fixture
def take(make_table: TableMaker, predict: Predictor, match: Matcher) -> Taker:
    """Take the sample of all scans, a patient each."""

    def sample(
        label: np.ndarray, *predictions: np.ndarray, predicted: tuple[str, ...] = CLASSES
    ) -> DetectionSample:
        table = make_table(label, ["x"] * len(label), range(len(label)), classes=CLASSES)
        return take_detection_samples(
            [predict(table, probability, predicted) for probability in predictions],
            [match(table, label, probability) for probability in predictions],
            table,
        )[0]

    return sample


def test_names_of_the_rates() -> None:
    assert AT_RATES == ("froc_1_8", "froc_1_4", "froc_1_2", "froc_1", "froc_2", "froc_4", "froc_8")


def test_scores_by_hand(take: Taker) -> None:
    """True .9, false .6, true .4, false .2 on four scans; of cysts nobody knows anything."""
    label = np.array([[1, np.nan], [1, np.nan], [0, np.nan], [0, np.nan]])
    probability = np.array([[0.9, 0.9], [0.4, 0.1], [0.6, 0.7], [0.2, 0.3]])
    measured = measure_detections(take(label, probability), EvaluationSettings(replicates=5))
    by_name = dict(zip(MEASURES, measured.score[0, :, 0], strict=True))
    assert [by_name[name] for name in AT_RATES] == [0.5, 1, 1, 1, 1, 1, 1]
    assert by_name["froc"] == pytest.approx(6.5 / 7)
    assert by_name["average_precision"] == pytest.approx(0.5 + 0.5 * 2 / 3)
    assert by_name["auroc"] == 0.75
    assert by_name["sensitivity"] == 0.5
    assert 0.6 < measured.threshold[0, 0] < 0.6001
    assert np.isnan(measured.score[0, :, 1]).all()
    assert np.isnan(measured.replicate[0, :, :, 1]).all()
    lower = measure_detections(take(label, probability), EvaluationSettings(specificity=0.5))
    assert lower.score[0, MEASURES.index("sensitivity"), 0] == 1.0


def test_replicates_draw_patients_and_all_measures_the_same(take: Taker) -> None:
    generator = np.random.default_rng(3)
    label = (generator.random((12, 2)) < 0.5).astype(float)
    probability = np.round(0.05 + 0.9 * generator.random((12, 2)), 3)
    sample = take(label, probability)
    settings = EvaluationSettings(replicates=6, seed=11, min_patients=2)
    measured = measure_detections(sample, settings)
    counts = draw_multiplicities(np.random.default_rng(11), 12, 6)
    scans = _split(sample)
    for replicate, count in enumerate(counts):
        times = count[np.searchsorted(sample.patient, sample.scans.patient)]
        drawn = join_matches([scans[scan] for scan in np.repeat(np.arange(12), times)])
        for place in range(2):
            known = np.full(12, True)
            expected = froc(drawn, place).score
            area = auroc(sample.score[0, :, place], sample.label[:, place], known, count)
            own = measured.replicate[0, replicate, :, place]
            assert own[MEASURES.index("froc")] == pytest.approx(expected, nan_ok=True)
            assert own[MEASURES.index("auroc")] == pytest.approx(area, nan_ok=True)


def test_unknown_predictions_change_nothing(take: Taker) -> None:
    generator = np.random.default_rng(4)
    label = (generator.random((30, 2)) < 0.5).astype(float)
    label[generator.random(label.shape) < 0.4] = np.nan
    probability = 0.05 + 0.9 * generator.random(label.shape)
    other = np.where(np.isnan(label), 1 - probability, probability)
    settings = EvaluationSettings(replicates=20)
    one, two = (measure_detections(take(label, each), settings) for each in (probability, other))
    np.testing.assert_array_equal(one.score, two.score)
    np.testing.assert_array_equal(one.replicate, two.replicate)
    assert np.isfinite(one.score).all()


def test_a_class_that_is_not_predicted_has_no_score(take: Taker) -> None:
    label = np.array([[1.0, 1.0], [0.0, 0.0], [1.0, 0.0]])
    probability = np.array([[0.9, 0.9], [0.4, 0.1], [0.6, 0.7]])
    sample = take(label, probability, predicted=("pdac",))
    measured = measure_detections(sample, EvaluationSettings(replicates=4))
    assert np.isfinite(measured.score[0, :, 0]).all()
    assert np.isnan(measured.score[0, :, 1]).all()
    assert np.isnan(measured.replicate[0, :, :, 1]).all()


def _split(sample: DetectionSample) -> list[Matches]:
    """Give the matches of each scan again."""
    whole, scans = sample.matches[0], []
    for scan in range(len(whole.known)):
        candidate, truth = whole.candidate_scan == scan, whole.truth_scan == scan
        first = int(np.flatnonzero(truth)[0]) if truth.any() else 0
        own = whole.candidate_truth[candidate]
        scans.append(
            Matches(
                candidate_scan=np.zeros(candidate.sum(), dtype=np.int64),
                candidate_class=whole.candidate_class[candidate],
                candidate_score=whole.candidate_score[candidate],
                candidate_outcome=whole.candidate_outcome[candidate],
                candidate_truth=np.where(own < 0, -1, own - first),
                truth_scan=np.zeros(truth.sum(), dtype=np.int64),
                truth_class=whole.truth_class[truth],
                truth_score=whole.truth_score[truth],
                truth_outcome=whole.truth_outcome[truth],
                known=whole.known[[scan]],
                whole=whole.whole[[scan]],
            )
        )
    return scans
