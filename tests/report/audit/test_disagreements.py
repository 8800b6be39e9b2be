import dataclasses

import polars as pl
import pytest

from labelassemble.assembly.assembled_table import make_frame
from labelassemble.report.audit.disagreements import (
    Overruling,
    find_weaker_winners,
    list_disagreements,
)

ORDER = ("consensus", "radiologist", "text_mining")
EVIDENCE = {"north": "text_mining", "south": "radiologist", "silent": "unstated"}


def test_every_conflict_and_every_agreement_has_a_row(table):
    rows = list_disagreements(table)
    assert sum(one.differ for one in rows) == table.conflicts.height
    for one in rows:
        own = table.conflicts.filter(
            (pl.col("between") == one.between)
            & (pl.col("left_source") == one.left)
            & (pl.col("right_source") == one.right)
            & (pl.col("class") == one.name)
        )
        assert own.height == one.differ == sum(times for _, times in one.decisions)
        assert dict(one.decisions) == dict(
            own["decision"].cast(pl.String).value_counts().iter_rows()
        )
    assert [one.between for one in rows] == ["sources", "sources", "readers", "readers"]
    assert rows[0].differ >= rows[1].differ


def test_agreement_is_taken_over(table):
    effusion = next(one for one in list_disagreements(table) if one.name == "effusion")
    assert (effusion.compared, effusion.agreement, effusion.kappa) == (20, 0.55, 0.11)
    assert (effusion.low, effusion.high) == (-0.2, 0.4)
    assert effusion.positive_agreement == pytest.approx(8 / (8 + 3 + 6))


def test_what_was_not_measured_is_none(table):
    rows = list_disagreements(table)
    opacity = next(one for one in rows if one.name == "opacity" and one.between == "sources")
    assert (opacity.kappa, opacity.low) == (None, None)
    readers = next(one for one in rows if one.between == "readers")
    assert (readers.compared, readers.agreement, readers.positive_agreement) == (None, None, None)


def test_agreement_without_conflicts_stays(table):
    quiet = dataclasses.replace(table, conflicts=table.conflicts.clear())
    rows = list_disagreements(quiet)
    assert [(one.name, one.differ) for one in rows] == [("effusion", 0), ("opacity", 0)]


def test_weaker_winners_equal_a_slow_count(table):
    found = find_weaker_winners(table, EVIDENCE, ORDER)
    counts = {}
    for row in table.conflicts.filter(pl.col("between") == "sources").iter_rows(named=True):
        if row["decision"].startswith(row["left_assessment"]):
            counts[row["class"]] = counts.get(row["class"], 0) + 1
    assert found == sorted(
        (Overruling("north", "south", name, times) for name, times in counts.items()),
        key=lambda one: (-one.times, one),
    )
    assert found


def test_stronger_winners_and_equals_are_no_matter(table):
    assert find_weaker_winners(table, EVIDENCE | {"north": "consensus"}, ORDER) == []
    assert find_weaker_winners(table, EVIDENCE | {"north": "radiologist"}, ORDER) == []
    assert find_weaker_winners(table, {}, ORDER) == []


@pytest.mark.parametrize(
    ("left", "right", "decision"),
    [
        ("uncertain", "positive", "positive: definite beats uncertain"),
        ("positive", "negative", "uncertain: conflicts, mask"),
        ("positive", "negative", "negative: source_order, south first"),
    ],
)
def test_only_sure_assessments_that_stand_count(table, left, right, decision):
    conflict = {
        "record": "north/000.png",
        "class": "mass",
        "between": "sources",
        "left_source": "north",
        "left_assessment": left,
        "right_source": "south",
        "right_assessment": right,
        "decision": decision,
    }
    changed = dataclasses.replace(table, conflicts=make_frame("conflicts", [conflict]))
    assert find_weaker_winners(changed, EVIDENCE, ORDER) == []


def test_no_assessments_at_all(bare):
    assert list_disagreements(bare) == []
    assert find_weaker_winners(bare, EVIDENCE, ORDER) == []
