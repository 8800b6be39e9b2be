import dataclasses

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelassemble.assembly.assembled_table import make_frame
from labelassemble.errors import AssemblyError
from labelassemble.experiments.table_changes import (
    count_labels,
    deal_out,
    draw_labelled,
    hide_cells,
    keep_classes,
    keep_records,
    without_source,
)

CLASSES = ("effusion", "mass", "nodule")


def held_out(table):
    """Test images with their labels: what no change may touch."""
    names = table.records.filter(pl.col("split") == "test").select("record")
    cells = table.cells.join(names, on="record", how="semi").select("record", "class", "label")
    return names, cells


def same_tests(before, after):
    return all(
        left.equals(right) for left, right in zip(held_out(before), held_out(after), strict=True)
    )


def test_counts(table):
    # 48 training images; of 24 numbers 12 are divisible by 2, 8 by 3, 6 by 4.
    assert count_labels(table) == (48, 2 * (12 + 8 + 6), 2 * (12 + 16 + 18), 0)
    assert count_labels(keep_classes(table, ["mass"])) == (48, 16, 32, 0)


def test_classes_that_are_kept(table):
    kept = keep_classes(table, ["nodule", "effusion"])
    assert kept.classes == ("nodule", "effusion")
    assert set(kept.cells["class"]) == {"nodule", "effusion"}
    assert kept.scopes == dict.fromkeys(("north", "west"), ("effusion", "nodule"))
    with pytest.raises(AssemblyError, match=r"'nodul'.*nodule"):
        keep_classes(table, ["nodul"])


@given(
    north=st.sets(st.sampled_from(CLASSES)),
    west=st.sets(st.sampled_from(CLASSES)),
)
def test_hidden_cells_are_unknown_and_the_test_split_is_not_touched(table, north, west):
    kept = {"north": sorted(north), "west": sorted(west)}
    hidden = hide_cells(table, kept)
    assert same_tests(table, hidden)
    assert hidden.records.equals(table.records)
    labels = hidden.labels().with_columns(table.records["source"], table.records["split"])
    for source, classes in kept.items():
        own = labels.filter(pl.col("source") == source, pl.col("split") != "test")
        for name in CLASSES:
            assert own[name].null_count() == (0 if name in classes else own.height)
    positives = 2 * sum({"effusion": 12, "mass": 8, "nodule": 6}[name] for name in kept["north"])
    whole = count_labels(hide_cells(table, {"west": []}))
    assert count_labels(hide_cells(table, {**kept, "west": []})).positives == positives // 2
    assert whole.positives + whole.negatives + whole.unknown == 48 * 3


def test_a_source_that_is_not_there_cannot_hide(table):
    with pytest.raises(AssemblyError, match=r"'nort'.*north"):
        hide_cells(table, {"nort": ["mass"]})


def test_what_two_sources_say_of_a_image_is_hidden_by_who_said_it(table):
    train = table.records.filter(split="train", source="north")["record"]
    shared, other = train[0], train[1]
    asked = pl.col("class") == "mass"
    cells = table.cells.with_columns(
        source=pl.when(asked, record=shared)
        .then(pl.lit("north+west"))
        .when(asked, record=other)
        .then(pl.lit("west"))
        .otherwise("source")
    )
    joined = dataclasses.replace(table, cells=cells)

    def left(kept):
        own = hide_cells(joined, kept).cells.filter(asked, pl.col("record").is_in(train.implode()))
        return set(own["record"])

    # West's word on images that are north's too stays, and north's own goes.
    assert left({"north": [], "west": ["mass"]}) == {shared, other}
    assert left({"north": ["mass"], "west": []}) == set(train) - {other}
    assert left({"north": [], "west": []}) == set()
    assert left({"north": []}) == {shared, other}


def test_parts_keep_patients_together_and_are_equally_large(table):
    dealt = deal_out(table, ("one", "two", "three"), seed=0)
    assert same_tests(table, dealt)
    learned = dealt.records.filter(pl.col("split") != "test")
    assert set(learned["source"]) == {"one", "two", "three"}
    assert set(dealt.records.filter(pl.col("split") == "test")["source"]) == {"north", "west"}
    assert learned.group_by("group").agg(pl.col("source").n_unique())["source"].max() == 1
    sizes = learned.filter(pl.col("split") == "train")["source"].value_counts()["count"]
    assert sizes.to_list() == [16, 16, 16]
    said = dealt.cells.join(dealt.records.select("record", where="source"), on="record")
    assert said.filter(pl.col("source") != pl.col("where")).is_empty()
    assert list(dealt.scopes) == ["one", "two", "three", "north", "west"]
    assert dealt.records.equals(deal_out(table, ("one", "two", "three"), seed=0).records)
    assert not dealt.records.equals(deal_out(table, ("one", "two", "three"), seed=1).records)
    with pytest.raises(AssemblyError, match="'west'"):
        deal_out(table, ("one", "west"), seed=0)


def test_images_that_are_kept(table):
    kept = keep_records(table, pl.Series(["north/train00", "west/test00"]))
    assert same_tests(table, kept)
    learned = kept.records.filter(pl.col("split") != "test")
    assert learned["record"].to_list() == ["north/train00"]
    assert set(kept.cells["record"]) == set(kept.records["record"])


def test_a_source_takes_what_it_alone_brought_and_said(table):
    shared = "west/train01"  # north has it too, and agrees on mass
    members = pl.concat(
        [
            table.members,
            make_frame("members", [{"record": shared, "source": "north", "image": "x"}]),
        ]
    )
    agreed = (pl.col("record") == shared) & (pl.col("class") == "mass")
    cells = table.cells.with_columns(
        source=pl.when(agreed).then(pl.lit("north+west")).otherwise("source")
    )
    rest = without_source(
        type(table)(**{**vars(table), "members": members, "cells": cells}), "west"
    )
    assert same_tests(table, rest)
    learned = rest.records.filter(pl.col("split") != "test")
    assert set(learned["source"]) == {"north"}
    assert shared in learned["record"].to_list()
    left = rest.cells.filter(pl.col("record") == shared)
    assert left["class"].to_list() == ["mass"]
    assert count_labels(rest).records == 25
    with pytest.raises(AssemblyError, match="'east'"):
        without_source(table, "east")


def test_drawn_images_have_both_kinds_in_proportion(table):
    drawn = draw_labelled(table, "nodule", 16, seed=3)
    found = table.cells.filter(
        pl.col("class") == "nodule", pl.col("record").is_in(drawn.implode())
    ).join(table.records.select("record", "split"), on="record")
    train = found.filter(pl.col("split") == "train")
    assert (train["label"].sum(), train.height) == (4, 16)  # 12 of 48 are positive
    validate = found.filter(pl.col("split") == "validate")
    assert (validate["label"].sum(), validate.height) == (2, 8)  # a third of 6 and of 18
    assert "test" not in found["split"].to_list()
    smaller = draw_labelled(table, "nodule", 8, seed=3)
    assert set(smaller) < set(drawn)
    assert set(draw_labelled(table, "nodule", 16, seed=4)) != set(drawn)
    assert len(draw_labelled(table, "nodule", None, seed=0)) == 72


def test_too_few_labelled_images(table):
    with pytest.raises(AssemblyError, match="48: 12 positive, 36 negative"):
        draw_labelled(table, "nodule", 49, seed=0)
    with pytest.raises(AssemblyError, match="0: 0 positive, 0 negative"):
        draw_labelled(hide_cells(table, {"north": [], "west": []}), "mass", None, seed=0)
