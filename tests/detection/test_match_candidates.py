from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.detection.candidates import candidate_rows
from labelassemble.detection.dense_case import DenseCase
from labelassemble.detection.match_candidates import match_candidates, match_tables
from labelassemble.detection.open_cases import make_cases, open_annotated
from labelassemble.errors import RunError
from labelassemble.images.batch import make_labels
from labelassemble.metrics.lesions.find_lesions import find_lesions
from labelassemble.metrics.lesions.match_lesions import Outcome, join_matches
from labelassemble.settings import Recipe
from labelassemble.sources.assessments import POSITIVE


@pytest.fixture
def cases(make_recipe: Callable[..., Recipe], volume_table: AssembledTable) -> list[DenseCase]:
    names = volume_table.records["record"].to_list()
    annotated = open_annotated(make_recipe(), volume_table, names, store=None, drawn_on=set(names))
    labels = make_labels(volume_table, volume_table.classes)
    return make_cases(annotated, labels, volume_table.classes, np.arange(len(names)))


def test_candidates_on_the_lesions_are_true_and_unknown_ones_are_ignored(
    cases: list[DenseCase], make_recipe: Callable[..., Recipe], volume_table: AssembledTable
) -> None:
    settings, classes = make_recipe().detection, volume_table.classes
    rows = []
    for case in cases:
        # Both classes are found wherever any lesion lies.
        anywhere = (case.annotated.state() == POSITIVE).any(axis=0)
        probability = np.stack([anywhere, anywhere]).astype(np.float32)
        found = find_lesions(probability, case.annotated.spacing, affine=case.annotated.affine)
        rows.append(candidate_rows(found, case.record, classes))
    matches = match_candidates(pl.concat(rows), cases, classes, settings)
    assert (matches.truth_outcome == Outcome.TRUE).all()
    north = np.array([case.record.startswith("north") for case in cases])
    of_north = north[matches.candidate_scan]
    ignored = of_north & (matches.candidate_class == 1)
    assert ignored.any()
    assert np.array_equal(matches.candidate_outcome == Outcome.IGNORED, ignored)
    assert (matches.candidate_outcome[~of_north] == Outcome.FALSE).any()
    assert not matches.known[north, 1].any()


def test_without_candidates_every_lesion_is_missed(
    cases: list[DenseCase], make_recipe: Callable[..., Recipe], volume_table: AssembledTable
) -> None:
    nothing = candidate_rows(find_lesions(np.zeros((2, 4, 4, 4)), np.ones(3)), "x", "ab")
    matches = match_candidates(nothing, cases, volume_table.classes, make_recipe().detection)
    assert matches.truth_outcome.size > 10
    assert (matches.truth_outcome == Outcome.MISSED).all()


def test_what_cannot_be_matched(cases: list[DenseCase], make_recipe: Callable[..., Recipe]) -> None:
    nothing = candidate_rows(find_lesions(np.zeros((2, 4, 4, 4)), np.ones(3)), "x", "ab")
    with pytest.raises(RunError, match="no"):
        match_candidates(nothing, [], ("a", "b"), make_recipe().detection)
    by_mask = make_recipe(detection={"match_by": "mask_iou"}).detection
    with pytest.raises(RunError, match="mask_iou"):
        match_candidates(nothing, cases, ("a", "b"), by_mask)


def test_several_networks_are_matched_as_each_alone(
    cases: list[DenseCase], make_recipe: Callable[..., Recipe], volume_table: AssembledTable
) -> None:
    settings, classes = make_recipe().detection, volume_table.classes
    nothing = candidate_rows(find_lesions(np.zeros((2, 4, 4, 4)), np.ones(3)), "x", "ab")
    rows = []
    for case in cases[:4]:
        probability = (case.annotated.state() == POSITIVE).astype(np.float32)
        found = find_lesions(probability, case.annotated.spacing, affine=case.annotated.affine)
        rows.append(candidate_rows(found, case.record, classes))
    tables = [nothing, pl.concat(rows)]
    together = match_tables(tables, cases[:4], classes, settings)
    for table, by_record in zip(tables, together, strict=True):
        assert list(by_record) == [case.record for case in cases[:4]]
        alone = match_candidates(table, cases[:4], classes, settings)
        joined = join_matches(list(by_record.values()))
        for one, other in zip(joined, alone, strict=True):
            np.testing.assert_array_equal(one, other)
    assert match_tables([], cases, classes, settings) == []
