import dataclasses

import polars as pl

from labelassemble.report.placed_members import place_members

SCOPES = {"north": ("effusion", "mass"), "south": ("mass",)}


def test_every_image_finds_its_image(simulate_table):
    table = simulate_table(SCOPES, ("effusion", "mass"), records=30)
    placed = place_members(table)
    assert placed.select("source", "image").equals(table.members.select("source", "image"))
    for row, member in zip(
        placed.iter_rows(named=True), table.members.iter_rows(named=True), strict=True
    ):
        record = table.records.row(row["row"], named=True)
        assert record["record"] == member["record"]
        assert (record["group"], record["split"]) == (row["group"], row["split"])


def test_an_image_without_a_image_is_excluded(simulate_table):
    table = simulate_table(SCOPES, ("effusion", "mass"), records=30)
    fewer = dataclasses.replace(table, records=table.records.head(5))
    assert place_members(fewer)["row"].unique().sort().to_list() == [0, 1, 2, 3, 4]
    assert place_members(dataclasses.replace(table, records=table.records.clear())).is_empty()
    assert place_members(table).schema["row"] == pl.Int64
