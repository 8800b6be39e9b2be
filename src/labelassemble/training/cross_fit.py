"""Out-of-fold predictions: every image by a network that has not seen its patient."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.assembly.strata import StratumCells, find_strata
from labelassemble.assembly.stratify import draw_folds
from labelassemble.errors import RunError
from labelassemble.images.store import ImageStore
from labelassemble.inference.prediction_file import read_predictions
from labelassemble.settings import Recipe, RunSettings
from labelassemble.training.diagnosis import Diagnosis
from labelassemble.training.run import train_network
from labelassemble.training.run_folder import PREDICTIONS
from labelassemble.training.select import select_learnable


def cross_fit(
    recipe: Recipe,
    run: RunSettings,
    table: AssembledTable,
    store: ImageStore,
    folder: Path,
    *,
    folds: int,
    progress: Callable[[int, int], None] | None = None,
) -> pl.DataFrame:
    """Train a network for each fold of training and validation patients, and predict that fold.

    Each is trained as the run was, for all of its epochs (there is no validation part to choose
    one on), from its first weights on: what the run started from, and its teachers, have seen the
    labels. Test images take no part. A fold that is finished is not trained again.

    Args:
        recipe: the run's settings.
        run: its method, source and seed.
        table: what it learned from.
        store: its images.
        folder: where the folds' runs go.
        folds: how many, at least two.
        progress: called with (folds done, folds in all).

    Returns:
        Columns record, class, probability, fold.

    Raises:
        RunError: fewer groups of patients than folds; and as ``train_network``.

    Source: Stone 1974, Cross-validatory choice and assessment of statistical predictions.
    """
    learnable = select_learnable(table, run)
    number = split_folds(learnable, folds, run.seed)
    training = recipe.training.model_copy(
        update={"start_from": None, "teachers": (), "resume": True}
    )
    alone = recipe.model_copy(update={"training": training})
    records = learnable.records
    parts = []
    for fold in range(folds):
        split = np.where(number == fold, "test", "train")
        own = replace(learnable, records=records.with_columns(split=pl.Series(split)))
        place = folder / f"fold{fold}-of-{folds}"
        train_network(Diagnosis(alone, run, own, store), place)
        predicted = read_predictions(place / PREDICTIONS)
        parts.append(predicted.with_columns(fold=pl.lit(fold, pl.Int64)))
        if progress:
            progress(fold + 1, folds)
    return pl.concat(parts)


def split_folds(table: AssembledTable, folds: int, seed: int) -> np.ndarray:
    """Draw folds over groups of patients; each has its share of every class and source.

    Args:
        table: the images to part.
        folds: how many.
        seed: of the draw.

    Returns:
        Number of each image's fold, int64, in the order of ``records``.

    Raises:
        RunError: fewer groups than folds.
    """
    names, group = np.unique(table.records["group"].to_numpy(), return_inverse=True)
    if not 2 <= folds <= len(names):
        raise RunError(
            f"from 2 folds to as many as there are groups of patients, {len(names):,}",
            f"{folds} folds",
            "Ask for fewer folds, or review a run with more patients",
        )
    cells = table.cells.filter(pl.col("class").is_in(list(table.classes)))
    speakers = cells["source"].unique().sort()
    row = dict(zip(table.records["record"], range(table.records.height), strict=True))
    held = find_strata(
        StratumCells(
            record=np.array([row[name] for name in cells["record"]], dtype=np.int64),
            place=cells["class"].cast(pl.Enum(table.classes)).to_physical().to_numpy().astype(int),
            label=cells["label"].fill_null(np.nan).to_numpy(),
            speaker=speakers.search_sorted(cells["source"]).to_numpy().astype(np.int64),
            classes=len(table.classes),
            speakers=len(speakers),
        ),
        group,
        np.full(table.records.height, True),
        len(names),
    ).held
    priority = np.random.default_rng(seed).random(len(names))
    fold = draw_folds(held, np.full(len(names), True), folds, priority)
    return np.asarray(fold[group], dtype=np.int64)
