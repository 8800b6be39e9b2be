"""Tables of predictions that do not contradict the vocabulary."""

from collections.abc import Mapping, Sequence

import polars as pl


def cohere_predictions(
    predictions: pl.DataFrame, implied: Mapping[str, Sequence[str]]
) -> pl.DataFrame:
    """Do to a table of predictions what ``make_coherent`` does to a matrix; rows keep their order.

    Args:
        predictions: record, class and probability, and any other columns.
        implied: as ``make_coherent`` takes it.

    >>> rows = {"record": ["a", "a"], "class": ["opacity", "edema"], "probability": [0.2, 0.7]}
    >>> cohere_predictions(pl.DataFrame(rows), {"edema": ["opacity"]})["probability"].to_list()
    [0.7, 0.7]
    """
    pairs = [(child, parent) for child, parents in implied.items() for parent in parents]
    implying = pl.DataFrame(pairs, schema={"class": pl.String, "parent": pl.String}, orient="row")
    raised = (
        predictions.join(implying, on="class")
        .group_by("record", pl.col("parent").alias("class"))
        .agg(pl.col("probability").max().alias("raised"))
    )
    joined = predictions.join(raised, on=["record", "class"], how="left", maintain_order="left")
    highest = pl.max_horizontal("probability", "raised")
    return joined.with_columns(probability=highest).drop("raised")
