"""Who the images are of: sources, ages, sexes and views, as far as the table knows them."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import polars as pl
from jaxtyping import Bool

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.evaluation.scored_sample import ALL

AGES = (0, 18, 40, 65, 200)
"""Ends of the age groups in years; the upper one belongs to the next."""


_Groups = Iterator[tuple[str, Bool[np.ndarray, " images"]]]


def list_groups(table: AssembledTable, split: str) -> dict[str, Bool[np.ndarray, " images"]]:
    """Give the images of each group of a split, in the table's order.

    Args:
        table: the assembled table.
        split: the images that are looked at.

    Returns:
        ``all``, then such as ``source north``, ``age 40 to 64``, ``sex F``, ``view PA``. A kind
        of which all images are in one group, or of which nothing is known, is left out.
    """
    records = table.records.filter(pl.col("split") == split)
    groups = {ALL: np.full(records.height, True)}
    for kind in (
        _by_source(table, records),
        _by_age(records),
        _by_fact(records, "sex"),
        _by_fact(records, "view"),
    ):
        found = {name: inside for name, inside in kind if inside.any()}
        if len(found) > 1:
            groups |= found
    return groups


def _by_source(table: AssembledTable, records: pl.DataFrame) -> _Groups:
    for source in table.scopes:
        members = table.members.filter(pl.col("source") == source)["record"]
        yield f"source {source}", records["record"].is_in(members.implode()).to_numpy()


def _by_age(records: pl.DataFrame) -> _Groups:
    age = records["age"].fill_null(np.nan).to_numpy()
    for low, high in pairwise(AGES):
        last = f"{low} to {high - 1}" if high != AGES[-1] else f"{low} and over"
        yield f"age {last}", np.asarray((age >= low) & (age < high))


def _by_fact(records: pl.DataFrame, name: str) -> _Groups:
    for value in records[name].drop_nulls().unique().sort():
        yield f"{name} {value}", (records[name] == value).fill_null(False).to_numpy()
