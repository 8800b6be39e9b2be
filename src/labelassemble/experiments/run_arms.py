"""Every network of an experiment, trained in turn or several at once; none is trained twice."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.end_with_parent import end_with_parent
from labelassemble.errors import LabelAssembleError, RunError, plural, some
from labelassemble.evaluation.fit_operation import write_run_operation
from labelassemble.evaluation.single_predictions import assemble_single_predictions
from labelassemble.experiments.arms import Arm, teacher_seeds
from labelassemble.images.store import ImageStore
from labelassemble.inference.prediction_file import read_predictions
from labelassemble.settings import Recipe, RunSettings
from labelassemble.training.open_run_folder import open_run_folder
from labelassemble.training.run_folder import (
    PREDICTIONS,
    describe_contents,
    describe_settings,
    has_learned,
    is_done,
)
from labelassemble.training.same_run import refuse_other_settings, refuse_other_table
from labelassemble.training.select import select_learnable


@dataclass(frozen=True)
class Job:
    """One network to train."""

    recipe: Recipe
    run: RunSettings
    table: AssembledTable
    folder: Path


def list_jobs(arms: Sequence[Arm], seeds: Sequence[int], folder: Path) -> list[Job]:
    """List all networks, seed by seed, so that an experiment that is cut short has whole seeds.

    Networks that teach come too, each once.
    """
    wanted = []
    for seed in seeds:
        for arm in arms:
            if arm.teachers and arm.control is not None:
                wanted += [(arm.control, one) for one in teacher_seeds(seed, arm.teachers)]
            if not arm.averages:
                wanted.append((arm, seed))
    jobs: dict[Path, Job] = {}
    for arm, seed in wanted:
        for run in arm.runs:
            seeded = run.model_copy(update={"seed": seed})
            place = folder / arm.folder_name(run, seed)
            recipe = arm.recipe_of(seed, folder)
            jobs.setdefault(place, Job(recipe, seeded, arm.table_of(seed), place))
    return list(jobs.values())


def train_arms(
    arms: Sequence[Arm],
    seeds: Sequence[int],
    *,
    store: ImageStore,
    folder: Path,
    workers: int,
    say: Callable[[str], None],
    tolerated: tuple[type[LabelAssembleError], ...] = (),
    own: tuple[int, int] = (0, 1),
    trained: Callable[[], None] = lambda: None,
) -> bool:
    """Train what is not trained yet.

    Before anything is trained, every run folder that is there is held against its settings and its
    table. A network that fails does not stop the others.

    Args:
        arms: what to train.
        seeds: of every arm.
        store: the images.
        folder: where the run folders lie.
        workers: networks at once; each takes its share of the cores.
        say: called with progress in words.
        tolerated: errors of a network that are no failure of the experiment.
        own: which of how many tasks this is: every so many-th network is its own.
        trained: called before the first network and after each.

    Returns:
        Whether all networks are finished, or failed as is tolerated, those of other tasks too.

    Raises:
        RunError: a run folder was made with other settings or another table; or networks failed:
            which, and why the first of them did. The others are finished and stay.
    """
    jobs = list_jobs(arms, seeds, folder)
    for job in jobs:
        check_job(job, store)
    waiting = [job for job in jobs if not is_done(job.folder) or not job.recipe.training.resume]
    say(f"{plural(len(jobs), 'network')}, {len(jobs) - len(waiting):,} of them finished before")
    if own[1] > 1:
        mine = {job.folder for job in jobs[own[0] :: own[1]]}
        waiting = [job for job in waiting if job.folder in mine]
        say(f"{plural(len(waiting), 'network')} of task {own[0]} of {own[1]:,} to train")
    trained()
    failed: dict[str, LabelAssembleError] = {}
    # Students wait for their teachers.
    waves = [
        [job for job in waiting if bool(job.recipe.training.teachers) == taught]
        for taught in (False, True)
    ]
    ended = (one for wave in waves for one in _train_jobs(wave, store, workers))
    for done, (job, error) in enumerate(ended, start=1):
        if error is not None:
            failed[job.folder.name] = error
        state = "trained" if error is None else f"failed. {' '.join(str(error).split())}"
        say(f"{done:,} of {len(waiting):,}: {job.folder.name} {state}")
        trained()
    stopping = {name: one for name, one in failed.items() if not isinstance(one, tolerated)}
    if stopping:
        name, why = next(iter(stopping.items()))
        raise RunError(
            f"all {len(jobs)} networks of the experiment",
            f"{len(stopping)} failed: {some(stopping, 5)}. {name}: {' '.join(str(why).split())}",
            "Fix that and start the same command again; finished networks are kept",
        )
    return all(is_done(job.folder) or job.folder.name in failed for job in jobs)


def _train_jobs(
    jobs: Sequence[Job], store: ImageStore, workers: int
) -> Iterator[tuple[Job, LabelAssembleError | None]]:
    """Train networks in turn or several at once; give each as it ends, with why it failed."""
    if workers == 1 or not jobs:
        for job in jobs:
            try:
                train_job(job, store)
            except LabelAssembleError as error:
                yield job, error
            else:
                yield job, None
        return
    threads = max(1, (os.cpu_count() or 1) // workers)
    with ProcessPoolExecutor(
        workers, get_context("spawn"), initializer=start_worker, initargs=(threads,)
    ) as pool:
        futures: dict[Future[None], Job] = {pool.submit(train_job, job, store): job for job in jobs}
        for future in as_completed(futures):
            broken = future.exception()
            if broken is not None and not isinstance(broken, LabelAssembleError):
                raise broken
            yield futures[future], broken


def check_job(job: Job, store: ImageStore) -> None:
    """Hold a run folder that is there against what it would be made with now.

    Of lesions not the files, which would have to be read: settings, images, splits and labels.

    Raises:
        RunError: other settings, or another table; names what differs.
    """
    if job.recipe.training.resume and has_learned(job.folder):
        learnable = select_learnable(job.table, job.run)
        if job.recipe.detection.task == "detection":
            refuse_other_settings(job.folder, describe_settings(job.recipe, job.run))
            table = describe_contents(learnable, {})
            refuse_other_table(job.folder, table, "fingerprint_of_labels")
            return
        open_run_folder(
            job.folder,
            describe_settings(job.recipe, job.run),
            describe_contents(learnable, store.content),
        )


def train_job(job: Job, store: ImageStore) -> None:
    """Train one network."""
    # Here, so that planning is done before Lightning is imported.
    from labelassemble.detection.lesion_finding import open_task
    from labelassemble.training.run import train_network

    train_network(open_task(job.recipe, job.run, job.table, store), job.folder)
    if job.recipe.detection.task == "diagnosis":
        write_run_operation(job.recipe, job.table, job.folder)


def start_worker(threads: int) -> None:
    """Let a worker use its share of the cores alone, and end with the process that started it."""
    end_with_parent()
    # Last: it takes seconds to import.
    import torch

    torch.set_num_threads(threads)


def read_arm_predictions(arm: Arm, seeds: Sequence[int], folder: Path) -> list[pl.DataFrame]:
    """Read an arm's predictions, one frame a seed.

    Networks of ``single`` predict together, those of an ensemble with the mean of their logits.
    """
    predictions = []
    for seed in seeds:
        if arm.averages:
            places = arm.teacher_folders(seed, folder)
            predictions.append(
                average_predictions([read_predictions(one / PREDICTIONS) for one in places])
            )
            continue
        frames = {
            run.source or "": read_predictions(folder / arm.folder_name(run, seed) / PREDICTIONS)
            for run in arm.runs
        }
        if arm.runs[0].method == "single":
            diagnosis = arm.recipe.detection.task == "diagnosis"
            predictions.append(assemble_single_predictions(frames, arm.table_of(seed), diagnosis))
        else:
            predictions.append(frames[""])
    return predictions


def average_predictions(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Give the mean logit of several networks' predictions as a probability.

    Args:
        frames: ``PREDICTION_COLUMNS``, of the same images and classes in any order.

    >>> one = pl.DataFrame({"record": ["a"], "class": ["mass"], "probability": [0.5]})
    >>> other = one.with_columns(probability=pl.lit(0.9))
    >>> average_predictions([one, other])["probability"].round(3).to_list()
    [0.75]
    """
    keys = ["record", "class"]
    odds = pl.col("probability").clip(1e-12, 1 - 1e-12)
    logits = pl.concat(frames).with_columns(logit=(odds / (1 - odds)).log())
    mean = logits.group_by(keys, maintain_order=True).agg(pl.col("logit").mean())
    return mean.select(*keys, probability=1 / (1 + (-pl.col("logit")).exp()))
