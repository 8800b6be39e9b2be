from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import MetricError
from labelassemble.evaluation.compare_detections import (
    DETECTION_COMPARISON_COLUMNS,
    compare_detections,
)
from labelassemble.evaluation.detection_measures import MEASURES
from labelassemble.evaluation.detection_scores import score_detections
from labelassemble.metrics.lesions.match_lesions import Matches
from labelassemble.settings import EvaluationSettings

Network = tuple[pl.DataFrame, dict[str, Matches]]
SETTINGS = EvaluationSettings(replicates=200, min_patients=2)


@pytest.fixture
def networks(
    hospitals: tuple[AssembledTable, np.ndarray],
    predict: Callable[..., pl.DataFrame],
    match: Callable[..., dict[str, Matches]],
) -> tuple[AssembledTable, list[Network]]:
    """Three networks: a fair one, a worse one, and a worse one of another seed."""
    table, probability = hospitals
    label = table.labels().drop("record").to_numpy()
    generator = np.random.default_rng(0)
    predictions = [probability]
    for _ in range(2):
        noise = generator.random(probability.shape)
        predictions.append(np.clip(0.25 * probability + 0.75 * noise, 0.02, 0.98))
    return table, [(predict(table, one), match(table, label, one)) for one in predictions]


def test_a_worse_method_is_worse_in_every_measure(
    networks: tuple[AssembledTable, list[Network]],
) -> None:
    table, (fair, worse, _) = networks
    compared = compare_detections([worse], [fair], table, SETTINGS)
    assert dict(compared.schema) == DETECTION_COMPARISON_COLUMNS
    assert compared.height == 3 * 4 * len(MEASURES)
    pooled = compared.filter(source="all").filter(pl.col("class") == "effusion")
    assert pooled["measure"].to_list() == list(MEASURES)
    told = pooled.filter(pl.col("measure").is_in(["froc", "average_precision", "auroc"]))
    assert (told["low"] > 0).all()
    assert (told["p"] < 0.05).all()
    assert (told["p_corrected"] >= told["p"]).all()
    scores = [score_detections(*one, table, SETTINGS) for one in (worse, fair)]
    for measure in MEASURES:
        row = pooled.filter(measure=measure).row(0, named=True)
        first, second = (
            one.filter(source="all").filter(pl.col("class") == "effusion")[f"{measure}_score"][0]
            for one in scores
        )
        assert (row["first_score"], row["second_score"]) == pytest.approx((first, second))
        assert row["difference"] == pytest.approx(second - first)


def test_the_same_method_does_not_differ(networks: tuple[AssembledTable, list[Network]]) -> None:
    """Both see the same replicates: nothing is left of a difference that is none."""
    table, (fair, *_) = networks
    compared = compare_detections([fair], [fair], table, SETTINGS).filter(source="all")
    assert compared["difference"].to_list() == [0.0] * compared.height
    assert compared["low"].to_list() == compared["high"].to_list() == [0.0] * compared.height
    assert compared["p"].to_list() == [1.0] * compared.height


def test_seeds_are_a_random_effect(networks: tuple[AssembledTable, list[Network]]) -> None:
    table, (fair, worse, other) = networks
    one = compare_detections([worse], [fair], table, SETTINGS)
    assert one["p_seeds"].is_nan().all()
    compared = compare_detections([worse, other], [fair, fair], table, SETTINGS)
    told = compared.filter(source="all", measure="auroc").filter(pl.col("class") == "effusion")
    row = told.row(0, named=True)
    assert row["low_seeds"] < row["difference"] < row["high_seeds"]
    assert 0 < row["p_seeds"] <= row["p_seeds_corrected"]


def test_seeds_are_averaged(networks: tuple[AssembledTable, list[Network]]) -> None:
    table, (fair, worse, other) = networks
    both, one, two = (
        compare_detections(first, [fair] * len(first), table, SETTINGS)
        for first in ([worse, other], [worse], [other])
    )
    expected = (one["difference"] + two["difference"]) / 2
    known = expected.is_finite()
    np.testing.assert_allclose(both["difference"].filter(known), expected.filter(known))


def test_what_cannot_be_scored_is_said(networks: tuple[AssembledTable, list[Network]]) -> None:
    table, (fair, worse, _) = networks
    compared = compare_detections([worse], [fair], table, SETTINGS)
    mass = compared.filter(source="north").filter(pl.col("class") == "mass")
    assert mass["difference"].is_nan().all()
    assert mass["p"].is_nan().all()
    assert set(mass["note"]) == {"nobody looked for it here"}
    with pytest.raises(MetricError, match="0 of the first"):
        compare_detections([], [fair], table, SETTINGS)
