import dataclasses

import numpy as np
import polars as pl
import pytest

from labelassemble.assembly.assembled_table import make_frame
from labelassemble.report.cell_matrix import (
    NOBODY,
    lay_out_cells,
    read_assessments,
    sources_of_cells,
)
from labelassemble.report.placed_members import place_members
from labelassemble.sources.assessments import STATES

SCOPES = {"north": ("effusion", "mass"), "south": ("mass", "hernia"), "silent": ()}
CLASSES = ("effusion", "mass", "hernia")


@pytest.fixture(scope="module")
def table(simulate_table):
    return simulate_table(SCOPES, CLASSES, records=24)


def test_every_cell_stands_in_its_place(table):
    cells = lay_out_cells(table)
    said = {(row["record"], row["class"]): row for row in table.cells.iter_rows(named=True)}
    for row, record in enumerate(table.records["record"]):
        for column, name in enumerate(CLASSES):
            cell = said.get((record, name))
            if cell is None:
                assert cells.state[row, column] == 0
                assert cells.speaker[row, column] == NOBODY
                assert np.isnan(cells.label[row, column])
                continue
            assert STATES[cells.state[row, column]] == cell["state"]
            assert cells.speakers[cells.speaker[row, column]] == (cell["source"],)
            label = cells.label[row, column]
            assert np.isnan(label) if cell["label"] is None else label == cell["label"]


def test_the_order_of_cells_does_not_matter(table):
    shuffled = dataclasses.replace(
        table, cells=table.cells.sample(fraction=1, shuffle=True, seed=1)
    )
    for one, other in zip(lay_out_cells(table), lay_out_cells(shuffled), strict=True):
        np.testing.assert_array_equal(np.asarray(one), np.asarray(other))


def test_cells_of_other_images_and_classes_are_passed_over(table):
    strange = make_frame(
        "cells",
        [
            {"record": "elsewhere/1", "class": "mass", "state": "positive", "source": "north"},
            {
                "record": table.records["record"][0],
                "class": "fracture",
                "state": "positive",
                "source": "north",
            },
        ],
    )
    cells = lay_out_cells(dataclasses.replace(table, cells=strange))
    assert not cells.state.any()
    assert (cells.speaker == NOBODY).all()


def test_what_a_source_said_itself(table):
    assessments = read_assessments(table, lay_out_cells(table))
    assert list(assessments) == ["north", "south", "silent"]
    overruled = {
        (row["record"], row["class"], row[f"{side}_source"]): row[f"{side}_assessment"]
        for row in table.conflicts.iter_rows(named=True)
        for side in ("left", "right")
    }
    assert overruled
    for source, said in assessments.items():
        held = table.members.filter(pl.col("source") == source)["record"].unique()
        names = table.records["record"].gather(said.record)
        assert set(names) == set(held)
        assert (np.diff(said.record) > 0).all()
        for row, record in enumerate(names):
            for column, name in enumerate(CLASSES):
                cell = table.cells.filter(
                    (pl.col("record") == record)
                    & (pl.col("class") == name)
                    & pl.col("source").str.split("+").list.contains(source)
                )
                credited = cell["state"][0] if cell.height else "unknown"
                expected = overruled.get((record, name, source), credited)
                assert STATES[said.state[row, column]] == expected


def test_placed_members_can_be_given(table):
    cells = lay_out_cells(table)
    given = read_assessments(table, cells, place_members(table))
    for source, said in read_assessments(table, cells).items():
        np.testing.assert_array_equal(said.state, given[source].state)


def test_an_open_conflict_leaves_each_source_its_own_assessment(table):
    record = table.members.filter(pl.col("source") == "south")["record"][0]
    cell = {"record": record, "class": "mass", "state": "uncertain", "source": "north+south"}
    conflict = {
        "record": record,
        "class": "mass",
        "between": "sources",
        "left_source": "north",
        "left_assessment": "positive",
        "right_source": "south",
        "right_assessment": "negative",
        "decision": "uncertain: conflicts, mask",
    }
    twice = [conflict, {**conflict, "left_assessment": "uncertain"}]
    changed = dataclasses.replace(
        table, cells=make_frame("cells", [cell]), conflicts=make_frame("conflicts", twice)
    )
    assessments = read_assessments(changed, lay_out_cells(changed))
    row = int(np.flatnonzero(table.records["record"].to_numpy() == record)[0])
    for source, expected in (("north", "positive"), ("south", "negative")):
        place = np.searchsorted(assessments[source].record, row)
        assert STATES[assessments[source].state[place, 1]] == expected


def test_an_empty_table(table):
    empty = dataclasses.replace(
        table,
        records=table.records.clear(),
        cells=table.cells.clear(),
        members=table.members.clear(),
        conflicts=table.conflicts.clear(),
    )
    cells = lay_out_cells(empty)
    assert cells.state.shape == (0, 3)
    assert [len(said.record) for said in read_assessments(empty, cells).values()] == [0, 0, 0]


def test_a_source_without_a_scope_is_listed(table):
    assert sources_of_cells(dataclasses.replace(table, scopes={})) == ["north", "south", "silent"]
