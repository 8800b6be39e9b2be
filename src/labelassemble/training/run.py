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
from labelassemble.images.store import ImageStore
from labelassemble.inference.checkpoint_file import NetworkDescription, read_checkpoint
from labelassemble.inference.coherent import implied_classes
from labelassemble.inference.prediction_file import write_predictions
from labelassemble.inference.predictions import find_rows, predict_pictures
from labelassemble.inference.predictor import load_network
from labelassemble.metrics.auroc import class_auroc
from labelassemble.model.network import Network
from labelassemble.model.query_start import name_start
from labelassemble.settings import Recipe, RunSettings
from labelassemble.training.data_module import PictureData
from labelassemble.training.fit import fit_network
from labelassemble.training.frozen_teachers import learn_from_teachers, refuse_other_teachers
from labelassemble.training.lineage import inherit, refuse_seen, write_learned
from labelassemble.training.model_card import write_card
from labelassemble.training.model_choice import KEY, epochs_done, is_trained
from labelassemble.training.module import AnswerModule
from labelassemble.training.progress import EpochLines
from labelassemble.training.run_folder import (
    BEST,
    CARD,
    CHECKPOINTS,
    DONE,
    LAST,
    LEARNED,
    PREDICTIONS,
    claim_run_folder,
    describe_learnable,
    describe_settings,
    is_done,
    write_json,
    write_text,
)
from labelassemble.training.select import select_learnable
from labelassemble.training.teachers import tell_teachers
from labelassemble.training.trainer import process_rank, tune_for_gpu
from labelassemble.vocabulary.choose_vocabulary import choose_vocabulary


def train(
    recipe: Recipe, run: RunSettings, table: AssembledTable, store: ImageStore, folder: Path
) -> Path:
    """Train one network, choose its best epoch on validation, and predict with it.

    A finished run returns at once; a broken one carries on from its last epoch, on the CPU to the
    same bits as if it had not been broken. ``training.resume = false`` deletes what the folder
    holds and starts again. Test labels are taken away first: only the names of test pictures are
    used, to write the best network's answers on them.

    Args:
        recipe: all settings.
        run: method, source and seed of this network.
        table: the assembled table.
        store: its decoded pictures.
        folder: the run folder; made if it is not there.

    Returns:
        ``folder``, which then holds settings.json, table.json, log.csv, checkpoints/last.ckpt and
        best.ckpt, predictions.parquet (validation and test pictures), card.md and done.json.

    Raises:
        RunError: the folder was made with other settings or another table, the run has nothing to
            learn from, a picture is not in the store, the training diverged, or a teacher may not
            teach (``frozen_teachers.open_teachers``).
        SettingsError: a device that is not there, a threshold for a class that is not in the table.
    """
    learnable = select_learnable(table, run)
    first = process_rank() == 0
    made_with = describe_settings(recipe, run), describe_learnable(learnable, store)
    # Other processes of the same run neither hold the folder nor write to it.
    with claim_run_folder(folder, *made_with) if first else nullcontext():
        # Other processes of the same run must not see what the first one is about to delete.
        carries_on = first or recipe.training.resume
        if carries_on and is_done(folder):
            refuse_other_teachers(recipe, folder)
            return folder
        find_rows(store, table.pictures.filter(pl.col("split") != "unused")["picture"].to_list())
        last = folder / CHECKPOINTS / LAST
        checkpoint = read_checkpoint(last) if carries_on and last.is_file() else None
        description = describe_run(recipe, run, learnable)
        check_thresholds(recipe, table)
        refuse_start(recipe, table, store)
        lines = EpochLines(folder.name, recipe.training.epochs)
        soft = learn_from_teachers(recipe, table, learnable, store, folder, first)
        if first and not (folder / LEARNED).is_file():
            # Now: what it begins with may be gone when it is finished.
            write_learned(learnable, store, recipe.training, folder / LEARNED)
        if checkpoint is None or not is_trained(checkpoint, recipe.training):
            _fit(recipe, description, learnable, store, folder, lines, checkpoint, soft)
        if first:
            _finish(recipe, description, table, learnable, store, folder)
            lines.write_line(f"done: {folder}")
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
                "Mend the name, or take it out",
            )


def refuse_start(recipe: Recipe, table: AssembledTable, store: ImageStore) -> None:
    """Refuse to start from a network that has seen pictures of the test split, as far as is told.

    Raises:
        RunError: names the pictures.
    """
    start = recipe.training.start_from
    if start is not None:
        seen, what = inherit(start, ()), f"a network to start from, {start},"
        refuse_seen(seen, what, table, store, "Split both recipes alike, or start from another")


def describe_run(recipe: Recipe, run: RunSettings, table: AssembledTable) -> NetworkDescription:
    """Say of a run's network all that is needed to build it again."""
    vocabulary: Any = table.manifest["vocabulary"]
    weights = recipe.model.pretrained
    # Folders of this machine mean nothing on another one.
    model = recipe.model.model_copy(
        update={
            "pretrained": None if weights is None else Path(weights).name,
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
        model=model,
        images=recipe.images,
        detection=recipe.detection if recipe.detection.task == "detection" else None,
    )


def _fit(
    recipe: Recipe,
    description: NetworkDescription,
    table: AssembledTable,
    store: ImageStore,
    folder: Path,
    lines: EpochLines,
    checkpoint: dict[str, Any] | None,
    soft: pl.DataFrame | None,
) -> None:
    data = PictureData(
        table,
        store,
        recipe.training,
        description.method,
        description.seed,
        recipe.evaluation.batch_size,
        recipe.losses.bce_views,
        soft,
    )

    def make_learner(network: Network, on_gpu: bool) -> AnswerModule:
        tell_teachers(network, data.labels)
        if on_gpu:
            tune_for_gpu(network)
        return AnswerModule(network, recipe, description, data)

    validates = len(data.validation_pictures) > 0
    fit_network(recipe, description, data, make_learner, validates, folder, lines, checkpoint)


def _finish(
    recipe: Recipe,
    description: NetworkDescription,
    table: AssembledTable,
    learnable: AssembledTable,
    store: ImageStore,
    folder: Path,
) -> None:
    """Predict with the best network, write the card, and say that the run is done."""
    gpu = recipe.training.accelerator != "cpu" and torch.cuda.is_available()
    device = torch.device("cuda" if gpu else "cpu")
    network = load_network(folder / CHECKPOINTS / BEST, device)
    held_out = table.pictures.filter(pl.col("split").is_in(["validate", "test"]))
    predictions = predict_pictures(
        network, store, held_out["picture"].to_list(), recipe.evaluation.batch_size, device
    )
    write_predictions(predictions, folder / PREDICTIONS)
    last = read_checkpoint(folder / CHECKPOINTS / LAST)
    done = {
        "version": __version__,
        "epochs": epochs_done(last),
        "best_epoch": last[KEY]["best_epoch"],
        "validation_auroc_score": last[KEY]["best_score"],
        "validation_auroc_by_class": score_classes(
            predictions, make_labels(learnable, learnable.classes)
        ),
    }
    write_text(write_card(recipe.name, learnable, description, done), folder / CARD)
    write_json(done, folder / DONE)


def score_classes(predictions: pl.DataFrame, labels: LabelArrays) -> dict[str, float | None]:
    """Validation AUROC of every class; None where it cannot be scored."""
    rows = labels.rows("validate")
    classes = len(labels.classes)
    names = pl.Series([labels.picture[row] for row in rows], dtype=pl.String)
    answered = predictions.filter(pl.col("picture").is_in(names.implode()))
    # Predictions stand in the table's order, and so do the labels.
    answer = answered["answer"].to_numpy().reshape(len(rows), classes)
    scores = class_auroc(answer, labels.label[rows], labels.known[rows])
    return {
        name: None if np.isnan(score) else float(score)
        for name, score in zip(labels.classes, scores, strict=True)
    }
