"""Patients of whom a published split has images on two sides."""

import polars as pl

from labelassemble.errors import plural
from labelassemble.sources.problems import Problem, remark


def remark_on_split(images: pl.DataFrame) -> list[Problem]:
    """Remark on patients of whom a published split has images on two sides.

    Args:
        images: ``IMAGE_COLUMNS``.
    """
    known = images.drop_nulls(["patient", "official_split"])
    sides = known.group_by("patient").agg(
        pl.col("official_split").unique().sort().str.join(" and ").alias("sides"),
        pl.col("official_split").n_unique().alias("count"),
        pl.len().alias("images"),
    )
    both = sides.filter(pl.col("count") > 1).sort("patient")
    if both.is_empty():
        return []
    return [
        remark(
            f"the published split has {plural(both.height, 'patient')} on two sides, with "
            f"{plural(int(both['images'].sum()), 'image')}",
            "Do not use it as published: split = 'joint' (the default) in the recipe, or fix the "
            "patients",
            count=both.height,
            example=f"{both['patient'][0]} in {both['sides'][0]}",
        )
    ]
