"""Ids of patients, within and across sources, that may hide who is one person."""

from collections.abc import Sequence
from itertools import product

import polars as pl

from labelassemble.sources.patient_ids import compare_ids, remark_on_ids
from labelassemble.sources.problems import Problem
from labelassemble.vocabulary.class_table import ClassTable


def find_doubtful_ids(tables: Sequence[ClassTable]) -> list[tuple[str, Problem]]:
    """Find ids that are written in several ways, damaged, or no patients', before any split.

    Across sources ids are compared where one of two manifests says that they share patients.

    Args:
        tables: one a source.

    Returns:
        Source and what is remarked on its ids.
    """
    found = []
    for table in tables:
        manifest = table.manifest
        remarks = remark_on_ids(table.images, manifest.patient_ids, manifest.table is not None)
        found += [(table.source, one) for one in remarks]
    for one, other in product(tables, tables):
        overlaps = [
            shared
            for shared in one.manifest.overlaps
            if shared.source in other.manifest.kin_names
            and shared.ours == shared.theirs == "patient"
        ]
        if one is other or not overlaps:
            continue
        for shared in overlaps:
            ours = one.images["patient"].drop_nulls()
            if shared.pattern is not None:
                pattern = f"^(?:{shared.pattern})$"
                ours = ours.str.extract_groups(pattern).struct.field("name").drop_nulls()
            theirs = other.images["patient"].drop_nulls()
            both = f"{one.source} and {other.source}"
            if remarked := compare_ids(pl.Series(ours), theirs, both):
                found.append((one.source, remarked))
    return found
