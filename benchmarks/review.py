"""Are planted label faults found? Our ranking against cleanlab's, on the same probabilities.

    python -m benchmarks.review [--peer PYTHON] [--seeds 0 1 2]

Three simulated hospitals that label everything, three seeds: 5 % of the labels of training and
validation images are turned round, networks are cross-fitted on them (five folds by patient), and
labels are ranked. PYTHON, default ``.venv-peers/bin/python``, has cleanlab
(``benchmarks/peers/requirements.txt``). Saves ``benchmarks/results/review.csv``: the share of the
planted faults among the first 1, 5 and 10 % of the labels.
"""

import argparse
import csv
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
import torch

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.evaluation.rank_labels import rank_labels
from labelassemble.images.store import ImageStore
from labelassemble.inference.load_network import load_network
from labelassemble.pipeline.assemble_sources import assemble_sources, open_assembled
from labelassemble.recipe import read_recipe
from labelassemble.settings import Recipe, RunSettings
from labelassemble.training.cross_fit import cross_fit
from labelassemble.training.cross_fit_heads import cross_fit_heads
from labelassemble.training.diagnosis import Diagnosis
from labelassemble.training.run import train_network
from labelassemble.training.select import select_learnable
from labelassemble_phantoms.hospitals import simulate_hospitals

PATIENTS, SIZE, EPOCHS, FOLDS, FLIPPED = 150, 64, 10, 5, 0.05
REVIEWED = (0.01, 0.05, 0.1)
RESULTS = Path(__file__).parent / "results" / "review.csv"
PEER = Path(__file__).parents[1] / ".venv-peers" / "bin" / "python"
SCRIPT = Path(__file__).parent / "peers" / "label_faults.py"


class Planted(NamedTuple):
    """A table with faults, and which cells they are."""

    table: AssembledTable
    faults: pl.DataFrame


def shorten(recipe: Recipe) -> Recipe:
    """The same with small images, few epochs, and one linear head on known cells."""
    return recipe.model_copy(
        update={
            "images": recipe.images.model_copy(update={"size": SIZE}),
            "training": recipe.training.model_copy(update={"epochs": EPOCHS, "batch_size": 64}),
            "methods": ("masked",),
        }
    )


def plant(table: AssembledTable, seed: int) -> Planted:
    """Turn 5 % of the definite labels outside test round, drawn evenly."""
    outside = table.records.filter(pl.col("split").is_in(["train", "validate"]))["record"]
    sure = table.cells["label"].is_in([0.0, 1.0]) & table.cells["record"].is_in(outside.implode())
    places = np.flatnonzero(sure.to_numpy())
    generator = np.random.default_rng(seed)
    chosen = np.full(table.cells.height, False)
    chosen[generator.choice(places, round(FLIPPED * len(places)), replace=False)] = True
    turned = pl.Series(chosen)
    state = pl.col("state").cast(pl.String)
    other = state.replace({"positive": "negative", "negative": "positive"})
    cells = table.cells.with_columns(
        state=pl.when(turned).then(other).otherwise(state),
        label=pl.when(turned).then(1 - pl.col("label")).otherwise(pl.col("label")),
    )
    return Planted(
        replace(table, cells=cells), table.cells.filter(turned).select("record", "class")
    )


def find_faults(seed: int, peer: Path) -> list[dict[str, object]]:
    """Plant, cross-fit and rank; a row a ranking."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        recipe = shorten(
            read_recipe(
                simulate_hospitals(
                    folder / "hospitals",
                    PATIENTS,
                    20,
                    size=SIZE,
                    seed=seed,
                    complete=True,
                    workers=1,
                )
            )
        )
        assemble_sources(recipe)
        table, store = open_assembled(recipe)
        planted = plant(table, seed)
        run = RunSettings(method="masked", seed=seed)
        found = cross_fit(recipe, run, planted.table, store, folder / "folds", folds=FOLDS)
        given = list_beside(planted.table, found)
        truth = given.join(
            planted.faults.with_columns(fault=True), on=["record", "class"], how="left"
        ).with_columns(pl.col("fault").fill_null(False))
        scores = {"ours": rank(given, recipe), **ask_peer(given, peer, folder)}
        seen = list_beside(
            planted.table, predict_seen(recipe, run, planted.table, store, folder / "seen")
        )
        scores["ours, --quick"] = rank(seen, recipe)
        return [tell(truth, own, name, seed) for name, own in scores.items()]


def list_beside(table: AssembledTable, predictions: pl.DataFrame) -> pl.DataFrame:
    """Labels beside out-of-fold probabilities: ``GIVEN_COLUMNS``."""
    return (
        table.cells.filter(pl.col("label").is_in([0.0, 1.0]))
        .select("record", "source", "class", pl.col("label").cast(pl.Float64))
        .join(table.records.select("record", "patient"), on="record")
        .join(predictions.select("record", "class", "probability"), on=["record", "class"])
    )


def rank(given: pl.DataFrame, recipe: Recipe) -> pl.DataFrame:
    """Our scores."""
    ranked = rank_labels(given, recipe.evaluation.call_patients).labels
    return ranked.select("record", "class", "score")


def predict_seen(
    recipe: Recipe, run: RunSettings, table: AssembledTable, store: ImageStore, folder: Path
) -> pl.DataFrame:
    """What ``review --quick`` takes: heads on a network that was trained on all faults."""
    train_network(Diagnosis(recipe, run, table, store), folder)
    return cross_fit_heads(
        load_network(folder / "checkpoints" / "best.ckpt", torch.device("cpu")),
        select_learnable(table, run),
        store,
        folds=FOLDS,
        seed=run.seed,
        batch_size=64,
    )


def ask_peer(given: pl.DataFrame, peer: Path, folder: Path) -> dict[str, pl.DataFrame]:
    """Cleanlab's scores, by each of its ways: low where a label is likely to be wrong."""
    columns = ("class", "source", "label", "probability")
    np.savez(
        folder / "given.npz",
        **{
            name: given[name].to_numpy().astype(float if name in ("label", "probability") else str)
            for name in columns
        },
    )
    words = [str(peer), str(SCRIPT), str(folder / "given.npz"), str(folder / "scores.npz")]
    subprocess.run(words, check=True)
    with np.load(folder / "scores.npz") as scores:
        return {
            name: given.select("record", "class", score=pl.Series(scores[name]))
            for name in scores.files
        }


def tell(truth: pl.DataFrame, scores: pl.DataFrame, way: str, seed: int) -> dict[str, object]:
    """Share of the planted faults among the first labels of a ranking."""
    ranked = truth.join(scores, on=["record", "class"]).sort("score", "record", "class")
    fault = ranked["fault"].to_numpy()
    row: dict[str, object] = {
        "seed": seed,
        "way": way,
        "labels": len(fault),
        "faults": int(fault.sum()),
    }
    for share in REVIEWED:
        first = fault[: round(share * len(fault))]
        row[f"recall at {share:.0%}"] = round(float(first.sum() / fault.sum()), 4)
    return row


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--peer", type=Path, default=PEER)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    asked = parser.parse_args()
    rows = []
    for seed in asked.seeds:
        for row in find_faults(seed, asked.peer):
            print(row, flush=True)
            rows.append(row)
    with RESULTS.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
