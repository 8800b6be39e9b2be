import itertools

import polars as pl
import pytest

from labelassemble.errors import SettingsError
from labelassemble.experiments.label_shares import (
    draw_patients,
    hide_other_records,
    read_shares,
    refuse_lost_classes,
)
from labelassemble.experiments.table_changes import hide_cells


def test_smaller_shares_are_parts_of_larger_ones_and_persons_stay_whole(table):
    drawn = [set(draw_patients(table, share, seed=3)) for share in (1.0, 0.6, 0.3, 0.001)]
    assert all(small < large for large, small in itertools.pairwise(drawn))
    train = table.records.filter(pl.col("split") == "train")
    assert drawn[0] == set(train["record"])
    for kept in drawn:
        own = train.filter(pl.col("record").is_in(list(kept)))
        others = train.filter(~pl.col("record").is_in(list(kept)))
        assert not set(own["group"]) & set(others["group"])
        # The same share of every source, and never none.
        assert len(own.filter(pl.col("source") == "north")) == len(own) // 2 > 0
    assert set(draw_patients(table, 0.3, seed=4)) != drawn[2]


def test_images_without_a_label_are_not_drawn_from(table):
    silent = hide_cells(table, {"west": ()})
    kept = draw_patients(silent, 0.5, seed=0)
    assert {name.partition("/")[0] for name in kept} == {"north"}


def test_hidden_labels_become_unknown_in_training_alone(table):
    kept = draw_patients(table, 0.5, seed=0)
    less = hide_other_records(table, kept)
    assert less.records.equals(table.records)
    split = table.records.select("record", "split")
    gone = table.cells.join(less.cells, on=["record", "class"], how="anti").join(split, on="record")
    assert set(gone["split"]) == {"train"}
    assert set(gone["record"]) == set(
        table.records.filter(pl.col("split") == "train")["record"]
    ) - set(kept)
    refuse_lost_classes(table, less, 0.5)


def test_a_class_that_loses_all_positives(table):
    kept = table.cells.filter(pl.col("class") == "mass", pl.col("label") == 0)["record"]
    with pytest.raises(SettingsError, match=r"share 0\.2 in experiment(?s:.*)none of mass"):
        refuse_lost_classes(table, hide_other_records(table, kept), 0.2)


def test_shares_of_the_settings():
    assert read_shares(()) == (1.0,)
    assert read_shares((0.1, 1, 0.3, 0.3)) == (1.0, 0.3, 0.1)
    with pytest.raises(SettingsError, match="100, 300, which are counts"):
        read_shares((100, 0.3, 300))
