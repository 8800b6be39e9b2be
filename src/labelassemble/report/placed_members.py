"""Every image with its picture's row, person and part: what counting over sources starts from."""

import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable


def place_members(table: AssembledTable) -> pl.DataFrame:
    """Join the members to their pictures.

    Returns:
        One row an image that a picture holds, in the order of ``members``: source, image, path,
        patient, evidence, row (Int64: of ``table.pictures``), group, split.
    """
    pictures = table.pictures.select("picture", "group", "split").with_columns(
        row=pl.int_range(pl.len(), dtype=pl.Int64)
    )
    return table.members.join(pictures, on="picture", how="inner", maintain_order="left").drop(
        "picture"
    )
