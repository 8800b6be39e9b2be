"""The fast way must read what the strict way reads, or leave it to that one."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelassemble.errors import SourceError
from labelassemble.sources import table_text
from labelassemble.sources.problems import Problems
from labelassemble.sources.table_text import parse_table, read_table_header


def outcome(text, columns=("a", "b"), **more):
    """What reading gives: rows, or the mistake told."""
    try:
        frame = parse_table(text, more.pop("separator", ","), list(columns), place="t.csv", **more)
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
    assert (
        "1 row of t.csv with another number of cells than the 2 of its header: line 2 has 6"
        in outcome("a,b,,\n1,2,3,4,5,6\n")[0]
    )


def test_a_cell_of_ten_megabytes_comes_back_whole():
    long = "report, " * 1_250_000
    memory = io.StringIO()
    csv.writer(memory).writerows([("a", "b"), ("1", long)])
    _, rows = outcome(memory.getvalue())
    assert rows == [("1", long.strip())]


def test_columns_that_are_not_there_are_excluded():
    assert outcome("a\n1\n") == (["a"], [("1",)])
    assert outcome('a\n"1"\n') == (["a"], [("1",)])


def test_odd_rows_are_told_by_line_and_the_others_read():
    text = 'a,b\n1,Mass\n2\n,Mass\n3,"two\nlines"\n4,Mass,more\n\n,\n'
    problems = Problems()
    frame = parse_table(text, ",", ["a", "b"], place="t.csv", problems=problems, filled="a")
    assert frame.rows() == [("1", "Mass"), ("3", "two\nlines")]
    assert [note.what for note in problems.noted] == [
        "2 rows of t.csv with another number of cells than the 2 of its header: line 3 has 1, "
        "line 7 has 3",
        "1 row of t.csv without an image in column 'a': line 4",
    ]
    assert [note.count for note in problems.noted] == [2, 1]


def test_a_quote_that_is_never_closed_leaves_the_rows_before_it():
    problems = Problems()
    frame = parse_table('a,b\n1,Mass\n2,"Mass\n', ",", ["a", "b"], place="t.csv", problems=problems)
    assert frame.rows() == [("1", "Mass")]
    assert problems.noted[0].what.startswith("t.csv cannot be read from line 3 on")


def test_a_blank_cell_where_none_may_be_is_told_by_line_in_plain_tables_too():
    problems = Problems()
    frame = parse_table(
        "a,b\n1,x\n ,y\n3,z\n", ",", ["a", "b"], place="t", header=(), problems=problems, filled="a"
    )
    assert frame.rows() == [("1", "x"), ("3", "z")]
    assert problems.noted[0].what.endswith("without an image in column 'a': line 3")


@pytest.mark.parametrize(
    ("text", "names"), [("\n a , b\n", ("a", "b")), ('"a,b",c\n', ("a,b", "c")), ("", ())]
)
def test_headers(text, names):
    assert read_table_header(text, ",") == names
