from dataclasses import replace

import polars as pl

from labelassemble.assembly.unscored import find_unscored, refuse_unscored


def test_a_class_with_both_signs_in_validation_is_scored(two_hospitals):
    assert find_unscored(two_hospitals, two_hospitals.label_matrix()) == {}


def test_what_there_is_of_the_others_is_counted(two_hospitals):
    moved = pl.when(pl.col("split") == "validate").then(pl.lit("unused")).otherwise("split")
    table = replace(two_hospitals, records=two_hospitals.records.with_columns(split=moved))
    unscored = find_unscored(table, table.label_matrix())
    assert list(unscored) == ["mass", "hernia"]
    known = table.cells.filter(pl.col("class") == "hernia").join(
        table.records.filter(pl.col("split") == "train"), on="record"
    )
    for sign, word in ((1.0, "positive"), (0.0, "negative")):
        those = known.filter(pl.col("label") == sign)
        patients = those["group"].n_unique()
        expected = f"0 {word} in validation, {those.height} (of {patients} patients) in train"
        assert expected in unscored["hernia"]
    assert "hernia has 0 positive in validation" in refuse_unscored(unscored).got
    assert "allow_unscored_classes" in refuse_unscored(unscored).do


def unscored_of(table):
    return find_unscored(table, table.label_matrix())


def test_soft_and_uncertain_cells_are_not_known(two_hospitals):
    soft = two_hospitals.cells.with_columns(label=pl.lit(0.5, pl.Float32))
    assert list(unscored_of(replace(two_hospitals, cells=soft))) == ["mass", "hernia"]


def test_only_what_is_needed_is_asked_for(two_hospitals):
    positive = two_hospitals.cells.with_columns(label=pl.lit(1.0, pl.Float32))
    table = replace(two_hospitals, cells=positive)
    labels = table.label_matrix()
    assert list(find_unscored(table, labels)) == ["mass", "hernia"]
    assert find_unscored(table, labels, ("positive",)) == {}
    told = refuse_unscored(find_unscored(table, 1 - labels, ("positive",)), ("positive",))
    assert told.expected == "a known positive of every class in validation"
    assert find_unscored(table, labels, ()) == {}
