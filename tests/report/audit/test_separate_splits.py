import dataclasses

import numpy as np
import polars as pl
import pytest

from labelassemble.report.audit.separate_splits import (
    TEST,
    TRAIN,
    VALIDATE,
    draw_parts,
    split_separately,
)
from labelassemble.report.placed_members import place_members


def split(table, seed=0, draws=5, test=0.25, validation=0.2):
    generator = np.random.default_rng(seed)
    return split_separately(table, place_members(table), test, validation, generator, draws)


def test_parts_have_their_share_of_patients():
    patient = np.repeat(np.arange(100), 3)
    part = draw_parts(patient, 0.2, 0.15, np.random.default_rng(0))
    for one in range(100):
        assert len(set(part[patient == one])) == 1
    counts = [int((part == kind).sum()) for kind in (TRAIN, VALIDATE, TEST)]
    assert counts == [3 * 68, 3 * 12, 3 * 20]


@pytest.mark.parametrize("fractions", [(0.0, 0.0), (1.0, 0.5), (0.5, 1.0)])
def test_extreme_fractions(fractions):
    part = draw_parts(np.arange(10), *fractions, np.random.default_rng(0))
    assert (part == TEST).sum() == 10 * fractions[0]
    assert draw_parts(np.zeros(0, int), *fractions, np.random.default_rng(0)).shape == (0,)


def test_leaks_equal_a_slow_count(table):
    found = split(table, draws=3)
    images = [
        (row["source"], row["record"], row["patient"] or row["image"])
        for row in table.members.iter_rows(named=True)
    ]
    group = dict(table.records.select("record", "group").iter_rows())
    generator = np.random.default_rng(0)
    sums: dict[tuple[str, str], list[np.ndarray]] = {}
    for _ in range(3):
        part = {}
        for source in ("north", "south", "silent"):
            own = [n for n, one in enumerate(images) if one[0] == source]
            # Patients are numbered in the order of their names; those without one come first.
            names = sorted(
                {images[n][2] for n in own}, key=lambda name: (not name.endswith("g"), name)
            )
            number = np.array([names.index(images[n][2]) for n in own])
            part[source] = dict(zip(own, draw_parts(number, 0.25, 0.2, generator), strict=True))
        for tested in part:
            test = [n for n, kind in part[tested].items() if kind == TEST]
            for trained in part:
                seen = [n for n, kind in part[trained].items() if kind != TEST]
                train = [n for n, kind in part[trained].items() if kind == TRAIN]
                records = {images[n][1] for n in seen}
                persons = {group[images[n][1]] for n in seen}
                told = [
                    len(test),
                    np.mean([images[n][1] in records for n in test]),
                    np.mean([images[n][1] in {images[m][1] for m in train} for n in test]),
                    np.mean([group[images[n][1]] in persons for n in test]),
                ]
                sums.setdefault((tested, trained), []).append(np.array(told))
    expected = {
        pair: np.mean(rows, axis=0)
        for pair, rows in sums.items()
        if np.mean(rows, axis=0)[1:].any()
    }
    assert {(one.tested, one.trained) for one in found.leaks} == set(expected)
    for one in found.leaks:
        told = (one.test_images, one.record, one.in_train, one.person)
        assert told == pytest.approx(tuple(expected[one.tested, one.trained]))
        assert one.record_low <= one.record <= one.record_high
        assert one.in_train <= one.record <= one.person


def test_a_source_that_is_wholly_in_another_leaks_as_much_as_is_trained_on(table):
    copies = table.members.filter(pl.col("source") == "north").with_columns(
        source=pl.lit("copy"), patient=None, image=pl.col("image") + "x"
    )
    both = dataclasses.replace(table, members=pl.concat([table.members, copies]))
    found = {(one.tested, one.trained): one for one in split(both, draws=40).leaks}
    assert found["copy", "north"].record == pytest.approx(0.75, abs=0.05)
    assert found["copy", "north"].in_train == pytest.approx(0.6, abs=0.05)
    # The copy names no patients, so its own parts share persons.
    assert found["copy", "copy"].record == 0
    assert found["copy", "copy"].person > 0.5


def test_sources_without_anything_in_common_leak_nothing(table):
    apart = dataclasses.replace(
        table,
        members=table.members.filter(pl.col("record").str.starts_with("silent")),
    )
    found = split(apart)
    assert found.leaks == []
    assert (found.test_fraction, found.validation_fraction, found.draws) == (0.25, 0.2, 5)


def test_the_seed_decides(table, bare):
    assert split(table) == split(table)
    assert split(table) != split(table, seed=1)
    assert split(bare).leaks == []
