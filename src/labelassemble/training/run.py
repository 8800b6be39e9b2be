"""One training run, from the assembled table to a finished run folder."""

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import torch

from labelassemble import __version__
from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import SettingsError, unknown_name
from labelassemble.images.batch import LabelArrays, make_labels, source_names
from labelassemble.inference.checkpoint_file import (
    LABEL_POLICIES,
    NetworkDescription,
    describe_network,
    read_checkpoint,
)
from labelassemble.inference.coherent import implied_classes
from labelassemble.inference.load_network import load_network
from labelassemble.inference.prediction_file import write_predictions
from labelassemble.inference.unlike import UNLIKE, read_unlike
from labelassemble.metrics.auroc import class_auroc
from labelassemble.model.class_queries import name_start
from labelassemble.settings import Recipe, RunSettings
from labelassemble.storage.sums import hash_file
from labelassemble.storage.write_aside import write_text
from labelassemble.training.came_from import read_origins
from labelassemble.training.fit import fit_network
from labelassemble.training.licence_ledger import read_ledger
from labelassemble.training.made_with import describe_cost, measure_part
from labelassemble.training.model_card import write_card
from labelassemble.training.model_choice import CHOICE_KEY, epochs_done, is_trained
from labelassemble.training.open_run_folder import claim_run_folder
from labelassemble.training.progress import EpochLines
from labelassemble.training.run_folder import (
    BEST,
    CARD,
    CHECKPOINTS,
    DONE,
    LAST,
    PREDICTIONS,
    describe_contents,
    describe_settings,
    is_done,
    write_json,
)
from labelassemble.training.task import Task
from labelassemble.training.trainer import process_rank
from labelassemble.vocabulary.choose_vocabulary import choose_vocabulary


def train_network(task: Task, folder: Path) -> Path:
    """Train one network, choose its best epoch on validation, and predict with it.

    A finished run returns at once; a broken one resumes from its last epoch, on the CPU to the
    same bits as if it had not been broken. ``training.resume = false`` deletes what the folder
    holds and starts again. Test labels, masks and boxes are taken away first: only test images are
    used, to write the best network's predictions on them.

    Args:
        task: what is learned, with all settings and the table.
        folder: the run folder; made if it is not there.

    Returns:
        ``folder``, which then holds settings.json, table.json, log.csv, checkpoints/last.ckpt and
        best.ckpt, predictions.parquet (validation and test images), of detection
        candidates.parquet, card.md, made_with.json and done.json.

    Raises:
        RunError: the folder was made with other settings or another table, an image is not in the
            store, the training diverged, or a teacher may not teach
            (``frozen_teachers.open_teachers``).
        SettingsError: a device that is not there, a threshold for a class that is not in the table.
        ImageError, SourceError: images or masks that cannot be read.
    """
    recipe = task.recipe
    first = process_rank() == 0
    made_with = (
        describe_settings(recipe, task.run),
        describe_contents(task.learnable, task.contents()),
    )
    # Other processes of the same run neither hold the folder nor write to it.
    with claim_run_folder(folder, *made_with, recipe.when_busy) if first else nullcontext():
        # Other processes of the same run must not see what the first one is about to delete.
        carries_on = first or recipe.training.resume
        if carries_on and is_done(folder):
            task.check_finished(folder)
            return folder
        last = folder / CHECKPOINTS / LAST
        checkpoint = read_checkpoint(last) if carries_on and last.is_file() else None
        check_thresholds(recipe, task.table)
        task.prepare(folder, first)
        description = describe_run(recipe, task.run, task.learnable)
        lines = EpochLines(folder.name, recipe.training.epochs)
        if checkpoint is None or not is_trained(checkpoint, recipe.training):
            began = 0 if checkpoint is None else epochs_done(checkpoint)
            with measure_part(folder, began + 1) if first else nullcontext():
                fit_network(task, description, folder, lines, checkpoint)
        if first:
            _finish(task, folder)
            lines.write_line(f"done: {folder} ({describe_cost(folder)})")
        return folder


def check_thresholds(recipe: Recipe, table: AssembledTable) -> None:
    """Refuse thresholds for classes that the table does not have.

    Raises:
        SettingsError: names the first of them and those that are near.
    """
    for name in recipe.losses.threshold_by_class:
        if name not in table.classes:
            raise SettingsError(
                "classes of the table in losses.threshold_by_class",
                unknown_name("class", name, table.classes),
                "Fix the name, or take it out",
            )


def describe_run(recipe: Recipe, run: RunSettings, table: AssembledTable) -> NetworkDescription:
    """Say of a run's network all that is needed to build it again."""
    vocabulary: Any = table.manifest["vocabulary"]
    policies: Any = table.manifest.get("settings") or {}
    weights = recipe.model.pretrained
    if weights is not None and not weights.startswith(("package:", "timm:")):
        weights = Path(weights).name
    # Folders of this machine mean nothing on another one.
    model = recipe.model.model_copy(
        update={
            "pretrained": weights,
            "weights_cache": type(recipe.model).model_fields["weights_cache"].default,
            "query_start": name_start(recipe.model.query_start),
        }
    )
    return NetworkDescription(
        version=__version__,
        method=run.method,
        source=run.source,
        seed=run.seed,
        classes=table.classes,
        sources=source_names(table),
        vocabulary=vocabulary["name"],
        vocabulary_version=vocabulary["version"],
        implied=implied_classes(choose_vocabulary(recipe), vocabulary["version"], table.classes),
        policies={name: policies[name] for name in LABEL_POLICIES if name in policies} or None,
        model=model,
        images=recipe.images,
        detection=recipe.detection if recipe.detection.task == "detection" else None,
    )


def _finish(task: Task, folder: Path) -> None:
    """Predict with the best network, write the card, and say that the run is done."""
    gpu = task.recipe.training.accelerator != "cpu" and torch.cuda.is_available()
    best = folder / CHECKPOINTS / BEST
    description = describe_network(read_checkpoint(best), best)
    network = load_network(best, torch.device("cuda" if gpu else "cpu"))
    predictions = task.predict(network, folder)
    write_predictions(predictions, folder / PREDICTIONS)
    last = read_checkpoint(folder / CHECKPOINTS / LAST)
    by_class = score_classes(predictions, make_labels(task.learnable, task.learnable.classes))
    done = {
        "version": __version__,
        "epochs": epochs_done(last),
        "best_epoch": last[CHOICE_KEY]["best_epoch"],
        **task.describe(last[CHOICE_KEY]["best_score"], by_class),
        "validation_auroc_by_class": by_class,
    }
    card = write_card(
        task.recipe.name,
        task.learnable,
        description,
        done,
        read_origins(folder),
        weights=hash_file(best),
        unlike=read_unlike(folder / UNLIKE, best),
        ledger=read_ledger(folder),
    )
    write_text(card, folder / CARD)
    write_json(done, folder / DONE)


def score_classes(predictions: pl.DataFrame, labels: LabelArrays) -> dict[str, float | None]:
    """Validation AUROC of every class; None where it cannot be scored."""
    rows = labels.rows("validate")
    classes = len(labels.classes)
    names = pl.Series([labels.record[row] for row in rows], dtype=pl.String)
    predicted = predictions.filter(pl.col("record").is_in(names.implode()))
    # Predictions stand in the table's order, and so do the labels.
    probability = predicted["probability"].to_numpy().reshape(len(rows), classes)
    scores = class_auroc(probability, labels.label[rows], labels.known[rows])
    return {
        name: None if np.isnan(score) else float(score)
        for name, score in zip(labels.classes, scores, strict=True)
    }
