"""Every image with its image's row, person and part: what counting over sources starts from."""

import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable


def place_members(table: AssembledTable) -> pl.DataFrame:
    """Join the members to their images.

    Returns:
        One row an image that an image holds, in the order of ``members``: source, image, path,
        patient, evidence, row (Int64: of ``table.records``), group, split.
    """
    records = table.records.select("record", "group", "split").with_columns(
        row=pl.int_range(pl.len(), dtype=pl.Int64)
    )
    return table.members.join(records, on="record", how="inner", maintain_order="left").drop(
        "record"
    )
