"""Boxes of networks against drawn ones: percentiles of other patients, means over classes."""

import numpy as np
import polars as pl
import pytest

from labelassemble.experiments import box_scores
from labelassemble.experiments.box_scores import (
    PERCENTILES,
    Overlaps,
    choose_crosswise,
    count_boxes,
    measure_overlaps,
    score_boxes,
)
from labelassemble.experiments.pointing_game import LesionMasks
from labelassemble.images.store import ImageStore


def make_overlaps(of_class, patient, iou, iobb=None) -> Overlaps:
    table = np.asarray(iou, dtype=np.float64)
    return Overlaps(tuple(of_class), tuple(patient), table, table if iobb is None else iobb)


def test_a_patients_own_boxes_do_not_choose_its_percentile() -> None:
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


def test_scores_are_means_over_classes() -> None:
    iou = np.zeros((6, len(PERCENTILES)))
    iou[:4, 2] = [0.2, 0.4, 0.6, 0.0]
    iou[4:, 2] = 0.35
    overlaps = make_overlaps(["a"] * 4 + ["b"] * 2, ["p", "q", "r", "s", "p", "q"], iou, iou + 0.2)
    found = score_boxes(overlaps._replace(iou=np.repeat(iou[:, [2]], len(PERCENTILES), axis=1)))
    assert found.iou == pytest.approx((0.3 + 0.35) / 2)
    assert found.found_iou == pytest.approx(((3 / 4 + 1) / 2, (2 / 4 + 1) / 2, (1 / 4 + 0) / 2))
    nothing = score_boxes(make_overlaps([], [], np.zeros((0, len(PERCENTILES)))))
    assert np.isnan(nothing.iou)


def test_the_best_fitting_of_several_boxes_counts(table, monkeypatch, tmp_path) -> None:
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
