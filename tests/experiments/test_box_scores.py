"""Boxes of networks against drawn ones: percentiles of other patients, means over classes."""

import numpy as np
import polars as pl
import pytest

from labelassemble.errors import ImageError
from labelassemble.experiments import box_scores, pointing_game
from labelassemble.experiments.box_column import judge_boxes
from labelassemble.experiments.box_scores import (
    PERCENTILES,
    Overlaps,
    choose_crosswise,
    count_boxes,
    measure_overlaps,
    score_boxes,
)
from labelassemble.experiments.experiment import Finished
from labelassemble.experiments.official_split import plan_official_split
from labelassemble.experiments.pointing_game import LesionMasks
from labelassemble.images.store import ImageStore


def make_overlaps(of_class, patient, iou, iobb=None) -> Overlaps:
    table = np.asarray(iou, dtype=np.float64)
    return Overlaps(tuple(of_class), tuple(patient), table, table if iobb is None else iobb)


def test_a_patients_own_boxes_do_not_choose_its_percentile():
    generator = np.random.default_rng(0)
    patient = [f"p{place % 20}" for place in range(60)]
    overlaps = make_overlaps(["a", "b"] * 30, patient, generator.random((60, len(PERCENTILES))))
    before = choose_crosswise(overlaps)
    for one in sorted(set(patient))[:5]:
        own = np.array(patient) == one
        changed = overlaps.iou.copy()
        changed[own] = np.eye(len(PERCENTILES))[0]
        again = choose_crosswise(overlaps._replace(iou=changed))
        assert np.array_equal(again[own], before[own])
    # Of one patient nothing is left to choose by: the middle of the range.
    alone = make_overlaps(["a"], ["p"], generator.random((1, len(PERCENTILES))))
    assert PERCENTILES[choose_crosswise(alone)[0]] == 90.0


def test_scores_are_means_over_classes():
    iou = np.zeros((6, len(PERCENTILES)))
    iou[:4, 2] = [0.2, 0.4, 0.6, 0.0]
    iou[4:, 2] = 0.35
    overlaps = make_overlaps(["a"] * 4 + ["b"] * 2, ["p", "q", "r", "s", "p", "q"], iou, iou + 0.2)
    found = score_boxes(overlaps._replace(iou=np.repeat(iou[:, [2]], len(PERCENTILES), axis=1)))
    assert found.iou == pytest.approx((0.3 + 0.35) / 2)
    assert found.found_iou == pytest.approx(((3 / 4 + 1) / 2, (2 / 4 + 1) / 2, (1 / 4 + 0) / 2))
    nothing = score_boxes(make_overlaps([], [], np.zeros((0, len(PERCENTILES)))))
    assert np.isnan(nothing.iou)


def test_the_best_fitting_of_several_boxes_counts(table, monkeypatch, tmp_path):
    names = table.records["record"].to_list()[:2]
    mask = np.zeros((8, 8), dtype=bool)
    mask[:2, :2] = mask[5:, 5:] = True
    lesions = LesionMasks({names[0]: {"mass": mask}, names[1]: {"edema": mask, "mass": ~mask}})
    heat = np.zeros((2, 1, 8, 8))
    heat[:, 0, 5:, 5:] = 1.0

    class Network:
        classes = ("mass",)

    class Store(ImageStore):
        def __init__(self):
            """Open nothing."""

        def find_rows(self, asked):
            return np.arange(len(asked))

        def read(self, rows):
            return rows

    monkeypatch.setattr(box_scores, "load_network", lambda *_: Network)
    monkeypatch.setattr(box_scores, "locate_classes", lambda _, image: heat[: len(image)])
    found = measure_overlaps(tmp_path, table, Store(), lesions)
    assert found.of_class == ("mass", "mass")
    patients = dict(table.records.select("record", "patient").iter_rows())
    assert found.patient == tuple(patients[name] for name in names)
    assert found.iou[0, PERCENTILES.index(90.0)] == 1.0
    assert found.iou[1, PERCENTILES.index(90.0)] == 9 / 64
    assert found.iobb[1, PERCENTILES.index(90.0)] == 1.0
    assert count_boxes(lesions, ("mass", "edema", "hernia")) == {"mass": 2, "edema": 1}
    assert isinstance(table.records, pl.DataFrame)


def test_the_table_has_a_row_an_arm_and_says_why_there_is_none(
    table, make_recipe, monkeypatch, tmp_path
):
    recipe = make_recipe(experiment={"source": "west", "variants": ("masked", "rpsal")})
    plan = plan_official_split(recipe, table, (0, 1))
    finished = Finished(recipe, table, None, (0, 1), plan, None, tmp_path)
    mask = np.ones((4, 4), dtype=bool)
    name = table.classes[0]
    lesions = LesionMasks({"a": {name: mask}, "b": {name: mask}})
    asked = []

    def measure(weights, *_):
        asked.append(weights.parent.parent.name)
        return make_overlaps([name, name], ["p", "q"], np.full((2, len(PERCENTILES)), 0.4))

    monkeypatch.setattr(box_scores, "measure_overlaps", measure)
    monkeypatch.setattr(pointing_game, "find_lesion_masks", lambda *_: lesions)
    (found,), cautions = judge_boxes(finished)
    assert not cautions
    assert sorted(asked) == ["masked-seed0", "masked-seed1", "rpsal-seed0", "rpsal-seed1"]
    assert [row[0] for row in found.rows] == ["masked", "rpsal"]
    assert found.rows[0][1:] == (".400", "1.000", "1.000", ".000", "1.000", ".000")
    assert len(found.columns) == len(found.rows[0])
    assert f"2 ({name} 2)" in found.note

    def fail(*_):
        raise ImageError("a mask", "none", "Draw one")

    monkeypatch.setattr(pointing_game, "find_lesion_masks", fail)
    assert judge_boxes(finished) == ((), (cautions_of("a mask", "none"),))
    monkeypatch.setattr(pointing_game, "find_lesion_masks", lambda *_: LesionMasks({}))
    assert judge_boxes(finished) == ((), ())


def cautions_of(expected: str, got: str) -> str:
    return f"Boxes were not judged. Expected {expected}. Got {got}. Do this: Draw one."
