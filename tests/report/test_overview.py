import dataclasses

import polars as pl
import pytest

from labelassemble.report.overview import overview_of_table

SCOPES = {"north": ("effusion", "mass"), "south": ("mass",), "silent": ()}


@pytest.fixture
def table(simulate_table):
    return simulate_table(SCOPES, ("effusion", "mass"), records=60)


def test_everything_adds_up(table):
    overview = overview_of_table(table)
    assert sum(overview.splits.values()) == table.records.height
    for source in overview.sources:
        assert sum(source.splits.values()) == source.records == source.images == 60
        assert source.patients == 30
        assert source.classes == SCOPES[source.name]
    assert overview.sources[0].excluded == 2
    assert overview.excluded == [("north", "no image file", 2)]
    assert sum(row["count"] for row in overview.conflicts) == overview.total_conflicts
    assert overview.total_conflicts == table.conflicts.height > 0
    assert sum(number for _, number in overview.unused) == overview.splits["unused"]
    assert overview.shared == [("north + south", "crosswalk", 20)]
    assert overview.prevented == 11
    assert overview.leaks == 0


def test_what_the_manifest_says_is_shown(table):
    north = overview_of_table(table).sources[0]
    assert north.title == "The north data set"
    assert north.licence == "CC BY 4.0"
    assert north.url == "https://example.org/north"
    assert north.inputs[0]["path"] == "north.csv"
    assert north.unmapped[0]["term"] == "support devices"


@pytest.mark.parametrize(
    "manifest",
    [{}, {"sources": None}, {"sources": {"north": "odd"}}, {"sources": {"north": {"inputs": 3}}}],
)
def test_a_bare_manifest_is_no_obstacle(table, manifest):
    north = overview_of_table(dataclasses.replace(table, manifest=manifest)).sources[0]
    assert (north.title, north.licence, north.url) == ("north", "", "")
    assert north.inputs == north.unmapped == []


def test_only_web_addresses_become_links(table):
    manifest = {"sources": {"north": {"url": "javascript:alert(1)"}}}
    assert overview_of_table(dataclasses.replace(table, manifest=manifest)).sources[0].url == ""


def test_a_leak_is_seen(table):
    moved = table.records.with_columns(
        split=pl.when(pl.int_range(pl.len()) == 0)
        .then(pl.lit("test"))
        .when(pl.int_range(pl.len()) == 1)
        .then(pl.lit("train"))
        .otherwise("split"),
        group=pl.when(pl.int_range(pl.len()) < 2).then(77).otherwise("group"),
    )
    assert overview_of_table(dataclasses.replace(table, records=moved)).leaks == 1


def test_unused_images_are_no_leak(table):
    unused = table.records.with_columns(
        split=pl.when(pl.int_range(pl.len()) == 0).then(pl.lit("unused")).otherwise("split")
    )
    assert overview_of_table(dataclasses.replace(table, records=unused)).leaks == 0
