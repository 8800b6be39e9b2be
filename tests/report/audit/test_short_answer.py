import dataclasses

import polars as pl
import pytest

from labelassemble.assembly.audit import Leak, find_leaks
from labelassemble.report.audit.content import ForeignSplit
from labelassemble.report.audit.findings import gather_findings
from labelassemble.report.audit.short_answer import answer_audit, describe_leaks


def answer(content):
    return answer_audit(content, gather_findings(content))


@pytest.fixture(scope="module")
def told(table):
    """Every image with a file, every image with a patient."""
    named = pl.coalesce("patient", pl.format("{}/own-{}", "source", "image"))
    return dataclasses.replace(
        table,
        records=table.records.with_columns(path=pl.lit("/file")),
        members=table.members.with_columns(patient=named),
        groups=table.groups.with_columns(patients=pl.max_horizontal("patients", pl.lit(1))),
    )


def test_what_cannot_be_seen_is_said_at_once(content):
    found = answer(content)
    assert found.assessment == "unsure"
    assert found.sentence == (
        "No leak is known in the split: no image, patient or group stands in two of train, "
        "validate and test. But the table cannot see everything: 40 images have no image file to "
        "compare and nothing tells the patient of 44 images."
    )


def test_no_leak_is_said_plainly_where_everything_is_known(content, told):
    found = answer(dataclasses.replace(content, table=told))
    assert found.assessment == "fine"
    assert found.sentence.startswith("The split does not leak: no image")


def test_a_leak_is_shouted(content, leaking):
    found = answer(dataclasses.replace(content, table=leaking))
    assert found.assessment == "leak"
    assert found.sentence.startswith("The split leaks: 1 patient in two or three of train")
    assert "a person that an earlier part shows too" in found.sentence
    assert "cannot see" not in found.sentence


def test_a_foreign_split_is_judged_beside_the_own_one(content, told):
    placed = told.members.select("image", "source").with_columns(split=pl.lit("train"))
    whole = dataclasses.replace(content, table=told, foreign=ForeignSplit("a.csv", placed, []))
    assert answer(whole).assessment == "fine"
    assert "The split in a.csv does not leak" in answer(whole).sentence
    halves = placed.with_columns(
        split=pl.when(pl.int_range(pl.len()) % 2 == 0).then(pl.lit("test")).otherwise("split")
    )
    leaks = find_leaks(told, halves)
    leaky = dataclasses.replace(whole, foreign=ForeignSplit("b.csv", halves, leaks))
    found = answer(leaky)
    assert found.assessment == "leak"
    assert found.sentence.startswith("The split in b.csv leaks: ")
    assert "The table's own split does not leak" in found.sentence


def test_leaks_are_counted_by_kind():
    def leak(kind):
        return Leak(kind, "x", ("train", "test"), ())

    assert describe_leaks([leak("image"), leak("image"), leak("group")]) == (
        "2 images and 1 group in two or three of train, validate and test"
    )


def test_how_much_there_is(content):
    found = answer(content)
    assert found.detail.startswith(
        "184 images of 3 sources show 164 distinct images of 103 persons, as far as is known; "
        "4 classes. Had every source been split by itself, "
    )


def test_an_empty_table(content, bare):
    found = answer(dataclasses.replace(content, table=bare))
    assert found.assessment == "fine"
    assert found.cautions == ()
    assert "no distinct images" in found.detail
