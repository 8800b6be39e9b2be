"""The most confident wrong predictions of a method, to look at."""

import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable

WRONG_COLUMNS = (
    "record",
    "class",
    "probability",
    "threshold",
    "label",
    "source",
    "evidence",
    "policy",
)


def choose_wrong_predictions(
    predictions: pl.DataFrame,
    table: AssembledTable,
    points: pl.DataFrame,
    number: int,
    split: str = "test",
) -> pl.DataFrame:
    """Choose false positives and false negatives at thresholds, half of each.

    The surest come first: the highest predictions among false positives, the lowest among false
    negatives. Each class has its surest before any has its second, since the predictions of a rare
    class are lower than those of a frequent one; and a patient is shown once.

    Args:
        predictions: image, class, prediction of one network.
        table: the assembled table; only cells labelled 0 or 1 can be wrong.
        points: class and threshold; classes without a threshold are left out.
        number: how many in all, an odd one being a false positive; fewer where fewer are wrong.
        split: the images to choose from.

    Returns:
        ``WRONG_COLUMNS``: the cell, what it was called at, the label, and where that comes from.
    """
    thresholds = points.filter(pl.col("threshold").is_finite()).select("class", "threshold")
    asked = table.records.filter(pl.col("split") == split).select("record", "patient")
    wrong = (
        table.cells.filter(pl.col("label").is_in([0.0, 1.0]))
        .join(asked, on="record")
        .join(predictions.select("record", "class", "probability"), on=["record", "class"])
        .join(thresholds, on="class")
        .filter((pl.col("probability") >= pl.col("threshold")) != (pl.col("label") == 1))
    )
    taken: list[str] = []
    chosen = []
    for label, most in ((0.0, (number + 1) // 2), (1.0, number // 2)):
        surest = (
            wrong.filter(pl.col("label") == label, ~pl.col("patient").is_in(taken))
            .sort("probability", "record", descending=[label == 0, False])
            .unique(["class", "patient"], keep="first", maintain_order=True)
            .with_columns(place=pl.int_range(pl.len()).over("class"))
            .sort("place", maintain_order=True)
            .unique("patient", keep="first", maintain_order=True)
            .head(most)
        )
        taken += surest["patient"].to_list()
        chosen.append(surest.select(WRONG_COLUMNS))
    return pl.concat(chosen)
