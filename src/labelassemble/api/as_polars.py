"""A data frame of pandas or polars as one of polars."""

from typing import Any

import polars as pl

from labelassemble.errors import SettingsError, some


def as_polars(frame: Any) -> pl.DataFrame:
    """Give a data frame of pandas or polars as one of polars; NaN becomes null.

    Raises:
        SettingsError: neither of them, or two columns of one name.
    """
    if isinstance(frame, pl.DataFrame):
        return frame
    if not hasattr(frame, "columns") or not hasattr(frame, "isna"):
        raise SettingsError(
            "a data frame of pandas or polars", f"{type(frame).__name__}", "Make one of it"
        )
    names = [str(name) for name in frame.columns]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise SettingsError(
            "columns of different names in a data frame", f"{some(twice)} twice", "Rename them"
        )
    # Without pyarrow, which polars would ask for.
    columns = {
        str(name): [None if missing else value for value, missing in zip(*both, strict=True)]
        for name in frame.columns
        for both in [(frame[name].tolist(), frame[name].isna().tolist())]
    }
    return pl.DataFrame(columns, strict=False)
