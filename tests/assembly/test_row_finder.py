import polars as pl

from labelassemble.assembly import row_finder
from labelassemble.assembly.row_finder import RowFinder

ROWS = pl.Series([f"r{number}" for number in range(50)])


def test_names_in_order_and_out_of_it_are_found(monkeypatch):
    monkeypatch.setattr(row_finder, "AHEAD", 5)
    finder = RowFinder(ROWS)
    assert finder.find(pl.Series(["r0", "r0", "r3"])).tolist() == [0, 0, 3]
    assert finder.find(pl.Series(["r3", "r4"])).tolist() == [3, 4]
    assert finder.find(pl.Series(["r40", "r2", "r40"])).tolist() == [40, 2, 40]
    assert finder.find(pl.Series(["r41"])).tolist() == [41]


def test_what_is_no_row_has_none():
    finder = RowFinder(ROWS)
    assert finder.find(pl.Series(["r7", "strange"])).tolist() == [7, -1]
    assert finder.find(pl.Series([], dtype=pl.String)).tolist() == []
    assert finder.find(pl.Series(["r9"])).tolist() == [9]
