"""What calibration, means of networks and views bring: Brier score, calibration error, AUROC.

    python -m benchmarks.calibration [folder]

Three simulated hospitals of 400 patients and 1,500 test patients (64 px), three networks of
``masked`` with other seeds, calibrated on their validation images. All scores are of test images,
means over the classes that all of them are calibrated for. Saves
``benchmarks/results/calibration.csv``. With a folder what was simulated and trained is kept there,
and taken up again.
"""

import csv
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import torch

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.assembly.table_folder import is_assembled
from labelassemble.images.batch import make_labels
from labelassemble.inference.predictor import Predictor
from labelassemble.metrics.auroc import class_auroc
from labelassemble.metrics.calibration import brier_error, calibration_error
from labelassemble.metrics.platt import apply_platt, fit_platt
from labelassemble.pipeline.assemble_sources import assemble_sources, open_assembled
from labelassemble.pipeline.train_networks import train_networks
from labelassemble.recipe import read_recipe
from labelassemble.settings import Recipe
from labelassemble_phantoms.hospitals import simulate_hospitals

SEEDS, VIEWS = (0, 1, 2), (1, 4, 8)
RESULTS = Path(__file__).parent / "results" / "calibration.csv"

Labels = tuple[np.ndarray, np.ndarray]


def settle(folder: Path) -> Recipe:
    if not (folder / "hospitals").is_dir():
        simulate_hospitals(folder / "hospitals", 400, 1500, size=64)
    recipe = read_recipe(folder / "hospitals" / "recipe.toml")
    changes = {
        "training": {"epochs": 12, "batch_size": 32, "accelerator": "cpu"},
        "assembly": {"validation_fraction": 0.4},
    }
    settled = {
        name: getattr(recipe, name).model_copy(update=change) for name, change in changes.items()
    }
    return recipe.model_copy(update={**settled, "methods": ("masked",), "seeds": SEEDS})


def find(table: AssembledTable, split: str) -> tuple[list[str], Labels]:
    """Paths of a split's images, and what is known of them."""
    labels = make_labels(table, table.classes)
    rows = labels.rows(split)
    paths = table.records["path"].gather(rows).to_list()
    return paths, (labels.label[rows], labels.known[rows])


def score(probability: np.ndarray, labels: Labels) -> dict[str, float]:
    """Means over the classes."""
    label, known = labels
    columns = [(probability[:, at], label[:, at], known[:, at]) for at in range(label.shape[1])]
    return {
        "Brier score": float(np.mean([brier_error(*one) for one in columns])),
        "calibration error": float(np.mean([calibration_error(*one) for one in columns])),
        "AUROC": float(np.mean(class_auroc(probability, label, known))),
    }


def pool_then_calibrate(mean: np.ndarray, validated: np.ndarray, labels: Labels) -> np.ndarray:
    """The mean of networks, calibrated as one; what `predict` does not do."""
    label, known = labels
    columns = []
    for at in range(mean.shape[1]):
        platt = fit_platt(validated[:, at], label[:, at], known[:, at])
        columns.append(apply_platt(mean[:, at], platt))
    return np.stack(columns, axis=1)


def measure(recipe: Recipe) -> Iterator[dict[str, object]]:
    table, store = open_assembled(recipe)
    runs = train_networks(recipe, table, store)
    (test, known), (validate, validation) = find(table, "test"), find(table, "validate")
    cpu = torch.device("cpu")
    for views in VIEWS:
        predictor = Predictor(runs, cpu, views=views)
        each = predictor.predict_each(test)
        calibrated = [
            Predictor(run, cpu).calibrate(one) for run, one in zip(runs, each, strict=True)
        ]
        ways = {f"seed {seed}": each[at] for at, seed in enumerate(SEEDS)}
        ways |= {f"seed {seed}, calibrated": calibrated[at] for at, seed in enumerate(SEEDS)}
        ways["mean of networks"] = each.mean(axis=0)
        ways["mean of calibrated networks"] = predictor.calibrate(each)
        ways["mean of networks, calibrated"] = pool_then_calibrate(
            each.mean(axis=0), predictor.predict_each(validate).mean(axis=0), validation
        )
        chosen = np.flatnonzero(~np.isnan(ways["mean of calibrated networks"]).any(axis=0))
        own = known[0][:, chosen], known[1][:, chosen]
        for way, probability in ways.items():
            told = score(probability[:, chosen], own)
            yield {"views": views, "way": way, "classes": len(chosen), **told}


def main(folder: Path) -> None:
    recipe = settle(folder)
    if not is_assembled(recipe.output):
        assemble_sources(recipe)
    rows = list(measure(recipe))
    with RESULTS.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(
            {key: f"{one:.4f}" if isinstance(one, float) else one for key, one in row.items()}
            for row in rows
        )
    with pl.Config(tbl_rows=100):
        print(pl.read_csv(RESULTS))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as name:
            main(Path(name))
