import polars as pl

from labelassemble.sources.label_table import SOURCE_EXCLUDED_COLUMNS
from labelassemble.sources.problems import SET_ASIDE
from labelassemble.sources.remarks.excluded import remark_on_excluded
from labelassemble.sources.repeated_rows import SAME_AGAIN


def test_one_line_a_reason_but_for_those_that_are_told_already():
    rows = [
        ("s", "a", "column 'view' is 'L'", 2),
        ("s", "b", "column 'view' is 'L'", 1),
        ("s", "c", SAME_AGAIN, 1),
        ("s", "d", f"{SET_ASIDE}its words", 9),
        ("s", "e", "several files fit it: e.jpg and e.png", 9),
    ]
    notes = remark_on_excluded(pl.DataFrame(rows, schema=SOURCE_EXCLUDED_COLUMNS, orient="row"))
    assert [(note.what, note.count, note.example) for note in notes] == [
        ("3 rows left out: column 'view' is 'L'", 3, "a, b"),
        (f"1 row left out: {SAME_AGAIN}", 1, "c"),
    ]
    assert {note.kind for note in notes} == {"remark"}
