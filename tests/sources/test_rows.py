import polars as pl
import pytest

from labelassemble.sources.label_table import IMAGE_COLUMNS, SOURCE_EXCLUDED_COLUMNS
from labelassemble.sources.rows import EXCLUDED, FACTS, make_rows


def test_facts_become_the_columns_of_images():
    named = {"split" if name == "official_split" else name for name in IMAGE_COLUMNS}
    assert named | {"reader", "file"} == {*FACTS, "path"}
    assert {"source": pl.String, **EXCLUDED} == SOURCE_EXCLUDED_COLUMNS


def test_rows_that_are_excluded_keep_their_count():
    rows = make_rows(["a", "b", "c"], {"patient": ["1", "2", "3"]}, x=["p", "q", "r"])
    assert rows.exclude(pl.Series([None] * 3, dtype=pl.String)) is rows
    left = rows.exclude(pl.Series([None, "odd", "odder"]))
    assert left.facts["image"].to_list() == ["a"]
    assert left.cells["x"].to_list() == ["p"]
    assert left.excluded.rows() == [("b", "odd", 1), ("c", "odder", 1)]
    assert left.count.sum() + left.excluded["rows"].sum() == 3


def test_a_column_of_another_length_is_refused():
    with pytest.raises(pl.exceptions.ShapeError):
        make_rows(["a", "b"], {"patient": ["1"]})
