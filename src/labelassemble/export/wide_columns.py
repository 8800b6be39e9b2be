"""The columns with which a wide table starts, before a column a class."""

from collections import Counter

import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import AssemblyError, some

FACT_COLUMNS = (
    "record",
    "source",
    "path",
    "patient",
    "group",
    "split",
    "fold",
    "view",
    "age",
    "sex",
)
"""What is said of an image, in this order; see ``AssembledTable.records``."""


def select_facts(table: AssembledTable) -> pl.DataFrame:
    """Select ``FACT_COLUMNS`` of every image; a class a column has room beside them.

    Raises:
        AssemblyError: two columns would have the same name.

    Source: our own.

    >>> from labelassemble.assembly.assembled_table import AssembledTable, make_frame
    >>> frames = {name: make_frame(name) for name in ("records", "cells", "members")}
    >>> select_facts(AssembledTable(classes=("mass",), **frames, scopes={}, manifest={})).width
    10
    """
    counts = Counter([*FACT_COLUMNS, *table.classes])
    twice = [name for name, count in counts.items() if count > 1]
    if twice:
        raise AssemblyError(
            f"classes with names of their own, none of {', '.join(FACT_COLUMNS)}",
            f"{some(map(repr, twice))} for two columns",
            "Rename these classes in the vocabulary",
        )
    return table.records.select(FACT_COLUMNS)
