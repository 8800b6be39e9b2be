import sys
from importlib.util import find_spec

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelassemble.errors import SettingsError
from labelassemble.export.pandas_frame import frame_to_pandas, to_pandas
from labelassemble.export.wide_columns import FACT_COLUMNS

needs_pandas = pytest.mark.skipif(find_spec("pandas") is None, reason="pandas is not installed")


@needs_pandas
def test_unknown_is_na_and_never_0(table):
    import pandas

    frame = to_pandas(table)
    assert frame["lung_opacity"].isna().tolist() == [True, False, True, True]
    assert frame["lung_opacity"][0] is pandas.NA
    assert frame["mass"].tolist() == [1.0, pandas.NA, 1.0, pandas.NA]
    assert np.float32(frame["lung_opacity"][1]) == np.float32(0.1)
    assert frame["mass"].sum() == 2
    assert (frame["nodule"] == 0).sum() == 2


@needs_pandas
def test_nullable_types(table):
    frame = to_pandas(table)
    assert list(frame.columns) == [*FACT_COLUMNS, *table.classes]
    types = {name: str(frame[name].dtype) for name in frame.columns}
    assert {types[name] for name in ("source", "patient", "split", "view", "sex")} == {"category"}
    assert {types[name] for name in table.classes} == {"Float32"}
    assert (types["group"], types["fold"], types["age"]) == ("Int64", "Int64", "Float64")
    assert frame["fold"].tolist()[:2] == [1, 0]
    assert frame["view"].isna().tolist() == [False, True, True, True]
    assert frame["path"].isna().tolist() == [False, False, False, True]
    assert frame["split"].cat.categories.tolist() == ["train", "validate", "test", "unused"]


@needs_pandas
def test_pyarrow_is_not_needed(table, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert to_pandas(table)["record"].tolist() == table.records["record"].to_list()


@needs_pandas
def test_no_images_and_no_classes(make_table):
    assert to_pandas(make_table(("mass",), {})).shape == (0, 11)
    assert to_pandas(make_table((), {"a/1": ""})).shape == (1, 10)


@needs_pandas
def test_any_frame_of_the_table(table):
    cells = frame_to_pandas(table.cells)
    assert cells["state"].tolist() == table.cells["state"].to_list()
    assert cells["label"].isna().tolist() == table.cells["label"].is_null().to_list()
    flags = frame_to_pandas(pl.DataFrame({"flag": [True, None, False]}))["flag"]
    assert str(flags.dtype) == "boolean"
    assert flags.isna().tolist() == [False, True, False]


@needs_pandas
def test_any_numbers_come_back():
    @settings(max_examples=30)
    @given(st.lists(st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)), max_size=5))
    def hold(numbers):
        got = frame_to_pandas(pl.DataFrame({"n": pl.Series(numbers, dtype=pl.Int64)}))["n"]
        assert [None if known else int(n) for n, known in zip(got, got.isna(), strict=True)] == (
            numbers
        )

    hold()


@needs_pandas
def test_the_frame_can_be_written_to(table):
    frame = to_pandas(table)
    frame.loc[0, "mass"] = 0.25
    assert frame["mass"][0] == 0.25
    assert table.labels()["mass"][0] == 1.0


def test_without_pandas_the_error_says_what_to_do(table, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(SettingsError, match=r"pip install 'labelassemble\[pandas\]'"):
        to_pandas(table)
