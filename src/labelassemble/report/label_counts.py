"""How many pictures each source called positive, negative or uncertain, and left unknown."""

import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable

STATES = ("positive", "negative", "uncertain")


def count_labels(table: AssembledTable) -> pl.DataFrame:
    """Count what each source itself said about its pictures, before conflicts were settled.

    A verdict that another source overruled still counts for the source that gave it.

    Returns:
        One row a source and class, sources in recipe order, classes in table order: source, class,
        looked_for (the class is in the source's scope), pictures, positive, negative, uncertain,
        unknown; the last four add up to pictures.
    """
    held = (
        table.members.select("source", "picture")
        .unique()
        .group_by("source")
        .agg(pictures=pl.len().cast(pl.Int64))
    )
    rows = (
        pl.DataFrame({"source": list_sources(table)}, schema={"source": pl.String})
        .join(pl.DataFrame({"class": table.classes}, schema={"class": pl.String}), how="cross")
        .join(held, on="source", how="left", maintain_order="left")
    )
    counts = (
        _verdicts(table)
        .group_by("source", "class")
        .agg((pl.col("state") == state).sum().cast(pl.Int64).alias(state) for state in STATES)
    )
    looked_for = pl.DataFrame(
        [(source, name, True) for source, scope in table.scopes.items() for name in scope],
        schema={"source": pl.String, "class": pl.String, "looked_for": pl.Boolean},
        orient="row",
    )
    key = ["source", "class"]
    return (
        rows.join(counts, on=key, how="left", maintain_order="left")
        .join(looked_for, on=key, how="left", maintain_order="left")
        .with_columns(
            pl.col("looked_for").fill_null(False), pl.col("pictures", *STATES).fill_null(0)
        )
        .with_columns(unknown=pl.col("pictures") - pl.sum_horizontal(STATES))
        .select(*key, "looked_for", "pictures", *STATES, "unknown")
    )


def list_sources(table: AssembledTable) -> list[str]:
    """The sources in recipe order, those without a scope too."""
    return list(dict.fromkeys([*table.scopes, *table.members["source"].to_list()]))


def _verdicts(table: AssembledTable) -> pl.DataFrame:
    """One row a source, picture and class: source, picture, class, state."""
    key = ["source", "picture", "class"]
    # A source that contradicts itself stands in the cell with what it came to.
    between = table.conflicts.filter(pl.col("left_source") != pl.col("right_source"))
    overruled = pl.concat(
        between.select(
            pl.col(f"{side}_source").alias("source"),
            "picture",
            "class",
            pl.col(f"{side}_verdict").alias("state"),
        )
        for side in ("left", "right")
    )
    credited = (
        table.cells.with_columns(pl.col("source").str.split("+"))
        .explode("source")
        .select(*key, "state")
    )
    # Where a conflict stays open, the cell is uncertain but the sources were not: theirs counts.
    return pl.concat([overruled, credited]).unique(subset=key, keep="first", maintain_order=True)
