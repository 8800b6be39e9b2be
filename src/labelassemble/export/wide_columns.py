"""The columns with which a wide table starts, before a column a class."""

from collections import Counter

import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import AssemblyError, some

FACTS = ("picture", "source", "path", "patient", "group", "split", "fold", "view", "age", "sex")
"""What is said of a picture, in this order; see ``AssembledTable.pictures``."""


def select_facts(table: AssembledTable) -> pl.DataFrame:
    """Select ``FACTS`` of every picture; a class a column has room beside them.

    Raises:
        AssemblyError: two columns would have the same name.

    Source: our own.

    >>> from labelassemble.assembly.assembled_table import AssembledTable, make_frame
    >>> frames = {name: make_frame(name) for name in ("pictures", "cells", "members")}
    >>> select_facts(AssembledTable(classes=("mass",), **frames, scopes={}, manifest={})).width
    10
    """
    counts = Counter([*FACTS, *table.classes])
    twice = [name for name, count in counts.items() if count > 1]
    if twice:
        raise AssemblyError(
            f"classes with names of their own, none of {', '.join(FACTS)}",
            f"{some(map(repr, twice))} for two columns",
            "Rename these classes in the vocabulary",
        )
    return table.pictures.select(FACTS)
