"""What a run may learn from: its classes, and no image or label of the test split."""

from dataclasses import replace

import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import RunError, unknown_name
from labelassemble.settings import RunSettings


def select_learnable(table: AssembledTable, run: RunSettings) -> AssembledTable:
    """Keep the images of train and validate, and of them what the run's method may see.

    ``single`` keeps the images that its source brought (also those that another source brought
    too), the cells that its source judged (alone or in agreement with another), and the classes
    that it looked for. The other methods keep everything. Rows keep their order.

    Raises:
        RunError: ``single`` without a source, with one that is not in the table or that knows
            nothing in train; another method with a source.
    """
    records = table.records.filter(pl.col("split").is_in(["train", "validate"]))
    cells, classes = table.cells, table.classes
    if run.method != "single":
        if run.source is not None:
            raise RunError(
                f"no source for the method {run.method!r}, which learns from all of them",
                f"source = {run.source!r}",
                "Leave source out, or use the method 'single'",
            )
    else:
        if run.source not in table.scopes:
            raise RunError(
                "a source of the table for the method 'single'",
                unknown_name("source", str(run.source), table.scopes),
                "Name one of those sources",
            )
        own = table.members.filter(pl.col("source") == run.source).select("record")
        records = records.join(own, on="record", how="semi", maintain_order="left")
        classes = tuple(name for name in classes if name in table.scopes[run.source])
        said = pl.col("source").str.split("+").list.contains(run.source)
        cells = cells.filter(said & pl.col("class").is_in(list(classes)))
    cells = cells.join(records.select("record"), on="record", how="semi", maintain_order="left")
    _refuse_nothing_known(records, cells, run)
    return replace(table, classes=classes, records=records, cells=cells)


def _refuse_nothing_known(records: pl.DataFrame, cells: pl.DataFrame, run: RunSettings) -> None:
    train = records.filter(pl.col("split") == "train")
    known = cells.filter(pl.col("label").is_not_null()).join(train, on="record", how="semi")
    if known.is_empty():
        where = f"of the source {run.source!r}" if run.source else "of the table"
        raise RunError(
            f"known cells in the train split {where}",
            f"none on its {train.height} training images",
            "Check the splits and scopes in the assembled table: labelassemble assemble",
        )
