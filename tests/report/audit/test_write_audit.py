import dataclasses
import re

import numpy as np
import polars as pl
import pytest

from labelassemble.assembly.assembled_table import make_frame
from labelassemble.assembly.audit import find_leaks
from labelassemble.errors import RunError
from labelassemble.report.audit.content import ForeignSplit
from labelassemble.report.audit.findings import gather_findings
from labelassemble.report.audit.write_audit import render_audit, write_audit


@pytest.fixture(scope="module")
def page(content, read_html):
    return read_html(render_audit(content))


def test_the_page_loads_nothing_and_runs_nothing(content, page, read_html):
    assert page.tags.isdisjoint({"script", "link", "iframe", "object", "embed", "form"})
    assert page.loads == []
    records = dataclasses.replace(content, thumbnail=lambda path: np.ones((9, 9), dtype=np.uint8))
    loads = read_html(render_audit(records)).loads
    assert loads
    assert all(load.startswith("data:image/jpeg;base64,") for load in loads)


def test_style_loads_nothing(content):
    style = re.search(r"<style>(.*?)</style>", render_audit(content), re.DOTALL)[1]
    assert "url(" not in style
    assert "@import" not in style


def test_links_lead_to_sections_or_source_pages(page):
    assert len(set(page.ids)) == len(page.ids)
    for link in page.links:
        assert link.removeprefix("#") in page.ids or link.startswith("https://example.org/")
    assert "https://example.org/north" in page.links


def test_no_absolute_path_is_shown(content):
    assert "/files/" not in render_audit(content)


def test_numbers_are_those_of_the_frames(content, page, count_said):
    table = content.table
    for source, scope in table.scopes.items():
        for name in scope:
            slow = count_said(source, name, None)
            assert f"{slow['positive']} pos · {slow['negative']} neg" in page.words
            known = slow["positive"] + slow["negative"]
            assert f"{name.capitalize()} {source} {slow['positive']} {known} " in page.words
    found = gather_findings(content)
    for one in found.disagreements:
        assert f" {one.differ} " in page.words
    for one in found.separate.leaks:
        assert f"{100 * one.person:.1f} %" in page.words
    assert "164" in page.words
    assert f"{found.groups.groups} " in page.words


def test_a_missing_kappa_is_explained(page):
    assert "none: north says positive of all" in page.words


def test_every_section_says_where_the_detail_is(page):
    for name in ("records", "cells", "members", "groups", "links", "conflicts", "agreement"):
        assert f"{name}.parquet" in page.words
    assert "excluded.parquet" in page.words
    assert "assembled.json" in page.words


def test_where_it_all_comes_from(page):
    for words in (
        "Vocabulary four, version 3.",
        "CC BY 4.0",
        "Doe et al., south, 2020",
        "ab" * 32,
        "Mind the north.",
        "odd effusion",
        "not frontal",
        "label 0.4",
        "source_order",
        "text mining",
    ):
        assert words in page.words


def test_no_leak_is_shouted_wrongly(page, content):
    assert "No leak is known in the split" in page.words
    assert "leaks:" not in page.words
    assert 'class="answer leak"' not in render_audit(content)


def test_a_leak_is_shouted_and_listed(content, leaking, read_html):
    html = render_audit(dataclasses.replace(content, table=leaking))
    words = read_html(html).words
    assert 'class="answer leak"' in html
    assert "The split leaks: 1 patient in two or three of train, validate and test" in words
    assert "test: north/000.png" in words
    assert "Leaks of the table's own split" in words


def test_a_foreign_split_is_audited(content, table, read_html):
    rows = table.members.select("image", "source").with_columns(
        split=pl.when(pl.col("source") == "north").then(pl.lit("train")).otherwise(pl.lit("test"))
    )
    foreign = ForeignSplit("theirs.csv", rows, find_leaks(table, rows))
    words = read_html(render_audit(dataclasses.replace(content, foreign=foreign))).words
    assert "The split in theirs.csv leaks: 20 images" in words
    assert "It names 184 images: 120 train, 0 validate, 64 test, 0 unused." in words
    assert re.search(r"test 64 20 31\.2 % 20 31\.2 %", words)
    assert "No leak is known in the table's own split" in words


def test_hostile_words_are_shown_not_run(content, table, read_html):
    bad = "<script>alert('x')</script>&\"'"
    record = table.records["record"][0]

    def spoil(frame, columns):
        return frame.with_columns(
            pl.col(column).cast(pl.String).str.replace(record, bad, literal=True)
            for column in columns
        )

    sources = {
        "north": {
            "title": bad,
            "licence": bad,
            "citation": bad,
            "url": "javascript:alert(1)",
            "evidence": bad,
            "notes": bad,
            "inputs": [{"path": bad, "rows": 1, "sha256": bad}],
            "unmapped_terms": [{"term": bad, "count": 1, "nearest": bad}],
        }
    }
    conflict = {**table.conflicts.row(0, named=True), "record": bad, "decision": bad}
    conflicts = make_frame("conflicts", [conflict])
    hostile = dataclasses.replace(
        table,
        records=spoil(table.records, ["record"]).with_columns(
            split_reason=pl.lit(bad), view=pl.lit(bad), sex=pl.lit(bad), patient=pl.lit(bad)
        ),
        members=spoil(table.members, ["record"]),
        cells=spoil(table.cells, ["record"]),
        conflicts=conflicts,
        excluded=table.excluded.with_columns(reason=pl.lit(bad)),
        groups=table.groups.with_columns(evidence=pl.lit(bad)),
        manifest={
            **table.manifest,
            "sources": sources,
            "vocabulary": {"name": bad, "version": bad},
            "settings": {"conflicts": bad, "note": bad},
        },
    )
    html = render_audit(
        dataclasses.replace(
            content, title=bad, table=hostile, titles=dict.fromkeys(table.classes, bad)
        )
    )
    words = read_html(html)
    assert "<script" not in html
    assert words.tags.isdisjoint({"script"})
    assert words.words.count("alert('x')") > 20
    assert not any("javascript" in link for link in words.links)


@pytest.mark.parametrize("manifest", [{}, {"sources": None, "rows": 3, "settings": "x"}])
def test_an_empty_table(content, bare, manifest, read_html):
    empty = dataclasses.replace(bare, manifest=manifest)
    words = read_html(render_audit(dataclasses.replace(content, table=empty))).words
    assert "No image and class has two assessments" in words
    assert "No two classes are known on the same image" in words
    assert "No age is known" in words
    assert "The table does not say" in words


def test_a_table_without_classes_or_sources(content, bare, read_html):
    nothing = dataclasses.replace(bare, classes=(), scopes={}, manifest={})
    words = read_html(render_audit(dataclasses.replace(content, table=nothing))).words
    assert "The table has no classes, or no sources." in words


def test_one_source(content, table, read_html):
    alone = dataclasses.replace(
        table,
        members=table.members.filter(pl.col("source") == "north"),
        records=table.records.filter(pl.col("source") == "north"),
        cells=table.cells.filter(pl.col("source") == "north"),
        groups=table.groups.filter(pl.col("sources").str.starts_with("north")).with_columns(
            sources=pl.lit("north")
        ),
        conflicts=table.conflicts.clear(),
        agreement=table.agreement.clear(),
        links=table.links.clear(),
        scopes={"north": table.scopes["north"]},
    )
    words = read_html(render_audit(dataclasses.replace(content, table=alone))).words
    assert "Nothing links any two images" in words
    assert "Audit of three hospitals" in words


def test_long_lists_are_cut_and_say_so(content, table, read_html):
    many = pl.DataFrame(
        [("north", f"{n}.png", f"reason {'x' * n}", 1) for n in range(70)],
        schema=table.excluded.schema,
        orient="row",
    )
    long = dataclasses.replace(table, excluded=many)
    words = read_html(render_audit(dataclasses.replace(content, table=long))).words
    assert "And 10 reasons more." in words


def test_the_same_table_gives_the_same_bytes(content, tmp_path):
    pages = [write_audit(content, tmp_path / name / "audit.html") for name in ("a", "b")]
    assert pages[0].read_bytes() == pages[1].read_bytes()
    given = write_audit(content, tmp_path / "c.html", gather_findings(content))
    assert given.read_bytes() == pages[0].read_bytes()


def test_the_order_of_rows_does_not_matter(content, table):
    turned = dataclasses.replace(
        table,
        cells=table.cells.reverse(),
        conflicts=table.conflicts.reverse(),
        links=table.links.reverse(),
        excluded=table.excluded.reverse(),
    )
    assert render_audit(dataclasses.replace(content, table=turned)) == render_audit(content)


def test_a_page_that_cannot_be_written_is_told(content, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(RunError, match="to be written"):
        write_audit(content, tmp_path / "file" / "audit.html")
