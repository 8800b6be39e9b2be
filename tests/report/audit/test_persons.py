import dataclasses

import numpy as np
import polars as pl
import pytest

from labelassemble.report.audit.persons import describe_persons
from labelassemble.report.cell_matrix import lay_out_cells, read_assessments


def describe(table):
    found = describe_persons(table, read_assessments(table, lay_out_cells(table)))
    return {one.source: one for one in found}


def test_facts_equal_a_slow_count(table):
    for source, one in describe(table).items():
        held = table.members.filter(pl.col("source") == source)["record"].unique()
        own = table.records.filter(pl.col("record").is_in(held.implode()))
        assert (one.records, one.persons) == (own.height, own["group"].n_unique())
        assert dict(one.views) == dict(own["view"].value_counts().iter_rows())
        ages = own["age"].drop_nulls()
        assert one.age_known == len(ages) == one.ages.sum()
        if len(ages):
            assert one.quartiles[1] == pytest.approx(ages.median())
            assert (one.youngest, one.oldest) == (ages.min(), ages.max())
            for place, count in enumerate(one.ages):
                assert count == ages.is_between(5 * place, 5 * place + 5, closed="left").sum()
        sexes = {}
        for group in own["group"].unique():
            told = set(own.filter(pl.col("group") == group)["sex"].drop_nulls())
            word = "both" if len(told) > 1 else next(iter(told), None)
            sexes[word] = sexes.get(word, 0) + 1
        assert dict(one.sexes) == sexes


def test_two_sexes_of_one_person_are_told(table):
    sex = pl.when(pl.int_range(pl.len()) == 1).then(pl.lit("M")).otherwise(pl.lit("F"))
    odd = dataclasses.replace(table, records=table.records.with_columns(sex=sex))
    assert dict(describe(odd)["north"].sexes)["both"] == 1


@pytest.mark.parametrize(
    ("age", "impossible", "bin"), [(-1.0, 1, None), (411.0, 1, 20), (103.0, 0, 20)]
)
def test_impossible_ages(table, age, impossible, bin):
    first = pl.int_range(pl.len()) == 1
    ages = pl.when(first).then(pl.lit(age)).otherwise(pl.lit(None, pl.Float64))
    found = describe(dataclasses.replace(table, records=table.records.with_columns(age=ages)))
    north = found["north"]
    assert (north.age_known, north.impossible) == (1, impossible)
    if bin is not None:
        assert np.flatnonzero(north.ages).tolist() == [bin]


def test_nothing_known(table, bare):
    silent = describe(table)["silent"]
    assert (silent.quartiles, silent.youngest, silent.age_known) == (None, None, 0)
    assert silent.views == [(None, 4)]
    assert all(one.records == 0 for one in describe(bare).values())
