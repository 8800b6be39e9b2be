import dataclasses

import numpy as np
import pytest

from labelassemble.report.audit.disagreements import Disagreement
from labelassemble.report.audit.findings import gather_findings
from labelassemble.report.audit.page import (
    describe_audit,
    explain_missing_kappa,
    summarise_pairs,
)


def row(between="sources", counts=(0, 0, 0, 0), kappa=None, name="mass", compared=10, differ=0):
    return Disagreement(
        between, "north", "south" if between == "sources" else "north", name, compared, *counts,
        0.5, None, kappa, None, None, differ, (),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (row(counts=(3, 4, 0, 0)), "north says positive of all"),
        (row(counts=(0, 4, 0, 9)), "south says negative of all"),
        (row(counts=(5, 0, 0, 0)), "north says positive of all; south says positive of all"),
        (row("readers", (0, 0, 0, 9)), "all readers always say negative"),
        (row("readers", (4, 0, 0, 0)), "all readers always say positive"),
        (row(compared=None), "nobody was sure on both sides"),
    ],
)
def test_a_missing_kappa_is_explained(one, words):
    assert explain_missing_kappa(one) == words


def test_pairs_of_sources_are_summed_up():
    rows = [
        row(counts=(1, 2, 3, 4), kappa=0.2, name="mass", differ=5),
        row(counts=(1, 0, 0, 4), kappa=0.9, name="hernia"),
        row(counts=(1, 0, 0, 0), name="opacity"),
        row("readers", (2, 1, 0, 3), kappa=0.5),
    ]
    first, second = summarise_pairs(rows)
    assert (first["between"], first["classes"], first["measured"]) == ("sources", 3, 2)
    assert (first["compared"], first["differ"]) == (16, 5)
    assert (first["lowest"].name, first["highest"].name) == ("mass", "hernia")
    assert second["between"] == "readers"


def test_the_matrix_holds_every_class_and_source(content):
    page = describe_audit(content, gather_findings(content))
    assert list(page["matrix"]) == list(content.table.classes)
    for name, cells in page["matrix"].items():
        assert [cell["source"] for cell in cells] == ["north", "south", "silent"]
        for cell in cells:
            assert cell["known"] == bool(cell["positive"] + cell["negative"] + cell["uncertain"])
            if cell["known"]:
                assert sum(cell["shares"].values()) == pytest.approx(100, abs=0.05)
            assert cell["class"] == name


def test_dots_stand_for_sources_that_looked(content):
    page = describe_audit(content, gather_findings(content))
    for name, dots in page["source_dots"]:
        for source, dot in zip(content.table.scopes, dots, strict=True):
            assert (dot is not None) == (name in content.table.scopes[source])
    assert [name for name, _ in page["part_dots"]] == list(content.table.classes)


def test_thumbnails_are_asked_for_by_file_and_may_be_missing(content):
    asked = []

    def thumbnail(path):
        asked.append(path)
        return None if len(asked) == 1 else np.full((4, 4), 9, dtype=np.uint8)

    shown = describe_audit(
        dataclasses.replace(content, thumbnail=thumbnail, examples=5, max_examples=8),
        gather_findings(content),
    )
    assert len(shown["examples"]) == 8
    assert all(path.startswith("/files/") for path in asked)
    records = [drawn for _, drawn in shown["examples"]]
    assert records[0] == []
    galleries = [one.records for gallery in shown["galleries"] for one in gallery.pairs]
    assert sum(map(len, records + galleries)) == len(asked) - 1
    assert "says" in next(drawn for drawn in records if drawn)[0].alt


def test_every_conflict_can_be_reached(content):
    shown = describe_audit(content, gather_findings(content))
    number, rows = shown["all_conflicts"]
    assert number == len(rows) == content.table.conflicts.height
    assert shown["conflict_records"] == content.table.conflicts["record"].n_unique()
    assert len(shown["examples"]) == shown["conflict_records"]
