import dataclasses

import numpy as np
import polars as pl
import pytest

from labelassemble.report.audit.prevalence import (
    Apart,
    Prevalence,
    find_apart,
    find_imbalanced,
    find_lacking,
    find_one_sided,
    measure_by_fold,
    measure_by_part,
    measure_by_source,
    measure_by_source_and_part,
)
from labelassemble.report.cell_matrix import lay_out_cells, read_assessments
from labelassemble.report.label_counts import count_source_labels


@pytest.fixture(scope="module")
def cells(table):
    return lay_out_cells(table)


@pytest.fixture(scope="module")
def assessments(table, cells):
    return read_assessments(table, cells)


def share(positive, known, low=None, high=None):
    ratio = positive / known if known else None
    return Prevalence(positive, known, known, ratio, low, high)


def test_a_source_counts_what_it_said_itself(table, assessments, count_said):
    by_source = measure_by_source(table, assessments)
    assert list(by_source) == ["north", "south", "silent"]
    for source, column in by_source.items():
        assert list(column) == [name for name in table.classes if name in table.scopes[source]]
        for name, one in column.items():
            slow = count_said(source, name, None)
            assert one.positive == slow["positive"] > 0
            assert one.known == slow["positive"] + slow["negative"]
            assert one.share == pytest.approx(one.positive / one.known)
            assert one.low < one.share < one.high


def test_a_class_that_only_follows_from_others_has_no_share(table, assessments, count_said):
    assert count_said("north", "opacity", None)["positive"] > 0
    assert "opacity" not in measure_by_source(table, assessments)["north"]


def test_parts_within_a_source(table, assessments, count_said):
    found = measure_by_source_and_part(table, assessments)
    for part in ("train", "validate", "test"):
        for name, one in found["south"][part].items():
            slow = count_said("south", name, part)
            assert (one.positive, one.known) == (
                slow["positive"],
                slow["positive"] + slow["negative"],
            )


def test_parts_and_folds_count_labels_as_they_are_used(table, cells):
    for column, found in (
        ("split", measure_by_part(table, cells)),
        ("fold", measure_by_fold(table, cells)),
    ):
        places = table.records.select("record", pl.col(column).cast(pl.String), "group")
        used = table.cells.join(places, on="record").filter(pl.col("label").is_not_null())
        assert len(found) == (3 if column == "split" else 2)
        for part, own in found.items():
            for name, one in own.items():
                rows = used.filter((pl.col(column) == part) & (pl.col("class") == name))
                assert one.known == rows.height
                assert one.positive == int((rows["label"] == 1).sum())
                assert one.persons == rows["group"].n_unique()
        assert all(one["hernia"] == share(0, 0) for one in found.values())


def test_soft_labels_are_no_share(table, cells):
    soft = dataclasses.replace(table, cells=table.cells.with_columns(label=pl.lit(0.5, pl.Float32)))
    found = measure_by_part(soft, lay_out_cells(soft))
    assert all(one.known == 0 for column in found.values() for one in column.values())


def test_classes_whose_intervals_lie_apart():
    low, middle = share(10, 1000, 0.005, 0.02), share(15, 1000, 0.01, 0.03)
    high, nothing = share(100, 1000, 0.08, 0.12), share(0, 0)
    none = share(0, 1000, 0.0, 0.004)
    by_source = {
        "a": {"x": low, "y": low, "z": none, "v": nothing},
        "b": {"x": middle, "y": high, "z": high, "v": high},
        "c": {"y": middle},
    }
    assert find_apart(by_source) == [
        Apart("z", "b", "a", None),
        Apart("y", "b", "a", pytest.approx(10.0)),
    ]
    assert find_apart({}) == []
    assert high.differs(low)
    assert low.differs(high)
    assert not low.differs(middle)
    assert not low.differs(nothing)


def test_parts_unlike_train():
    low, high = share(10, 1000, 0.005, 0.02), share(100, 1000, 0.08, 0.12)
    by_part = {"train": {"x": low, "y": low}, "validate": {"x": low, "y": low}, "test": {"y": high}}
    assert find_imbalanced(by_part) == [("y", "test")]
    assert find_imbalanced({}) == []


def test_parts_that_lack_a_side():
    whole, none, all_of = share(1, 2), share(0, 2), share(2, 2)
    by_part = {
        "train": {"x": whole, "y": none},
        "validate": {"x": share(0, 0), "y": share(0, 0)},
        "test": {"x": all_of, "y": share(0, 0)},
    }
    assert find_lacking(by_part) == [
        ("y", "train", "positive"),
        ("x", "test", "negative"),
        ("y", "test", "positive"),
        ("y", "test", "negative"),
    ]


def test_a_source_that_knows_one_side_only(table):
    found = find_one_sided(count_source_labels(table))
    assert [(one.source, one.name, one.side, one.looked_for) for one in found] == [
        ("north", "opacity", "positive", False)
    ]
    assert found[0].records > 0


def test_a_class_that_was_looked_for_and_never_found_is_one_sided(table):
    without = table.cells.with_columns(
        state=pl.when(pl.col("class") == "mass").then(pl.lit("negative")).otherwise("state")
    )
    found = find_one_sided(count_source_labels(dataclasses.replace(table, cells=without)))
    mass = next(one for one in found if one.name == "mass")
    assert (mass.side, mass.looked_for) == ("negative", True)


def test_empty_tables(bare):
    cells = lay_out_cells(bare)
    assessments = read_assessments(bare, cells)
    assert measure_by_source(bare, assessments)["north"]["mass"] == share(0, 0)
    assert measure_by_part(bare, cells)["train"]["mass"].share is None
    assert measure_by_fold(bare, cells) == {}
    assert not np.any(cells.state)
