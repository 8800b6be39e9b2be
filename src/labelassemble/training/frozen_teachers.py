"""Finished runs that predict for a student what nobody labelled."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
import torch
from jaxtyping import Float
from scipy.special import expit
from scipy.special import logit as to_logit

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import RunError, some
from labelassemble.images.batch import LabelArrays, make_labels
from labelassemble.images.build_store import build_store
from labelassemble.images.store import ImageStore
from labelassemble.inference.checkpoint_file import NetworkDescription, describe_network
from labelassemble.inference.checkpoint_file import read_checkpoint as read_weights
from labelassemble.inference.frame_file import read_frame, write_frame
from labelassemble.inference.load_network import load_network
from labelassemble.inference.predictions import predict_records
from labelassemble.settings import Recipe
from labelassemble.storage.sums import hash_file
from labelassemble.training.class_thresholds import source_prevalence
from labelassemble.training.lineage import (
    TRAINED,
    UNTOLD,
    read_recipe_of,
    read_seen,
)
from labelassemble.training.refuse_seen import describe_files, refuse_seen
from labelassemble.training.run_folder import (
    BEST,
    CHECKPOINTS,
    SOFT_LABELS,
    TEACHERS,
    is_done,
    write_json,
)
from labelassemble.training.same_teachers import refuse_other_teachers
from labelassemble.training.soft_labels import SOFT_LABEL_COLUMNS, align_with_shrinkage

POLICIES = ("uncertain", "uncertain_by_class", "uncertain_soft")
"""Settings of ``assembly`` that say what a label means; teachers must share them."""


class Teacher(NamedTuple):
    """One finished run.

    Attributes:
        run: its folder.
        description: of its network.
        sha256: of its best checkpoint.
        trained: SHA-256 of the image files that it, or what it began with, learned from.
    """

    run: Path
    description: NetworkDescription
    sha256: str
    trained: frozenset[str]


def learn_from_teachers(
    recipe: Recipe,
    table: AssembledTable,
    learnable: AssembledTable,
    store: ImageStore,
    folder: Path,
    first: bool,
) -> pl.DataFrame | None:
    """Give the soft labels of a run: those in its folder, or its teachers' predictions, asked once.

    Args:
        recipe: the student's settings.
        table: its whole table; of test images only names are used.
        learnable: what it may learn from.
        store: its images.
        folder: its run folder.
        first: whether this process writes.

    Returns:
        ``SOFT_LABEL_COLUMNS``; None: the run has no teachers.

    Raises:
        RunError: a teacher may not teach, or there is nothing to ask.
    """
    if not recipe.training.teachers:
        return None
    place = folder / SOFT_LABELS
    if place.is_file():
        refuse_other_teachers(recipe, folder)
        return read_frame(place, SOFT_LABEL_COLUMNS, "a run's soft labels")
    teachers = open_teachers(recipe.training.teachers, recipe, table, store)
    gpu = recipe.training.accelerator != "cpu" and torch.cuda.is_available()
    device = torch.device("cuda" if gpu else "cpu")
    soft = predict_cells(teachers, recipe, learnable, store, device)
    if soft.is_empty():
        which = recipe.training.teacher_cells
        raise RunError(
            f"{which} training cells of classes that the teachers know",
            f"no {which} training cell of {some(learnable.classes)} that they could predict",
            "Leave training.teachers out: everything is known here already"
            if which == "unknown"
            else "Take teachers that know a class of this table",
        )
    if first:
        told = [
            {"run": one.run.name, "sha256": one.sha256, "classes": list(one.description.classes)}
            for one in teachers
        ]
        cells = {"cells": soft.height, "of": recipe.training.teacher_cells}
        write_json({"teachers": told, **cells}, folder / TEACHERS)
        write_frame(soft, SOFT_LABEL_COLUMNS, place)
    return soft


def open_teachers(
    runs: Sequence[Path], recipe: Recipe, table: AssembledTable, store: ImageStore
) -> tuple[Teacher, ...]:
    """Open finished runs, and refuse those that may not teach.

    Args:
        runs: their folders.
        recipe: the student's settings.
        table: the student's whole table.
        store: its images.

    Raises:
        RunError: a run that is not finished or damaged, that comes twice, that predicts lesions,
            that knows none of the student's classes, whose vocabulary or policies are others, or
            that has seen an image of the test split, itself or through what it began with.
    """
    if twice := sorted({str(run) for run in runs if list(runs).count(run) > 1}):
        raise RunError("each teacher once", f"{some(twice)} twice", "Name it once")
    return tuple(_open(run, recipe, table, store) for run in runs)


def predict_cells(
    teachers: Sequence[Teacher],
    recipe: Recipe,
    table: AssembledTable,
    store: ImageStore,
    device: torch.device,
) -> pl.DataFrame:
    """Predict the unknown training cells of a table, or the known ones: ``SOFT_LABEL_COLUMNS``.

    A cell's prediction is the mean logit of the teachers that know the class and did not learn from
    the image; of all that know the class where every one did. Predictions on unknown cells are then
    aligned (``align_with_shrinkage``), each source and class by itself; on known cells the label
    and the prediction are averaged, which is to learn both with equal weight.

    Args:
        teachers: of ``open_teachers``.
        recipe: the student's settings; decoded images of other sizes go to its store.
        table: what the student may learn from.
        store: its images.
        device: where to compute.
    """
    labels = make_labels(table, table.classes)
    train = labels.rows("train")
    records = [labels.record[row] for row in train]
    content = [store.content.get(name) for name in records]
    known = labels.known[train]
    learns_known = recipe.training.teacher_cells == "known"
    total = np.zeros((2, *known.shape))
    count = np.zeros((2, *known.shape), dtype=np.int64)
    for teacher in teachers:
        own = _predictions(
            teacher, records, labels, recipe=recipe, table=table, store=store, device=device
        )
        knows = ~np.isnan(own)
        fresh = np.array([one not in teacher.trained for one in content], dtype=bool)[:, None]
        for which, counted in enumerate((knows & fresh, knows)):
            total[which] += np.where(counted, np.nan_to_num(own), 0.0)
            count[which] += counted
    asked = (known if learns_known else ~known) & (count[1] > 0)
    total, count = (np.where(count[0] > 0, one[0], one[1]) for one in (total, count))
    logit = total / count.clip(min=1)
    if learns_known:
        soft = (expit(logit) + labels.label[train]) / 2
    else:
        prevalence = source_prevalence(labels)
        soft = align_with_shrinkage(logit, asked, labels.source[train], prevalence)
    row, place = np.nonzero(asked)
    return pl.DataFrame(
        {
            "record": pl.Series(records, dtype=pl.String).gather(row),
            "class": pl.Series(labels.classes, dtype=pl.String).gather(place),
            "probability": soft[row, place],
        },
        schema=SOFT_LABEL_COLUMNS,
    )


def _open(run: Path, recipe: Recipe, table: AssembledTable, store: ImageStore) -> Teacher:
    if not is_done(run):
        raise RunError(
            f"a finished run at {run} to teach",
            "no run folder" if not run.is_dir() else "a run that is not finished",
            "Train it to its end, or name another in training.teachers",
        )
    weights = run / CHECKPOINTS / BEST
    description = describe_network(read_weights(weights), weights)
    if description.detection is not None:
        raise RunError(
            f"a teacher that predicts for whole images, at {run}",
            "a network that finds lesions (detection.task = 'detection')",
            "Take a run of detection.task = 'diagnosis'",
        )
    vocabulary: Any = table.manifest["vocabulary"]
    theirs = (description.vocabulary, description.vocabulary_version)
    if theirs != (vocabulary["name"], vocabulary["version"]):
        raise RunError(
            f"a teacher of the vocabulary {vocabulary['name']} {vocabulary['version']}",
            f"{' '.join(theirs)} in {run}",
            "Take a teacher of the same vocabulary, or train it again with this one",
        )
    if not set(description.classes) & set(table.classes):
        raise RunError(
            f"a teacher of some of the classes {some(table.classes)}",
            f"{some(description.classes)} in {run}",
            "Take a teacher that knows a class which this table does not know everywhere",
        )
    saved = read_recipe_of(run).get("assembly", {})
    own = recipe.assembly.model_dump(mode="json")
    differ = [name for name in POLICIES if saved.get(name) != own[name]]
    if differ:
        raise RunError(
            "a teacher for which an uncertain label means the same",
            "; ".join(
                f"assembly.{key} = {saved.get(key)} in {run}, here {own[key]}" for key in differ
            ),
            "Give the same policies, or train the teacher again with these",
        )
    seen = read_seen(run)
    images = seen.images
    untold = images.filter(pl.col("split") == UNTOLD)["record"].unique().sort()
    if len(untold):
        raise RunError(
            f"a teacher of which is known what it has seen, at {run}",
            f"it began with {some(untold, 3)}, of which nothing is reported",
            "Take a teacher that began from scratch or from a run folder in its place",
        )
    refuse_seen(
        seen,
        f"a teacher at {run}",
        recipe,
        table,
        describe_files(recipe, table, store),
        "Assemble again with its split: labelassemble assemble RECIPE --assembly.keep-split "
        f"{run}; or take another teacher",
    )
    trained = frozenset(images.filter(pl.col("split").is_in(TRAINED))["sha256"].drop_nulls())
    return Teacher(run, description, hash_file(weights), trained)


def _predictions(
    teacher: Teacher,
    records: Sequence[str],
    labels: LabelArrays,
    *,
    recipe: Recipe,
    table: AssembledTable,
    store: ImageStore,
    device: torch.device,
) -> Float[np.ndarray, "images classes"]:
    """Logits of one teacher; NaN for classes that it does not know."""
    images = teacher.description.images
    if (images.size, images.fit) != (recipe.images.size, recipe.images.fit):
        paths = table.records.filter(pl.col("record").is_in(list(records)))
        files = {name: Path(path) for name, path in paths.select("record", "path").iter_rows()}
        store = build_store(files, images, recipe.output / "store")
    network = load_network(teacher.run / CHECKPOINTS / BEST, device)
    predictions = predict_records(network, store, records, recipe.evaluation.batch_size, device)
    probability = predictions["probability"].to_numpy().reshape(len(records), -1)
    own = np.full((len(records), len(labels.classes)), np.nan)
    for place, name in enumerate(labels.classes):
        if name in network.classes:
            own[:, place] = to_logit(
                probability[:, network.classes.index(name)].clip(1e-12, 1 - 1e-12)
            )
    return own
