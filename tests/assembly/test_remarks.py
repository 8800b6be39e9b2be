from dataclasses import replace

import polars as pl
import pytest

from labelassemble.assembly.assembled_table import AssembledTable, make_frame
from labelassemble.assembly.links import LINK_COLUMNS
from labelassemble.assembly.remarks import list_remarks

NAMES = [f"{n}.png" for n in range(4)]


def make_images(**names: list[str]) -> pl.DataFrame:
    rows = [(source, name) for source, own in names.items() for name in own]
    return pl.DataFrame(rows, schema=["source", "image"], orient="row").select(
        pl.int_range(pl.len(), dtype=pl.Int64).alias("row"),
        "source",
        "image",
        patient=pl.lit(None, pl.String),
    )


def make_result(
    records: list[tuple[int, str]], groups: list[tuple[int, int, str]]
) -> AssembledTable:
    frames = {
        name: make_frame(name)
        for name in ("cells", "members", "links", "conflicts", "agreement", "boxes", "excluded")
    }
    return AssembledTable(
        classes=("mass",),
        records=make_frame(
            "records",
            [{"record": str(n), "group": g, "split": s} for n, (g, s) in enumerate(records)],
        ),
        groups=make_frame(
            "groups", [{"group": g, "records": n, "evidence": e} for g, n, e in groups]
        ),
        scopes={},
        manifest={},
        **frames,
    )


@pytest.fixture
def empty() -> AssembledTable:
    return make_result([], [])


def link(*pairs: tuple[int, int, str]) -> pl.DataFrame:
    return pl.DataFrame([(*p, None) for p in pairs], schema=LINK_COLUMNS, orient="row")


def test_equal_names_are_told_with_what_to_write(empty, make_table):
    tables = [make_table("a", NAMES), make_table("b", ["1.jpg", "2.jpg", "x.jpg"])]
    images = make_images(a=NAMES, b=["1.jpg", "2.jpg", "x.jpg"])
    (remark,) = list_remarks(empty, tables, images, link((1, 4, "same fingerprints")))
    assert remark.startswith("2 images have equal names in a and b, such as 1, 2; 1 of these")
    assert '[[overlaps]] source = "a"' in remark
    assert "manifest of b" in remark


@pytest.mark.parametrize("evidence", ["shared name", "crosswalk"])
def test_nothing_is_told_where_names_are_settled(evidence, empty, make_table):
    tables = [make_table("a", NAMES), make_table("b", NAMES)]
    assert list_remarks(empty, tables, make_images(a=NAMES, b=NAMES), link((0, 4, evidence))) == []
    shares = [{"source": "a", "pattern": "(?P<name>none)"}]
    tables = [make_table("a", NAMES), make_table("b", NAMES, overlaps=shares)]
    assert list_remarks(empty, tables, make_images(a=NAMES, b=NAMES), link()) == []
    tables = [make_table("a", NAMES), make_table("b", ["other.png"])]
    assert list_remarks(empty, tables, make_images(a=NAMES, b=["other.png"]), link()) == []


def test_unused_images_of_chains_of_look_alikes_are_told(make_table):
    records = [(0, "unused")] * 30 + [(n, "train") for n in range(1, 71)]
    chained = make_result(records, [(0, 30, "look-alike; same fingerprints"), (1, 1, "")])
    tables, images = [make_table("a", NAMES)], make_images(a=["w.png"])
    (remark,) = list_remarks(chained, tables, images, link())
    assert remark.startswith("30 of 100 images are unused in groups that look-alikes made")
    assert 'similar_images = "ignore"' in remark
    known = make_result(records, [(0, 30, "same patient"), (1, 1, "")])
    assert list_remarks(known, tables, images, link()) == []
    one = chained.groups.with_columns(patients=pl.lit(1, pl.Int64))
    assert list_remarks(replace(chained, groups=one), tables, images, link()) == []
    one_side = make_result([(0, "train")] * 30 + records[30:], [(0, 30, "look-alike")])
    (remark,) = list_remarks(one_side, tables, images, link())
    assert "one group of 30 of 100 images" in remark


def test_frames_of_videos_are_suspected(empty, make_table):
    names = [f"{n:02d}.png" for n in range(12)]
    links = link(*((n, n + 1, "look-alike") for n in range(11)))
    (remark,) = list_remarks(empty, [make_table("a", names)], make_images(a=names), links)
    assert remark.startswith(
        "11 of 11 neighbouring numbers in a look alike, such as 00.png and 01.png"
    )
    assert "sequence = '^(?P<sequence>.+)_" in remark
