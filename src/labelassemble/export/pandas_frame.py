"""Assembled tables as data frames of pandas, in which unknown is NA and never 0."""

import importlib
from typing import Any

import numpy as np
import polars as pl

from labelassemble.assembly.assembled_table import SPLITS, AssembledTable
from labelassemble.errors import SettingsError
from labelassemble.export.label_matrix import label_matrix
from labelassemble.export.wide_columns import select_facts

_REPEATED = ("source", "patient", "view", "sex")
"""Facts of which few are different: categories. Names of images and paths stay text."""


def to_pandas(table: AssembledTable) -> Any:
    """Make a ``pandas.DataFrame``: a row an image, ``wide_columns.FACTS``, then a column a class.

    Labels are ``Float32`` in [0, 1], ``group`` and ``fold`` ``Int64``, ``age`` ``Float64`` in
    years, ``record`` and ``path`` ``string``, the other facts ``category``; what is unknown is
    ``pandas.NA``, in categories a missing one. Needs neither pyarrow nor a detour over a file.

    Raises:
        SettingsError: pandas is not installed.
        AssemblyError: a class that has the name of a fact.

    Source: our own.

    >>> from labelassemble.assembly.assembled_table import AssembledTable, make_frame
    >>> frames = {name: make_frame(name) for name in ("records", "cells", "members")}
    >>> frame = to_pandas(AssembledTable(classes=("mass",), **frames, scopes={}, manifest={}))
    >>> str(frame["mass"].dtype), len(frame)
    ('Float32', 0)
    """
    facts = select_facts(table).with_columns(pl.col("split").cast(pl.Enum(SPLITS)))
    facts = facts.with_columns(
        facts[name].cast(pl.Enum(facts[name].drop_nulls().unique().sort())) for name in _REPEATED
    )
    label = label_matrix(table).label
    return frame_to_pandas(
        facts.with_columns(
            pl.Series(name, label[:, place]).fill_nan(None)
            for place, name in enumerate(table.classes)
        )
    )


def frame_to_pandas(frame: pl.DataFrame) -> Any:
    """Make a ``pandas.DataFrame`` of any frame of an assembled table, such as ``table.cells``.

    Integers, floats and booleans get pandas' nullable types, text ``string``, Enums ``category``.

    Raises:
        SettingsError: pandas is not installed.

    Source: pandas, "Nullable data types".

    >>> frame_to_pandas(pl.DataFrame({"fold": [1, None]}))["fold"].isna().tolist()
    [False, True]
    """
    pandas = _import_pandas()
    columns = {series.name: _convert(pandas, series) for series in frame}
    return pandas.DataFrame(columns, index=pandas.RangeIndex(frame.height))


def _convert(pandas: Any, series: pl.Series) -> Any:
    unknown = series.is_null().to_numpy()
    if isinstance(series.dtype, pl.Enum):
        code = series.to_physical().cast(pl.Int64).fill_null(-1).to_numpy()
        names = pandas.Index(series.dtype.categories.to_list(), dtype=object)
        return pandas.Categorical.from_codes(code, categories=names)
    if series.dtype.is_float():
        return pandas.arrays.FloatingArray(series.fill_null(np.nan).to_numpy().copy(), unknown)
    if series.dtype.is_integer():
        return pandas.arrays.IntegerArray(series.fill_null(0).to_numpy().copy(), unknown)
    if series.dtype == pl.Boolean:
        return pandas.arrays.BooleanArray(series.fill_null(False).to_numpy().copy(), unknown)
    return pandas.array(series.cast(pl.String).to_list(), dtype=pandas.StringDtype("python"))


def _import_pandas() -> Any:
    try:
        return importlib.import_module("pandas")
    except ImportError as error:
        raise SettingsError(
            "pandas, which this form is made with",
            f"it cannot be imported: {error}",
            "Install it: pip install 'labelassemble[pandas]' (or pip install pandas)",
        ) from error
