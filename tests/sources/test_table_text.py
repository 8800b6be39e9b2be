"""The fast way must read what the strict way reads, or leave it to that one."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelassemble.errors import SourceError
from labelassemble.sources import table_text
from labelassemble.sources.table_text import parse_table


def outcome(text, columns=("a", "b"), **more):
    """What reading gives: rows, or the mistake told."""
    try:
        frame = parse_table(text, more.pop("separator", ","), list(columns), "t.csv", **more)
    except SourceError as error:
        return error.args
    return frame.columns, frame.rows()


def both_ways(monkeypatch, text, **more):
    fast = outcome(text, **dict(more))
    with monkeypatch.context() as patch:
        patch.setattr(table_text, "_parse_fast", lambda *arguments: None)
        slow = outcome(text, **dict(more))
    return fast, slow


TEXT = st.text(st.sampled_from('ab1 ,;"\n\r\tü'), max_size=30)


@given(head=st.sampled_from(["a,b\n", "a,b,\n", " a ,b,c\n", "b;a\r\n", "a,a,b\n", ""]), text=TEXT)
def test_fast_and_strict_agree(head, text):
    with pytest.MonkeyPatch.context() as monkeypatch:
        fast, slow = both_ways(monkeypatch, head + text)
    assert fast == slow


@given(
    rows=st.lists(st.tuples(*[st.text("xy 1.-", max_size=4)] * 3), max_size=6),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    last=st.booleans(),
)
def test_plain_tables_are_read_fast_and_right(rows, end, last):
    lines = ["a,c,b", *(",".join(row) for row in rows)]
    text = end.join(lines) + (end if last else "")
    kept = [row for row in rows if any(row)]
    expected = [(row[0].strip(), row[2].strip()) for row in kept]
    assert outcome(text) == (["a", "b"], expected)


def test_a_table_without_a_header_of_its_own():
    assert outcome("1 x\n2 y\n", separator=" ", header=("a", "b")) == (
        ["a", "b"],
        [("1", "x"), ("2", "y")],
    )
    short = outcome("1 x\n2\n", separator=" ", header=("a", "b"))
    assert "line 2 has 1" in short[0]


def test_unnamed_columns_behind_the_last_name_may_be_missing_or_full():
    text = "a,b [x,y],,\n1,2,3\n1,2,3,4,5\n"
    assert outcome(text, columns=("a", "y]")) == (["a", "y]"], [("1", "3"), ("1", "3")])
    assert "1 rows with another number: line 2 has 6" in outcome("a,b,,\n1,2,3,4,5,6\n")[0]


def test_a_cell_of_ten_megabytes_comes_back_whole():
    long = "report, " * 1_250_000
    memory = io.StringIO()
    csv.writer(memory).writerows([("a", "b"), ("1", long)])
    _, rows = outcome(memory.getvalue())
    assert rows == [("1", long.strip())]


def test_columns_that_may_lack_are_left_out():
    assert outcome("a\n1\n", may_lack=["b"]) == (["a"], [("1",)])
    assert outcome('a\n"1"\n', may_lack=["b"]) == (["a"], [("1",)])
