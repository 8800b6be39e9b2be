import dataclasses

import polars as pl

from labelassemble.assembly.assembled_table import make_frame
from labelassemble.report.label_counts import COUNTED_STATES, count_source_labels

SCOPES = {"north": ("effusion", "mass"), "south": ("mass", "hernia"), "silent": ()}
CLASSES = ("effusion", "mass", "hernia")


def count_slowly(table, source, name):
    """What the source said itself, image by image."""
    counts = dict.fromkeys(COUNTED_STATES, 0)
    held = set(table.members.filter(pl.col("source") == source)["record"])
    for record in held:
        said = [
            row[f"{side}_assessment"]
            for row in table.conflicts.iter_rows(named=True)
            for side in ("left", "right")
            if (row["record"], row["class"], row[f"{side}_source"]) == (record, name, source)
        ]
        said += [
            row["state"]
            for row in table.cells.iter_rows(named=True)
            if (row["record"], row["class"]) == (record, name)
            and source in row["source"].split("+")
        ]
        if said:
            counts[said[0]] += 1
    return counts, len(held)


def test_counts_equal_a_slow_count(simulate_table):
    table = simulate_table(SCOPES, CLASSES, records=24)
    counts = count_source_labels(table)
    assert counts["source"].unique(maintain_order=True).to_list() == ["north", "south", "silent"]
    assert counts["class"].to_list() == list(CLASSES) * 3
    for row in counts.iter_rows(named=True):
        expected, records = count_slowly(table, row["source"], row["class"])
        assert {state: row[state] for state in COUNTED_STATES} == expected
        assert row["records"] == records
        assert row["unknown"] == records - sum(expected.values())
        assert row["looked_for"] == (row["class"] in SCOPES[row["source"]])
    assert counts.filter(pl.col("source") == "silent")["unknown"].to_list() == [24, 24, 24]


def test_an_overruled_assessment_counts_for_the_source_that_gave_it(simulate_table):
    table = simulate_table(SCOPES, CLASSES, records=24)
    without = dataclasses.replace(table, conflicts=table.conflicts.clear())
    overruled = table.conflicts.height
    assert overruled > 0
    mass = (pl.col("source") == "south") & (pl.col("class") == "mass")
    more = count_source_labels(table).filter(mass)["negative"][0]
    assert more == count_source_labels(without).filter(mass)["negative"][0] + overruled


def test_a_cell_of_two_sources_counts_for_both(simulate_table):
    table = simulate_table(SCOPES, CLASSES, records=12)
    shared = table.members.filter(pl.col("source") == "south")["record"][0]
    cells = make_frame(
        "cells",
        [{"record": shared, "class": "mass", "state": "positive", "source": "north+south"}],
    )
    both = dataclasses.replace(table, cells=cells, conflicts=table.conflicts.clear())
    counts = count_source_labels(both).filter(pl.col("class") == "mass")
    assert dict(counts.select("source", "positive").iter_rows()) == {
        "north": 1,
        "south": 1,
        "silent": 0,
    }
