import dataclasses
import itertools

import numpy as np
import polars as pl
import pytest

from labelassemble.report.audit.cooccurrence import (
    MIN_KNOWN,
    count_pairs,
    describe_pair,
    find_asked,
    list_class_pairs,
    strongest_pairs,
)
from labelassemble.report.cell_matrix import lay_out_cells, read_assessments


def ask(table):
    cells = lay_out_cells(table)
    return cells, find_asked(table, cells, read_assessments(table, cells))


def test_pairs_equal_a_slow_count():
    generator = np.random.default_rng(0)
    known = generator.random((300, 4)) < 0.7
    positive = generator.random((300, 4)) < 0.4
    counts = count_pairs(positive, known)
    for row, column in itertools.product(range(4), repeat=2):
        told = [(positive[n, row], positive[n, column]) for n in range(300)
                if known[n, row] and known[n, column]]  # fmt: skip
        assert counts.known[row, column] == len(told)
        assert counts.both[row, column] == sum(a and b for a, b in told)
        assert counts.first[row, column] == sum(a and not b for a, b in told)
        assert counts.second[row, column] == sum(b and not a for a, b in told)


def test_unknown_is_not_absent():
    known = np.zeros((500, 2), dtype=bool)
    known[:200, 0] = known[300:, 1] = True
    pair = list_class_pairs(("x", "y"), count_pairs(np.ones((500, 2), dtype=bool), known))[0]
    assert (pair.known, pair.both, pair.ratio, pair.level) == (0, 0, None, None)


def test_only_sources_that_looked_are_asked(table):
    cells, asked = ask(table)
    split = table.cells["source"].str.split("+")
    for name, place in zip(table.classes, range(4), strict=True):
        looking = [source for source, scope in table.scopes.items() if name in scope]
        names = set(table.records["record"].gather(np.flatnonzero(asked[:, place])))
        own = table.cells.filter((pl.col("class") == name) & pl.col("label").is_not_null())
        spoke = set(
            own.filter(
                pl.Series([any(one in looking for one in told) for told in split]).filter(
                    (table.cells["class"] == name) & table.cells["label"].is_not_null()
                )
            )["record"]
        )
        overruled = set(
            table.conflicts.filter(
                (pl.col("class") == name)
                & (pl.col("left_source").is_in(looking) | pl.col("right_source").is_in(looking))
            )["record"]
        )
        assert names == spoke | overruled
    assert cells.label.shape == asked.shape


def test_an_implied_positive_counts_where_another_source_looked_and_was_overruled(table):
    _, asked = ask(table)
    opacity = table.classes.index("opacity")
    names = set(table.records["record"].gather(np.flatnonzero(asked[:, opacity])))
    south = set(table.members.filter(pl.col("source") == "south")["record"])
    assert names == south


def test_the_odds_ratio():
    pair = describe_pair("x", "y", 1000, 60, 40, 140)
    assert pair.ratio == pytest.approx(60 * 760 / (40 * 140))
    assert pair.expected == pytest.approx(100 * 200 / 1000)
    assert (pair.level, pair.always) == (4, False)


@pytest.mark.parametrize(
    ("counts", "level"),
    [
        ((1000, 40, 160, 160), 0),
        ((1000, 60, 140, 140), 2),
        ((1000, 50, 150, 150), 1),
        ((1000, 32, 168, 168), -1),
        ((1000, 0, 200, 200), -4),
    ],
)
def test_levels(counts, level):
    assert describe_pair("x", "y", *counts).level == level


@pytest.mark.parametrize(
    "counts",
    [
        (MIN_KNOWN - 1, 20, 20, 20),
        (1000, 3, 30, 30),
        (1000, 500, 500, 0),
        (1000, 0, 0, 300),
        (0, 0, 0, 0),
    ],
)
def test_too_few_images_say_nothing(counts):
    pair = describe_pair("x", "y", *counts)
    assert (pair.ratio, pair.level, pair.always) == (None, None, False)


def test_a_class_within_another_is_marked_and_not_among_the_strongest():
    within = describe_pair("opacity", "edema", 1000, 100, 200, 0)
    strong = describe_pair("x", "y", 1000, 60, 40, 140)
    apart = describe_pair("x", "z", 1000, 1, 199, 199)
    few = describe_pair("x", "v", 10, 5, 1, 1)
    assert within.always
    assert strongest_pairs([within, strong, apart, few], 5) == [apart, strong]
    assert strongest_pairs([within, strong, apart, few], 1) == [apart]


def test_every_pair_stands_once(table):
    cells, asked = ask(table)
    pairs = list_class_pairs(table.classes, count_pairs(cells.label == 1, asked))
    assert len(pairs) == 6
    assert len({frozenset(one[:2]) for one in pairs}) == 6
    empty = dataclasses.replace(table, cells=table.cells.clear(), conflicts=table.conflicts.clear())
    cells, asked = ask(empty)
    assert not asked.any()
