import dataclasses

from labelassemble.report.audit.rows_read import (
    SourceRows,
    describe_rows,
    list_incoherent,
    list_reasons,
)


def test_rows_add_up(table):
    found = describe_rows(table)
    assert found == [
        SourceRows("north", 120, 120, 0, 0, 0, 120, 0),
        SourceRows("south", 66, 60, 3, 3, 0, 60, 60),
        SourceRows("silent", 4, 4, 0, 0, 0, 4, 4),
    ]
    assert all(one.adds_up for one in found)


def test_rows_that_do_not_add_up_are_seen():
    assert not SourceRows("a", 10, 5, 1, 3, 0, 5, 0).adds_up
    assert SourceRows("a", None, 5, 1, 3, 0, 5, 0).adds_up
    assert SourceRows("a", 10, None, 1, 3, 0, 5, 0).adds_up


def test_reasons(table, bare):
    ((source, one),) = list_reasons(table)
    assert (source, one.reason, one.count, len(one.examples)) == ("south", "not frontal", 3, 2)
    assert list_reasons(bare) == []


def test_incoherent_cells(table, bare):
    assert list_incoherent(table) == [("effusion", "opacity", 3)]
    assert list_incoherent(bare) == []
    odd = dataclasses.replace(table, manifest={"incoherent": ["x", ["a", "b"], ["a", "b", 2]]})
    assert list_incoherent(odd) == [("a", "b", 2)]


def test_a_manifest_that_does_not_say(bare):
    assert describe_rows(bare)[0] == SourceRows("north", None, None, None, None, None, 0, 0)
