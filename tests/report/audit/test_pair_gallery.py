import dataclasses

import numpy as np
import polars as pl
import pytest

from labelassemble.assembly.assembled_table import make_frame
from labelassemble.report.audit.pair_gallery import draw_galleries, draw_pair


def link(left, right, evidence, measure):
    return {"left": left, "right": right, "evidence": evidence, "measure": measure}


@pytest.fixture
def linked(content):
    """North's images have files; two of them are one image."""
    links = [
        link("north/010.png", "north/011.png", "look-alike", 0.2),
        link("north/012.png", "north/013.png", "look-alike", 0.1),
        link("north/000.png", "south/s000.png", "look-alike", 0.01),
        link("north/020.png", "north/021.png", "same fingerprints", 0.01),
        link("north/022.png", "north/023.png", "same fingerprints", 0.05),
        link("north/024.png", "north/025.png", "crosswalk", 0.9),
    ]
    table = dataclasses.replace(content.table, links=make_frame("links", links))
    return dataclasses.replace(
        content, table=table, thumbnail=lambda path: np.full((6, 8), 9, dtype=np.uint8)
    )


def test_the_weakest_joins_and_the_closest_others_come_first(linked):
    joins, near = draw_galleries(linked)
    assert [round(one.measure, 3) for one in joins.pairs] == [0.05, 0.01]
    # North's 000 and south's s000 are one image by a crosswalk already.
    assert [round(one.measure, 3) for one in near.pairs] == [0.1, 0.2]
    assert (joins.number, near.number) == (2, 2)
    assert [len(one.records) for one in joins.pairs] == [2, 2]
    assert joins.pairs[0].records[0].alt == "Image north/022.png"


def test_how_many_are_shown_and_how_many_there_are(linked):
    few = dataclasses.replace(linked, examples=1, max_examples=2)
    joins, near = draw_galleries(few)
    assert (len(joins.pairs), joins.number) == (1, 2)
    assert (len(near.pairs), near.number) == (1, 2)


def test_pairs_without_files_are_named(linked):
    bare = linked.table.members.with_columns(path=pl.lit(None, pl.String))
    table = dataclasses.replace(linked.table, members=bare)
    joins, _ = draw_galleries(dataclasses.replace(linked, table=table))
    assert [one.records for one in joins.pairs] == [[], []]
    assert joins.pairs[0].left == "north/022.png"


def test_half_a_pair_is_not_shown(linked):
    half = dataclasses.replace(
        linked, thumbnail=lambda path: None if "1" in path else np.zeros((2, 2), dtype=np.uint8)
    )
    assert draw_pair(half, ["a", "b1"], ["a", "b"]) == []
    assert [one.alt for one in draw_pair(half, ["a", "b"], ["left", "right"])] == ["left", "right"]
