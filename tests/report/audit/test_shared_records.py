import dataclasses
import itertools

import polars as pl

from labelassemble.assembly.assembled_table import make_frame
from labelassemble.report.audit.shared_records import count_shared
from labelassemble.report.placed_members import place_members


def test_images_and_persons_equal_a_slow_count(table):
    found = count_shared(table, place_members(table))
    assert found.sources == ["north", "south", "silent"]
    groups = dict(table.records.select("record", "group").iter_rows())
    held = {
        source: set(table.members.filter(pl.col("source") == source)["record"])
        for source in found.sources
    }
    for one, other in itertools.product(found.sources, repeat=2):
        assert found.held[one, other] == len(held[one] & held[other])
        persons = [{groups[record] for record in held[name]} for name in (one, other)]
        assert found.persons[one, other] == len(persons[0] & persons[1])
    assert found.held["north", "south"] == 20
    assert found.twice == {}


def test_links_stand_in_recipe_order_the_surest_first(table):
    found = count_shared(table, place_members(table))
    assert found.links == [
        ("north", "north", "look-alike", 1, False, 0.20000000298023224),
        ("north", "south", "crosswalk", 20, True, 57.0),
    ]


def test_both_directions_of_a_link_are_one(table):
    links = make_frame(
        "links",
        [
            {"left": "south/a", "right": "north/b", "evidence": "same file"},
            {"left": "north/c", "right": "south/d", "evidence": "same file", "measure": 0.5},
            {"left": "north/c/e", "right": "south/d", "evidence": "weak crosswalk"},
        ],
    )
    found = count_shared(dataclasses.replace(table, links=links), place_members(table))
    assert found.links == [
        ("north", "south", "same file", 2, True, 0.5),
        ("north", "south", "weak crosswalk", 1, False, None),
    ]


def test_an_image_that_a_source_holds_twice(table):
    first = table.members.row(0, named=True)
    again = make_frame("members", [{**first, "image": "copy.png", "evidence": "same file"}])
    twice = dataclasses.replace(table, members=pl.concat([table.members, again]))
    found = count_shared(twice, place_members(twice))
    assert found.twice == {"north": 1}
    assert found.held["north", "north"] == 120


def test_nothing_there(bare):
    found = count_shared(bare, place_members(bare))
    assert set(found.held.values()) == set(found.persons.values()) == {0}
    assert found.links == []
