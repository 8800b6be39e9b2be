from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import MetricError
from labelassemble.evaluation.detection_sample import take_detection_samples
from labelassemble.metrics.lesions.match_lesions import Matches

LABEL = np.array([[1, 0, np.nan], [0, 0, np.nan], [np.nan, 1, 1], [1, np.nan, 0]])
ANSWER = np.arange(1, 13).reshape(4, 3) / 16
TableMaker = Callable[..., AssembledTable]
Predictor = Callable[..., pl.DataFrame]
Matcher = Callable[..., dict[str, Matches]]


@pytest.fixture
def table(make_table: TableMaker) -> AssembledTable:
    return make_table(
        LABEL, ["north", "north", "south", "south"], [5, 5, 5, 9], also_in=[(0, "east")]
    )


def test_scans_become_patients(table: AssembledTable, predict: Predictor, match: Matcher) -> None:
    matches = match(table, LABEL, ANSWER)
    whole, north, south, east = take_detection_samples([predict(table, ANSWER)], [matches], table)
    assert [one.source for one in (whole, north, south, east)] == ["all", "north", "south", "east"]
    # North's two scans are of one patient: positive because one is; the largest known prediction.
    assert north.label.tolist() == [[1, 0, 0]]
    assert north.known.tolist() == [[True, True, False]]
    assert north.score[0].tolist() == [[ANSWER[1, 0], ANSWER[1, 1], 0]]
    assert whole.patient.size == 3
    # Matches stand in the order of the scans, also where an image has several sources.
    assert [len(one.matches[0].known) for one in (whole, north, south, east)] == [4, 2, 2, 1]
    np.testing.assert_array_equal(south.matches[0].known, ~np.isnan(LABEL[2:]))
    np.testing.assert_array_equal(east.matches[0].known, ~np.isnan(LABEL[:1]))


def test_a_scan_without_matches(table: AssembledTable, predict: Predictor, match: Matcher) -> None:
    matches = match(table, LABEL, ANSWER)
    del matches["south/00002"]
    with pytest.raises(MetricError, match="none for 1 of 4: south/00002"):
        take_detection_samples([predict(table, ANSWER)], [matches], table)
    kept = take_detection_samples(
        [predict(table, ANSWER)], [matches], table, without=["south/00002"]
    )
    assert len(kept[0].matches[0].known) == 3


def test_a_source_without_scans_in_the_split(
    make_table: TableMaker, predict: Predictor, match: Matcher
) -> None:
    table = make_table(
        LABEL, ["a", "a", "b", "b"], [1, 2, 3, 4], ["train", "train", "test", "test"]
    )
    samples = take_detection_samples([predict(table, ANSWER)], [match(table, LABEL, ANSWER)], table)
    empty = samples[1]
    assert (empty.source, empty.matches, empty.patient.size) == ("a", (), 0)
