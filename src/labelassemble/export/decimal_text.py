"""Numbers as the shortest decimal text that gives them back."""

import numpy as np
import polars as pl


def decimal_text(numbers: pl.Series) -> pl.Series:
    """Write numbers without exponents; the text, read in the same precision, is the same number.

    Args:
        numbers: Float32 or Float64; few different ones. NaN and null become null.

    Returns:
        Text such as ``0.1``, ``40``, ``0.0000001``.

    Source: the shortest digits that tell a number from its neighbours, as ``numpy`` prints them.

    >>> decimal_text(pl.Series([0.1, 40.0, 1e-7, None], dtype=pl.Float32)).to_list()
    ['0.1', '40', '0.0000001', None]
    """
    numbers = numbers.fill_nan(None)
    different = numbers.drop_nulls().unique().sort()
    texts = [np.format_float_positional(number, trim="-") for number in different.to_numpy()]
    return numbers.replace_strict(different, texts, default=None, return_dtype=pl.String)
