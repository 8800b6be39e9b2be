"""Every two assessments that differ, and how far sources and readers agree otherwise."""

import numpy as np
import polars as pl

from labelassemble.assembly.agreement import measure_agreement
from labelassemble.assembly.decisions import CELL
from labelassemble.assembly.reader_counts import Counts
from labelassemble.sources.assessments import STATES


def list_conflicts(
    pairs: pl.DataFrame,
    counts: Counts | None,
    rules: tuple[str, ...],
    records: pl.Series,
    classes: tuple[str, ...],
    sources: tuple[str, ...],
) -> pl.DataFrame:
    """List every two assessments that differ: between sources, images of one source, and readers.

    Args:
        pairs: as in ``Decisions``.
        counts: images of which several readers speak.
        rules: the rules that settled these.
        images: names of the images, by their numbers.
        classes: the table's classes.
        sources: names, in recipe order.

    Returns:
        ``CONFLICT_COLUMNS``, sorted by image, class and kind.
    """
    differing = pairs.filter(pl.col("left_assessment") != pl.col("right_assessment"))
    told = differing.with_columns(
        between=pl.when(pl.col("left_source") == pl.col("right_source"))
        .then(pl.lit("images"))
        .otherwise(pl.lit("sources")),
        left_assessment=pl.col("left_assessment").cast(pl.String),
        right_assessment=pl.col("right_assessment").cast(pl.String),
    ).unique()
    if counts is not None:
        told = pl.concat([told, _list_readers(rules, counts).select(told.columns)])
    told = told.sort(
        *CELL, "between", "left_source", "right_source", "left_assessment", "right_assessment"
    )
    names = pl.Series(sources, dtype=pl.String)
    decisions = told["decision"].unique().sort()
    return told.select(
        record=records.gather(told["record"]),
        **{"class": pl.Series(classes, dtype=pl.String).gather(told["class"])},
        between="between",
        left_source=names.gather(told["left_source"]),
        left_assessment="left_assessment",
        right_source=names.gather(told["right_source"]),
        right_assessment="right_assessment",
        decision=pl.col("decision").cast(pl.Enum(decisions)),
    )


def compare_assessments(
    pairs: pl.DataFrame,
    counts: Counts | None,
    group: pl.Series,
    classes: tuple[str, ...],
    sources: tuple[str, ...],
) -> pl.DataFrame:
    """Measure how far sources, and readers of one source, agree where both are sure.

    Args:
        pairs: as in ``Decisions``.
        counts: images of which several readers speak.
        group: number of each image's group.
        classes: the table's classes.
        sources: names, in recipe order.

    Returns:
        ``AGREEMENT_COLUMNS``, in the order of the recipe and of the classes.
    """
    left, right = pl.col("left_assessment"), pl.col("right_assessment")
    key = ["left_source", "right_source", "class", "group"]
    between = pairs.with_columns(group=group.gather(pairs["record"])).filter(
        (pl.col("left_source") != pl.col("right_source"))
        & (left != "uncertain")
        & (right != "uncertain")
    )
    rows = [
        between.group_by(key).agg(
            records=pl.col("record").n_unique().cast(pl.Int64),
            both_positive=((left == "positive") & (right == "positive")).sum().cast(pl.Int64),
            left_positive=((left == "positive") & (right == "negative")).sum().cast(pl.Int64),
            right_positive=((left == "negative") & (right == "positive")).sum().cast(pl.Int64),
            both_negative=((left == "negative") & (right == "negative")).sum().cast(pl.Int64),
        )
    ]
    if counts is not None:
        rows.append(_count_readers(counts, group).select(rows[0].columns))
    measured = measure_agreement(pl.concat(rows)).sort(key[:3])
    names, words = (pl.Series(one, dtype=pl.String) for one in (sources, classes))
    return measured.with_columns(
        names.gather(measured["left_source"]).alias("left_source"),
        names.gather(measured["right_source"]).alias("right_source"),
        words.gather(measured["class"]).alias("class"),
    )


def _list_readers(rules: tuple[str, ...], counts: Counts) -> pl.DataFrame:
    """Every two assessments that differ on one image, whoever of its readers gave them."""
    number = {
        "positive": counts.positive,
        "negative": counts.negative,
        "uncertain": counts.uncertain,
    }
    names = list(number)
    parts = []
    for place, left in enumerate(names):
        for right in names[place + 1 :]:
            row, column = np.nonzero((number[left] > 0) & (number[right] > 0))
            parts.append(
                pl.DataFrame(
                    {
                        "record": counts.record[row],
                        "class": column.astype(np.int64),
                        "left_source": counts.source[row],
                        "left_assessment": [left] * len(row),
                        "right_source": counts.source[row],
                        "right_assessment": [right] * len(row),
                        "decision": pl.Series(STATES).gather(counts.state[row, column])
                        + ": "
                        + pl.Series(rules).gather(counts.rule[row, column]),
                        "between": ["readers"] * len(row),
                    },
                    schema_overrides={
                        "left_assessment": pl.String,
                        "right_assessment": pl.String,
                        "between": pl.String,
                    },
                )
            )
    return pl.concat(parts)


def _count_readers(counts: Counts, group: pl.Series) -> pl.DataFrame:
    """Pairs of readers of one image, by what they say."""
    positive, negative = counts.positive, counts.negative
    row, column = np.nonzero(positive + negative > 1)
    yes, no = positive[row, column], negative[row, column]
    return (
        pl.DataFrame(
            {
                "left_source": counts.source[row],
                "right_source": counts.source[row],
                "class": column.astype(np.int64),
                "group": group.gather(counts.record[row]),
                "records": np.ones(len(row), dtype=np.int64),
                "both_positive": yes * (yes - 1) // 2,
                "left_positive": yes * no,
                "right_positive": np.zeros(len(row), dtype=np.int64),
                "both_negative": no * (no - 1) // 2,
            }
        )
        .group_by("left_source", "right_source", "class", "group")
        .agg(pl.all().sum())
    )
