from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import MetricError, RunError
from labelassemble.evaluation.evaluate import evaluate_predictions
from labelassemble.evaluation.result_table import (
    RESULT_COLUMNS,
    combine_seeds,
    write_results,
)
from labelassemble.settings import EvaluationSettings

Predictor = Callable[..., pl.DataFrame]
Hospitals = tuple[AssembledTable, np.ndarray]


def read(path: Path) -> pl.DataFrame:
    if path.suffix == ".parquet":
        return pl.read_parquet(path)
    return pl.read_csv(path, schema_overrides=RESULT_COLUMNS).with_columns(
        pl.selectors.string().fill_null("")
    )


@pytest.fixture
def results(hospitals: Hospitals, predict: Predictor) -> list[pl.DataFrame]:
    """Seeds 2, 0 and 1 of one method, in this order, and one seed of another."""
    table, probability = hospitals
    few = EvaluationSettings(replicates=20)
    tables = []
    for seed in (2, 0, 1):
        noise = np.random.default_rng(seed).normal(size=probability.shape)
        predictions = predict(table, probability + noise / 5)
        tables.append(evaluate_predictions(predictions, table, few, method="masked", seed=seed))
    tables.append(
        evaluate_predictions(predict(table, probability), table, few, method="single", seed=0)
    )
    return tables


@pytest.mark.parametrize("name", ["results.parquet", "results.csv"])
def test_comes_back_as_written(results: list[pl.DataFrame], tmp_path: Path, name: str) -> None:
    everything = pl.concat(results)
    write_results(everything, tmp_path / name)
    write_results(everything, tmp_path / name)
    assert read(tmp_path / name).equals(everything)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_an_empty_table_comes_back(tmp_path: Path) -> None:
    empty = pl.DataFrame(schema=RESULT_COLUMNS)
    for name in ("results.parquet", "results.csv"):
        write_results(empty, tmp_path / name)
        assert read(tmp_path / name).equals(empty)


def test_a_broken_write_leaves_the_old_file(
    results: list[pl.DataFrame], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "results.csv"
    write_results(results[0], path)

    def fail(self: pl.DataFrame, file: Path) -> None:
        file.write_text("half")
        raise OSError("disk full")

    monkeypatch.setattr(pl.DataFrame, "write_csv", fail)
    with pytest.raises(OSError, match="disk full"):
        write_results(results[1], path)
    assert read(path).equals(results[0])
    assert len(list(tmp_path.iterdir())) == 1


def test_bad_files_are_told(results: list[pl.DataFrame], tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"ends in \.parquet or \.csv"):
        write_results(results[0], tmp_path / "results.xlsx")
    with pytest.raises(RunError, match="no folder"):
        write_results(results[0], tmp_path / "nowhere" / "results.csv")


def test_seeds_are_averaged(results: list[pl.DataFrame]) -> None:
    combined = combine_seeds(results)
    assert combined.height == 2 * 12
    assert combined["method"].unique(maintain_order=True).to_list() == ["masked", "single"]
    row = combined.row(0, named=True)
    assert (row["source"], row["class"], row["seeds"]) == ("all", "effusion", [0, 1, 2])
    scores = [results[place]["auroc_score"][0] for place in (1, 2, 0)]
    assert row["auroc_by_seed"] == scores
    assert row["auroc_score"] == pytest.approx(np.mean(scores))
    assert row["auroc_deviation"] == pytest.approx(np.std(scores, ddof=1))
    lows = [table["average_precision_low"][0] for table in results[:3]]
    assert row["average_precision_low"] == pytest.approx(np.mean(lows))
    assert row["n_positive"] == results[0]["n_positive"][0]
    mean = combined.filter(method="masked", source="north").row(3, named=True)
    assert mean["note"] == "2 of 3 classes; not scored: mass"
    unscored = combined.filter(method="masked", source="north").row(2, named=True)
    assert np.isnan([unscored["auroc_score"], *unscored["auroc_by_seed"]]).all()


def test_one_seed_has_no_deviation(results: list[pl.DataFrame]) -> None:
    combined = combine_seeds([results[3]])
    assert combined["auroc_deviation"].is_nan().all()
    np.testing.assert_array_equal(combined["auroc_score"], results[3]["auroc_score"])


def test_combined_tables_can_be_written(results: list[pl.DataFrame], tmp_path: Path) -> None:
    combined = combine_seeds(results)
    write_results(combined, tmp_path / "seeds.parquet")
    assert pl.read_parquet(tmp_path / "seeds.parquet").equals(combined)
    write_results(combined, tmp_path / "seeds.csv")
    row = pl.read_csv(tmp_path / "seeds.csv").row(0, named=True)
    assert row["seeds"] == "0;1;2"
    assert [float(score) for score in row["auroc_by_seed"].split(";")] == combined["auroc_by_seed"][
        0
    ].to_list()


def test_seeds_that_do_not_belong_together_are_told(results: list[pl.DataFrame]) -> None:
    with pytest.raises(MetricError, match="at least one result table"):
        combine_seeds([])
    with pytest.raises(MetricError, match="result tables: columns method, seed"):
        combine_seeds([results[0].drop("note")])
    with pytest.raises(MetricError, match="method 'masked', seed 2 several times"):
        combine_seeds([results[0], results[0]])
    other = results[1].with_columns(n_positive=pl.col("n_positive") + 1)
    with pytest.raises(MetricError, match="other counts in other seeds for masked"):
        combine_seeds([results[0], other])
