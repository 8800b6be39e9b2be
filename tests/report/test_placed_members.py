import dataclasses

import polars as pl

from labelassemble.report.placed_members import place_members

SCOPES = {"north": ("effusion", "mass"), "south": ("mass",)}


def test_every_image_finds_its_picture(simulate_table):
    table = simulate_table(SCOPES, ("effusion", "mass"), pictures=30)
    placed = place_members(table)
    assert placed.select("source", "image").equals(table.members.select("source", "image"))
    for row, member in zip(
        placed.iter_rows(named=True), table.members.iter_rows(named=True), strict=True
    ):
        picture = table.pictures.row(row["row"], named=True)
        assert picture["picture"] == member["picture"]
        assert (picture["group"], picture["split"]) == (row["group"], row["split"])


def test_an_image_without_a_picture_is_left_out(simulate_table):
    table = simulate_table(SCOPES, ("effusion", "mass"), pictures=30)
    fewer = dataclasses.replace(table, pictures=table.pictures.head(5))
    assert place_members(fewer)["row"].unique().sort().to_list() == [0, 1, 2, 3, 4]
    assert place_members(dataclasses.replace(table, pictures=table.pictures.clear())).is_empty()
    assert place_members(table).schema["row"] == pl.Int64
