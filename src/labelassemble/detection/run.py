"""One detection run, from the assembled table to a finished run folder."""

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import torch

from labelassemble import __version__
from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.detection.candidates import write_candidates
from labelassemble.detection.data_module import DenseData
from labelassemble.detection.dense_teachers import tell_dense_teachers
from labelassemble.detection.ground import Ground
from labelassemble.detection.module import DenseModule
from labelassemble.detection.open_cases import Progress, make_cases, open_grounds
from labelassemble.detection.predict_detections import predict_detections
from labelassemble.errors import SettingsError
from labelassemble.images.batch import make_labels
from labelassemble.images.store import ImageStore
from labelassemble.inference.checkpoint_file import NetworkDescription, read_checkpoint
from labelassemble.inference.prediction_file import write_predictions
from labelassemble.inference.predictor import load_network
from labelassemble.metrics.class_mean import class_mean
from labelassemble.model.network import Network
from labelassemble.settings import Recipe, RunSettings
from labelassemble.training.fit import fit_network
from labelassemble.training.model_card import write_card
from labelassemble.training.model_choice import KEY, epochs_done, is_trained
from labelassemble.training.progress import EpochLines
from labelassemble.training.run import check_thresholds, describe_run, score_classes
from labelassemble.training.run_folder import (
    BEST,
    CANDIDATES,
    CARD,
    CHECKPOINTS,
    DONE,
    LAST,
    PREDICTIONS,
    claim_run_folder,
    describe_contents,
    describe_settings,
    is_done,
    write_json,
    write_text,
)
from labelassemble.training.select import select_learnable
from labelassemble.training.trainer import process_rank, tune_for_gpu


def train_dense(
    recipe: Recipe,
    run: RunSettings,
    table: AssembledTable,
    store: ImageStore | None,
    folder: Path,
    progress: Progress | None = None,
) -> Path:
    """Train one network that finds lesions, choose its best epoch, and predict with it.

    As ``training.run.train``: a finished run returns at once; a broken one carries on from its last
    epoch, on the CPU to the same bits. Neither labels nor masks nor boxes of test images are looked
    at: only their images are, to write the best network's answers.

    Args:
        recipe: all settings; ``detection.task`` is ``detection``.
        run: method, source and seed of this network.
        table: the assembled table.
        store: decoded pictures; None where images are volumes.
        folder: the run folder; made if it is not there.
        progress: called with (volumes done, volumes in all) as they come into the cache.

    Returns:
        ``folder``, which then holds settings.json, table.json, log.csv, checkpoints/last.ckpt and
        best.ckpt, candidates.parquet and predictions.parquet (validation and test images), card.md
        and done.json.

    Raises:
        RunError: the folder was made with other settings or another table, the run has nothing to
            learn from, or the training diverged.
        SettingsError: another task, images of other dimensions, no lesion drawn anywhere, a device
            that is not there.
        ImageError, SourceError: images or masks that cannot be read.
    """
    if recipe.detection.task != "detection":
        raise SettingsError(
            "detection.task = 'detection'",
            f"{recipe.detection.task!r}",
            "Set it, or train a network that diagnoses: labelassemble.training.run.train",
        )
    learnable = select_learnable(table, run)
    names = learnable.pictures["picture"].to_list()
    grounds = open_grounds(recipe, table, names, store, set(names), run.source, progress)
    first = process_rank() == 0
    contents = {name: ground.content for name, ground in grounds.items()}
    made_with = describe_settings(recipe, run), describe_contents(learnable, contents)
    # Other processes of the same run neither hold the folder nor write to it.
    with claim_run_folder(folder, *made_with) if first else nullcontext():
        # Other processes of the same run must not see what the first one is about to delete.
        carries_on = first or recipe.training.resume
        if carries_on and is_done(folder):
            return folder
        last = folder / CHECKPOINTS / LAST
        checkpoint = read_checkpoint(last) if carries_on and last.is_file() else None
        description = describe_run(recipe, run, learnable)
        check_thresholds(recipe, table)
        lines = EpochLines(folder.name, recipe.training.epochs)
        if checkpoint is None or not is_trained(checkpoint, recipe.training):
            _fit(recipe, description, table, learnable, grounds, folder, lines, checkpoint)
        if first:
            _finish(recipe, description, table, learnable, store, grounds, folder)
            lines.write_line(f"done: {folder}")
        return folder


def _fit(
    recipe: Recipe,
    description: NetworkDescription,
    table: AssembledTable,
    learnable: AssembledTable,
    grounds: dict[str, Ground],
    folder: Path,
    lines: EpochLines,
    checkpoint: dict[str, Any] | None,
) -> None:
    labels = make_labels(learnable, learnable.classes)
    train, validate = (
        make_cases(grounds, labels, table.classes, labels.rows(split), recipe.detection.exclusive)
        for split in ("train", "validate")
    )
    data = DenseData(labels, train, validate, recipe.detection, description.seed)

    def make_learner(network: Network, on_gpu: bool) -> DenseModule:
        tell_dense_teachers(network, train)
        if on_gpu and recipe.detection.dimensions == 2:
            tune_for_gpu(network)
        return DenseModule(network, recipe, description, data)

    validates = len(validate) > 0 and recipe.detection.chosen_by != "last"
    fit_network(recipe, description, data, make_learner, validates, folder, lines, checkpoint)


def _finish(
    recipe: Recipe,
    description: NetworkDescription,
    table: AssembledTable,
    learnable: AssembledTable,
    store: ImageStore | None,
    grounds: dict[str, Ground],
    folder: Path,
) -> None:
    """Predict with the best network, write the card, and say that the run is done."""
    gpu = recipe.training.accelerator != "cpu" and torch.cuda.is_available()
    network = load_network(folder / CHECKPOINTS / BEST, torch.device("cuda" if gpu else "cpu"))
    held_out = table.pictures.filter(pl.col("split").is_in(["validate", "test"]))["picture"]
    new = [name for name in held_out if name not in grounds]
    known = {**grounds, **open_grounds(recipe, table, new, store, ())}
    detections = predict_detections(
        network, {name: known[name] for name in held_out}, recipe.detection
    )
    write_predictions(detections.predictions, folder / PREDICTIONS)
    write_candidates(detections.candidates, folder / CANDIDATES)
    last = read_checkpoint(folder / CHECKPOINTS / LAST)
    by_class = score_classes(detections.predictions, make_labels(learnable, learnable.classes))
    scores = [np.nan if score is None else score for score in by_class.values()]
    mean = class_mean(np.array(scores))
    froc = last[KEY]["best_score"] if recipe.detection.chosen_by == "froc" else None
    done = {
        "version": __version__,
        "epochs": epochs_done(last),
        "best_epoch": last[KEY]["best_epoch"],
        "validation_auroc_score": mean.score if mean.covered else None,
        "validation_froc_score": froc,
        "chosen_by": recipe.detection.chosen_by,
        "validation_auroc_by_class": by_class,
    }
    write_text(write_card(recipe.name, learnable, description, done), folder / CARD)
    write_json(done, folder / DONE)
