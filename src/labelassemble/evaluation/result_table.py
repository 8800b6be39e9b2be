"""The result table: what its columns are, how it is kept, and several seeds of it as one."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from labelassemble.errors import MetricError, RunError, some
from labelassemble.storage.write_aside import write_aside

RESULT_COLUMNS: dict[str, type[pl.DataType]] = {
    "method": pl.String,
    "seed": pl.Int64,
    "source": pl.String,
    "class": pl.String,
    "n_positive": pl.Int64,
    "n_negative": pl.Int64,
    "n_patients": pl.Int64,
    "auroc_score": pl.Float64,
    "auroc_low": pl.Float64,
    "auroc_high": pl.Float64,
    "average_precision_score": pl.Float64,
    "average_precision_low": pl.Float64,
    "average_precision_high": pl.Float64,
    "note": pl.String,
}
"""Columns of a result table; a score that could not be made is nan, and ``note`` says why."""

_COUNTS = ("n_positive", "n_negative", "n_patients")
_SCORES = ("auroc", "average_precision")


def write_results(results: pl.DataFrame, path: Path) -> None:
    """Write a table of results as Parquet or CSV, whichever the name ends in; aside, then renamed.

    Lists, such as the seeds' scores, become ``0.71;0.72`` in CSV.

    Raises:
        RunError: the name ends in neither, or the folder is not there.
    """
    _suffix(path)
    if not path.parent.is_dir():
        raise RunError("a folder to write results to", f"no folder {path.parent}", "Make it first")
    with write_aside(path) as aside:
        if path.suffix == ".parquet":
            results.write_parquet(aside)
        else:
            lists = pl.selectors.list()
            flat = results.with_columns(
                lists.list.eval(pl.element().cast(pl.String)).list.join(";")
            )
            flat.write_csv(aside)


def write_both(results: pl.DataFrame, folder: Path, name: str) -> None:
    """Write a table of results as ``NAME.parquet`` and ``NAME.csv``; the folder is made."""
    folder.mkdir(parents=True, exist_ok=True)
    for ending in (".parquet", ".csv"):
        write_results(results, folder / f"{name}{ending}")


def combine_seeds(results: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Several result tables as one row a method, source and class: the mean over the seeds.

    Args:
        results: result tables (``RESULT_COLUMNS``) of any methods and seeds on one test set.

    Returns:
        ``method, source, class``, ``seeds`` (list), the counts, and for AUROC and average
        precision: ``*_score``, the mean over seeds; ``*_low`` and ``*_high``, the seeds' intervals
        averaged, which is the interval over patients of one such network; ``*_deviation``, the
        sample standard deviation over seeds (nan for one seed), which is what training anew does;
        ``*_by_seed``, the scores in the order of ``seeds``. Rows keep the order of first
        appearance. A class that one of the seeds could not score is nan.

    Raises:
        MetricError: there is no table, or one of other columns; one seed comes twice; or seeds of
            one method were scored on different cells.
    """
    if not results:
        raise MetricError("at least one result table", "none", "Evaluate the runs first")
    strange = [table for table in results if dict(table.schema) != RESULT_COLUMNS]
    if strange:
        raise MetricError(
            f"result tables: columns {', '.join(RESULT_COLUMNS)}",
            f"columns {', '.join(strange[0].columns)}",
            "Pass what evaluate_predictions gives",
        )
    every = pl.concat(results)
    keys = ["method", "source", "class"]
    twice = every.filter(pl.struct(*keys, "seed").is_duplicated())
    if twice.height:
        raise MetricError(
            "every method and seed once",
            f"method {twice['method'][0]!r}, seed {twice['seed'][0]} several times",
            "Leave the repeated result table out",
        )
    groups = every.sort("seed", maintain_order=True).group_by(keys, maintain_order=True)
    differs = groups.agg(pl.struct(_COUNTS).n_unique().alias("n")).filter(pl.col("n") > 1)
    if differs.height:
        raise MetricError(
            "all seeds of a method scored on the same cells",
            f"other counts in other seeds for {some(differs['method'].unique().sort())}",
            "Evaluate all runs again on one table",
        )
    combined = groups.agg(
        pl.col("seed").alias("seeds"),
        *(pl.col(count).first() for count in _COUNTS),
        *(column for score in _SCORES for column in _over_seeds(score)),
        pl.col("note").filter(pl.col("note") != "").unique(maintain_order=True).str.join(" | "),
    )
    first_seen = every.select(keys).unique(maintain_order=True)
    return first_seen.join(combined, on=keys, how="left", maintain_order="left")


def _over_seeds(score: str) -> list[pl.Expr]:
    column = pl.col(f"{score}_score")
    return [
        column.mean(),
        pl.col(f"{score}_low").mean(),
        pl.col(f"{score}_high").mean(),
        column.std().fill_null(float("nan")).alias(f"{score}_deviation"),
        column.alias(f"{score}_by_seed"),
    ]


def _suffix(path: Path) -> None:
    if path.suffix not in (".parquet", ".csv"):
        raise RunError(
            "a file name that ends in .parquet or .csv", str(path), "Choose one of the two"
        )
