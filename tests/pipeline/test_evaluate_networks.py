import re
from typing import Any

import polars as pl
import pytest

from labelassemble.errors import RunError
from labelassemble.pipeline.assemble_sources import open_assembled
from labelassemble.pipeline.evaluate_networks import (
    Results,
    describe_results,
    describe_within_sources,
    evaluate_networks,
    read_all_predictions,
)
from labelassemble.storage.sums import hash_file


def test_scores_and_differences(finished: Any) -> None:
    table, _ = open_assembled(finished.recipe)
    results = evaluate_networks(finished.recipe, table)
    assert results.differences is not None
    pooled = results.scores.filter(source="all").select("method", "class", "auroc_score")
    single = dict(pooled.filter(method="single").select("class", "auroc_score").iter_rows())
    ours = dict(pooled.filter(method="masked").select("class", "auroc_score").iter_rows())
    for row in results.differences.filter(source="all").iter_rows(named=True):
        expected = ours[row["class"]] - single[row["class"]]
        assert row["difference"] == pytest.approx(expected, nan_ok=True)
    words = describe_results(results)
    assert "masked" in words
    assert "mean" in words


def test_operating_points_are_saved_and_told(finished: Any) -> None:
    table, _ = open_assembled(finished.recipe)
    settings = finished.recipe.evaluation.model_copy(update={"confidence": 0.8, "call_patients": 2})
    asked = finished.recipe.model_copy(update={"evaluation": settings})
    results = evaluate_networks(asked, table)
    assert results.operating_points is not None
    saved = pl.read_parquet(asked.output / "results" / "operating_points.parquet")
    assert saved.equals(results.operating_points, null_equal=True)
    assert (asked.output / "results" / "operating_points.csv").is_file()
    assert saved["threshold"].is_finite().any()
    words = describe_results(results)
    assert "80 % intervals over patients" in words
    assert "95 %" not in words
    assert "masked, seed 0, at thresholds chosen on validation (Youden):" in words
    for row in saved.filter(method="masked", group="all").iter_rows(named=True):
        told = f"{row['sensitivity_score']:.3f}" if row["sensitivity_score"] else row["note"]
        assert any(line.startswith(row["class"]) and told in line for line in words.splitlines())
    assert {"sex F", "sex M"} <= set(saved["group"])
    evaluate_networks(finished.recipe, table)  # leave the tables as they were


def test_cards_have_the_scores_of_their_network_and_the_hub_reads_them(finished: Any) -> None:
    hub = pytest.importorskip("huggingface_hub")
    folder = finished.recipe.output / "results"
    scores = pl.read_parquet(folder / "scores.parquet").filter(source="all")
    own = scores.filter(method="masked", seed=0, **{"class": "effusion"}).to_dicts()[0]
    run = finished.recipe.output / "runs" / "masked-seed0"
    text = (run / "card.md").read_text()
    data = hub.ModelCard(text).data
    by_name = {one.metric_name: one for one in data.eval_results}
    told = by_name["AUROC, effusion"]
    assert told.metric_value == pytest.approx(own["auroc_score"], abs=5e-5)
    assert told.metric_args["low"] == pytest.approx(own["auroc_low"], abs=5e-5)
    assert (told.task_type, told.dataset_split) == ("image-classification", "test")
    assert data.datasets == [one.name for one in finished.recipe.sources]
    assert data.license == "other"
    assert hub.ModelCard(str(hub.ModelCard(text))).data.to_dict() == data.to_dict()
    sections = re.findall("^## (.+)$", text, re.MULTILINE)
    assert sections[-4:] == [
        "Thresholds", "Test scores", "Calls on test images", "What it is not for"
    ]  # fmt: skip
    assert f"{own['auroc_score']:.3f} [{own['auroc_low']:.3f}" in text
    assert hash_file(run / "checkpoints" / "best.ckpt") in text
    # A network of one source, which predicts together with others elsewhere, has its own scores.
    alone = (finished.recipe.output / "runs" / "single-north-seed0" / "card.md").read_text()
    assert {one.metric_args["class"] for one in hub.ModelCard(alone).data.eval_results} >= {"mean"}
    table, _ = open_assembled(finished.recipe)
    evaluate_networks(finished.recipe, table)
    assert (run / "card.md").read_text() == text, "nothing is told twice"


def test_one_method_has_no_difference(finished: Any) -> None:
    table, _ = open_assembled(finished.recipe)
    alone = finished.recipe.model_copy(update={"methods": ("masked",)})
    results = evaluate_networks(alone, table)
    assert results.differences is None
    assert "difference" in describe_results(results).splitlines()[0]
    evaluate_networks(finished.recipe, table)  # leave the tables as they were


def test_single_predictions_come_from_the_source_that_knows_the_class(finished: Any) -> None:
    table, _ = open_assembled(finished.recipe)
    predictions = read_all_predictions(finished.recipe, table)["single"][0]
    chosen = dict(predictions.select("class", "source").unique().iter_rows())
    assert chosen["nodule"] == "north"
    assert chosen["edema"] == "east"
    assert chosen["consolidation"] == "west"


def test_unfinished_runs_are_named(finished: Any) -> None:
    table, _ = open_assembled(finished.recipe)
    with pytest.raises(RunError, match="not finished: single-north-seed7"):
        evaluate_networks(finished.recipe.model_copy(update={"seeds": (7,)}), table)


def test_a_class_without_positives_is_said(finished: Any) -> None:
    table, _ = open_assembled(finished.recipe)
    results = evaluate_networks(finished.recipe, table)
    scores = results.scores.with_columns(
        pl.when(pl.col("class") == "mass").then(None).otherwise("auroc_score").alias("auroc_score")
    )
    words = describe_results(type(results)(scores, None))
    assert "not scored" in next(line for line in words.splitlines() if line.startswith("mass"))


def test_differences_within_each_source_stand_beside_the_pooled_ones(finished: Any) -> None:
    table, _ = open_assembled(finished.recipe)
    results = evaluate_networks(finished.recipe, table)
    assert describe_within_sources(results) == []  # the reference is the only test source
    assert results.differences is not None
    pooled = results.differences.filter(source="all")
    halves = [
        pooled.with_columns(pl.lit(name).alias("source"), pl.lit(change).alias("difference"))
        for name, change in (("all", 0.1), ("nih", -0.02), ("kermany", 0.3))
    ]
    lines = describe_within_sources(Results(results.scores, pl.concat(halves)))
    assert [line.split(" alone")[0] for line in lines] == ["within nih", "within kermany"]
    assert "-0.020 [" in lines[0]
