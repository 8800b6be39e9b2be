"""A finished run and a manifest in, the next run out, which knows a class or a source more."""

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import torch

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.assembly.table_folder import TABLE, read_saved
from labelassemble.errors import AssemblyError, RunError, SettingsError
from labelassemble.evaluation.compare import compare_predictions
from labelassemble.evaluation.complete_card import tell_thresholds
from labelassemble.evaluation.evaluate import evaluate_predictions
from labelassemble.evaluation.result_table import write_both
from labelassemble.images.store import ImageStore
from labelassemble.inference.load_network import load_network
from labelassemble.inference.operating_file import OPERATING, read_operation, write_operation
from labelassemble.inference.prediction_file import read_predictions
from labelassemble.inference.predictions import predict_records
from labelassemble.pipeline.added_labels import refuse_unjudged, refuse_unlearnable
from labelassemble.pipeline.addition_recipe import Addition, make_recipe, make_source
from labelassemble.pipeline.assemble_sources import assemble_sources, open_assembled
from labelassemble.pipeline.finished_run import FinishedRun, read_finished_run
from labelassemble.pipeline.read_sources import read_sources
from labelassemble.pipeline.recipe_toml import recipe_toml
from labelassemble.pipeline.train_networks import train_networks
from labelassemble.settings import Recipe
from labelassemble.storage.write_aside import write_text
from labelassemble.training.run_folder import PREDICTIONS
from labelassemble.vocabulary.choose_vocabulary import choose_vocabulary
from labelassemble.vocabulary.vocabulary import load_vocabulary

RECIPE = "recipe.toml"
"""Written first: an output with it is this addition's own."""

_ADDED = "added.json"
"""Written last: all that the command does is done."""

CHANGES = "changes"
"""Table of ``results/``: the run's classes before and after, paired over patients."""


@dataclass(frozen=True)
class Added:
    """What was added, and what that did.

    Attributes:
        run: the new run folder.
        recipe: its recipe; ``recipe.toml`` in its output.
        before: the run that it came from.
        source: name of the source.
        new: the class that is new; None: none is.
        seconds: of reading and assembling, and of training with all that a run writes.
        identical: on how many validation and test images the run's classes have the same bytes as
            before; None where they were to learn on.
        scores: of the new class on test images (``RESULT_COLUMNS``); None: no test images.
        changes: of the run's classes (``COMPARISON_COLUMNS``), where they learned on.
        raised: classes of the run that `predict` raises to the new one's probability where that is
            higher, as the vocabulary says.
    """

    run: Path
    recipe: Recipe
    before: FinishedRun
    source: str
    new: str | None
    seconds: tuple[float, float]
    identical: int | None
    scores: pl.DataFrame | None
    changes: pl.DataFrame | None
    raised: tuple[str, ...]


def add_to_run(
    run: Path,
    addition: Addition,
    progress: Callable[[int, int], None] | None = None,
    tell: Callable[[str], None] | None = None,
) -> Added:
    """Add a class or a source to a run: a new output beside the old one, with a table and a run.

    Patients whom the run has seen stay where they were. A class learns alone with
    ``addition.quick``, while the predictions of all others keep their bytes, and so do their
    calibration, thresholds and calls; otherwise all of the network learns on, from all sources.

    Called again after it was stopped or killed, at whatever moment, it goes on.

    Args:
        run: a finished run.
        addition: what to add.
        progress: called with (images read, images in all).
        tell: as ``assemble_sources``.

    Raises:
        RunError: as ``read_finished_run``, another vocabulary, or what ``train`` refuses.
        SettingsError: a class or a source that the run knows, an output that is there, or no
            training image with or without the class.
        SourceError, ImageError, VocabularyError, AssemblyError: what is wrong with the sources.
            Nothing is left then.
    """
    found = read_finished_run(run)
    recipe, source = make_recipe(found, addition), make_source(found, addition)
    began = time.perf_counter()
    begun = _is_begun(recipe)
    if not begun:
        _refuse_taken(recipe.output)
    if not begun or not _is_assembled(recipe):
        vocabulary = load_vocabulary(choose_vocabulary(recipe))
        if addition.name is not None:
            refuse_unjudged(read_sources(recipe.sources, vocabulary), addition.name, source.name)
        with _all_or_nothing(recipe.output):
            recipe.output.mkdir(parents=True, exist_ok=True)
            write_text(recipe_toml(recipe), recipe.output / RECIPE)
            share_store(found.recipe.output, recipe.output)
            table = assemble_sources(recipe, progress, tell)
            if addition.name is not None:
                refuse_unlearnable(table, addition.name)
    table, store = open_assembled(recipe)
    read = time.perf_counter()
    (folder,) = train_networks(recipe, table, store)
    if addition.quick:
        keep_operation(found, folder)
    trained = time.perf_counter()
    before, after = _predict_both(found, folder, recipe, table, store)
    identical = changes = None
    if addition.quick:
        identical = _refuse_changed(before, after)
    elif (table.records["split"] == "test").any():
        known = after.filter(pl.col("class").is_in(found.network.classes))
        changes = compare_predictions(before, known, table, recipe.evaluation)
        changes = changes.filter(pl.col("class") != (addition.name or ""))
        write_both(changes, recipe.output / "results", CHANGES)
    done = {"run": folder.name, "identical": identical}
    write_text(json.dumps(done, indent=2) + "\n", recipe.output / _ADDED)
    return Added(
        run=folder,
        recipe=recipe,
        before=found,
        source=source.name,
        new=addition.name,
        seconds=(read - began, trained - read),
        identical=identical,
        scores=_score_new(after, table, recipe, addition.name),
        changes=changes,
        raised=_find_raised(recipe, addition.name),
    )


def share_store(before: Path, output: Path) -> None:
    """Let an output use the decoded images of another: a link, where the system has them."""
    theirs = before / "store"
    if theirs.is_dir():
        output.mkdir(parents=True, exist_ok=True)
        with suppress(OSError):
            (output / "store").symlink_to(theirs.resolve(), target_is_directory=True)


def keep_operation(found: FinishedRun, folder: Path) -> None:
    """Keep the calibration and thresholds of what a run knew; what is new has its own.

    Args:
        found: the run; of one without ``operating.json`` nothing is kept.
        folder: the new run, with its ``operating.json``.
    """
    place = found.folder / OPERATING
    if not place.is_file():
        return
    before, now = read_operation(place), read_operation(folder / OPERATING)
    sources = {
        source: {**classes, **before.sources.get(source, {})}
        for source, classes in now.sources.items()
    }
    write_operation(now.model_copy(update={"sources": sources}), folder / OPERATING)
    tell_thresholds(folder)


def _is_begun(recipe: Recipe) -> bool:
    """Whether an output is this addition's, broken off before its end."""
    try:
        told = (recipe.output / RECIPE).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return False
    return told == recipe_toml(recipe) and not os.path.lexists(recipe.output / _ADDED)


def _is_assembled(recipe: Recipe) -> bool:
    """Whether an addition that was begun has its table."""
    now = recipe.model_copy(update={"vocabulary": choose_vocabulary(recipe)})
    try:
        told = read_saved(recipe.output / TABLE).settings
    except AssemblyError:
        return False
    return bool(told == now.model_dump(mode="json"))


def _refuse_taken(output: Path) -> None:
    """Refuse an output that holds anything but the recipe that a killed command did not finish.

    Raises:
        SettingsError: names it.
    """
    if not os.path.lexists(output):
        return
    left = f".{RECIPE}"
    if output.is_dir() and all(path.name.endswith(left) for path in output.iterdir()):
        return
    raise SettingsError(
        f"no file or folder yet at {output}",
        "one that is there",
        "Choose another one: --output FOLDER",
    )


@contextmanager
def _all_or_nothing(output: Path) -> Iterator[None]:
    """Delete an output that this command made, where what follows is refused or stopped."""
    try:
        yield
    except BaseException:
        shutil.rmtree(output, ignore_errors=True)
        raise


def _predict_both(
    found: FinishedRun, folder: Path, recipe: Recipe, table: AssembledTable, store: ImageStore
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Predictions of the run that was, and of the new one, on the same images in the same order."""
    after = read_predictions(folder / PREDICTIONS)
    names = after["record"].unique(maintain_order=True).to_list()
    gpu = recipe.training.accelerator != "cpu" and torch.cuda.is_available()
    device = torch.device("cuda" if gpu else "cpu")
    network = load_network(found.checkpoint, device)
    before = predict_records(network, store, names, recipe.evaluation.batch_size, device)
    return before, after


def _refuse_changed(before: pl.DataFrame, after: pl.DataFrame) -> int:
    """Hold predictions of two runs against each other; give on how many images they agree.

    Raises:
        RunError: they differ, which is a fault of ours.
    """
    both = before.join(after, on=["record", "class"], how="left", suffix="_now")
    differ = both.filter(~pl.col("probability").eq_missing(pl.col("probability_now")))
    if differ.height:
        raise RunError(
            "the same predictions as before of the classes that were known",
            f"others on {differ['record'].n_unique():,} images, such as {differ['class'][0]} on "
            f"{differ['record'][0]}",
            "Tell us (labelassemble doctor says what to write); keep the run that was",
        )
    return before["record"].n_unique()


def _score_new(
    after: pl.DataFrame, table: AssembledTable, recipe: Recipe, name: str | None
) -> pl.DataFrame | None:
    if name is None or not (table.records["split"] == "test").any():
        return None
    own = after.filter(pl.col("class") == name)
    scores = evaluate_predictions(own, table, recipe.evaluation, method=recipe.methods[0])
    return scores.filter(pl.col("class") == name)


def _find_raised(recipe: Recipe, name: str | None) -> tuple[str, ...]:
    if name is None:
        return ()
    parents = load_vocabulary(choose_vocabulary(recipe)).imply_up().get(name, ())
    return tuple(one for one in parents if one in recipe.classes)
