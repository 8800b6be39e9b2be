"""Which networks a recipe asks for."""

from typing import Literal

import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import AssemblyError
from labelassemble.settings import Recipe, RunSettings


def plan_runs(recipe: Recipe, table: AssembledTable) -> list[RunSettings]:
    """List the networks to train: method by method, seed by seed, ``single`` source by source.

    A source stands for a ``single`` run where it has known training cells in some class; one that
    annotates nothing cannot teach alone, nor lesions one that has none.

    Raises:
        AssemblyError: ``single`` is asked for and no source has known training cells.
    """
    alone = single_sources(table, recipe.detection.task)
    if "single" in recipe.methods and not alone:
        raise AssemblyError(
            "a source with known training cells, for the method 'single'",
            "none of the sources has any",
            "Leave 'single' out of methods, or check the splits with `labelassemble assemble`",
        )
    runs = []
    for seed in recipe.seeds:
        for method in recipe.methods:
            sources = alone if method == "single" else [None]
            runs += [RunSettings(method=method, source=source, seed=seed) for source in sources]
    return runs


def single_sources(
    table: AssembledTable, task: Literal["diagnosis", "detection"] = "diagnosis"
) -> list[str]:
    """Sources that said something known about their own training images, in recipe order.

    For detection, those that said that a class is there: from absent lesions alone nobody learns
    where lesions are.
    """
    teaches = pl.col("label").is_not_null() if task == "diagnosis" else pl.col("label") > 0
    train_records = table.records.filter(pl.col("split") == "train").select("record")
    said = (
        table.cells.filter(teaches)
        .join(train_records, on="record", how="semi")
        .select("record", pl.col("source").str.split("+"))
        .explode("source")
        .join(table.members, on=["record", "source"], how="semi")
    )
    having = set(said["source"].unique())
    return [name for name in table.scopes if name in having]
