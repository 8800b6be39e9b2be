"""Labels ranked over sources and classes whose probabilities mean different things."""

import numpy as np
import polars as pl
from numpy.random import default_rng

from labelassemble.evaluation.rank_labels import GIVEN_COLUMNS, rank_labels


def make(seed: int = 0, cells: int = 800) -> pl.DataFrame:
    """Two sources; the network is too sure of one, and far too low for the other; with faults."""
    drawn = default_rng(seed)
    parts = []
    for source, shift, slope in (("north", 0.0, 3.0), ("south", -3.0, 1.0)):
        truth = drawn.random(cells) < 0.3
        logit = np.where(truth, 1.5, -1.5) + drawn.normal(size=cells)
        fault = drawn.random(cells) < 0.05
        parts.append(
            pl.DataFrame(
                {
                    "record": [f"{source}/{n:04}" for n in range(cells)],
                    "source": source,
                    "class": "mass",
                    "label": (truth ^ fault).astype(float),
                    "patient": [f"{source}/{n // 2}" for n in range(cells)],
                    "probability": 1 / (1 + np.exp(-(slope * logit + shift))),
                    "fault": fault,
                }
            )
        )
    return pl.concat(parts)


def recall(given: pl.DataFrame, order: pl.Series) -> float:
    first = order.head(round(0.05 * given.height))
    return given.filter(pl.col("fault") & pl.col("record").is_in(first.implode())).height / int(
        given["fault"].sum()
    )


def test_calibrating_each_source_finds_more_faults_than_the_bare_probability() -> None:
    given = make()
    ranked = rank_labels(given.select(list(GIVEN_COLUMNS)), 20)
    bare = given.with_columns(
        score=pl.when(pl.col("label") == 1).then("probability").otherwise(1 - pl.col("probability"))
    ).sort("score")["record"]
    assert recall(given, ranked.labels["record"]) > recall(given, bare) + 0.1
    assert ranked.labels["score"].is_sorted()
    assert ranked.counts["calibrated_on"].to_list() == ["north", "south"]
    assert (ranked.counts["error_after"] < ranked.counts["error_before"]).all()
    first = ranked.labels.row(0, named=True)
    assert first["likely"]
    assert first["reason"].startswith("labelled ")
    assert "; believed " in first["reason"]
    again = rank_labels(given.select(list(GIVEN_COLUMNS)).sample(fraction=1, shuffle=True), 20)
    assert again.labels.equals(ranked.labels)


def test_few_patients_are_calibrated_with_others_or_not_at_all() -> None:
    given = make().select(list(GIVEN_COLUMNS))
    few = pl.concat([given.filter(source="north"), given.filter(source="south").head(30)])
    counts = rank_labels(few, 20).counts
    assert counts["calibrated_on"].to_list() == ["north", "all sources"]
    counts = rank_labels(few, 10_000)
    assert counts.counts["calibrated_on"].to_list() == ["", ""]
    assert (counts.labels["calibrated"] == counts.labels["probability"]).all()
    alone = rank_labels(given.filter(pl.col("label") == 1.0), 20)
    assert not alone.labels["likely"].any()
    assert alone.counts["wrong_present"].null_count() == 2
