"""The networks of a recipe or an experiment as work in parts: a network each."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from labelassemble.assembly.table_folder import is_assembled
from labelassemble.cluster.work import Work, WorkPart
from labelassemble.cluster_settings import ClusterSettings
from labelassemble.errors import SettingsError, plural
from labelassemble.experiments.run_arms import Job, check_job, list_jobs
from labelassemble.images.store import ImageStore
from labelassemble.pipeline.assemble_sources import open_assembled
from labelassemble.pipeline.evaluate_networks import describe_results, evaluate_networks
from labelassemble.pipeline.make_report import make_report
from labelassemble.pipeline.plan_runs import plan_runs
from labelassemble.pipeline.recipe_toml import recipe_toml
from labelassemble.settings import Recipe
from labelassemble.storage.write_aside import write_text
from labelassemble.training.run_folder import is_done

_Say = Callable[[str], None]


def work_folder(recipe: Recipe, name: str | None) -> Path:
    """Where logs of a recipe's work lie: of an experiment, or of ``run``."""
    return recipe.output / "cluster" / (name or "run")


def freeze_recipe(recipe: Recipe, name: str | None) -> Path:
    """Write the recipe with all that the command line said, as every part will read it."""
    folder = work_folder(recipe, name)
    folder.mkdir(parents=True, exist_ok=True)
    alone = recipe.cluster.model_copy(update={"tasks": 1, "task": 0, "local": False})
    frozen = folder / "recipe.toml"
    write_text(recipe_toml(recipe.model_copy(update={"cluster": alone})), frozen)
    return frozen


def is_prepared(recipe: Recipe, name: str | None) -> bool:
    """Tell whether networks can be listed at once: the table is there, and nothing is searched."""
    searches = name == "partial-labels" and not recipe.experiment.quick
    return is_assembled(recipe.output) and not searches


def plan_networks(recipe: Recipe, name: str | None, say: _Say) -> Work:
    """Assemble what is not assembled, and list the networks that are not trained.

    Args:
        recipe: resolved settings.
        name: of an experiment; None: what ``run`` trains.
        say: takes progress in words.

    Raises:
        SettingsError: an experiment whose networks have several devices each.
        RunError: networks of other settings or of another table, and as ``run_experiment``.
    """
    # Here, and below: what it imports is long.
    from labelassemble.pipeline.run_experiment import RUNS, open_or_assemble, plan_experiment

    training = recipe.training
    if name is None:
        table, store = open_or_assemble(recipe, say)
        runs = recipe.output / "runs"
        jobs = [Job(recipe, run, table, runs / run.folder_name) for run in plan_runs(recipe, table)]
        finish: Callable[[_Say], int] = partial(finish_run, recipe)
        words: tuple[str, ...] = ("train",)
    else:
        if training.devices * training.nodes > 1:
            raise SettingsError(
                "one device for each network of an experiment",
                f"training.devices x training.nodes = {training.devices * training.nodes}",
                "Set both to 1; --nodes says how many networks are trained at once",
            )
        planned = plan_experiment(name, recipe, say)
        store = planned.store
        jobs = list_jobs(planned.plan.arms, planned.seeds, planned.folder / RUNS)
        finish = partial(finish_experiment, recipe, name)
        words = ("experiment", name)
    frozen = freeze_recipe(recipe, name)
    waves = _list_parts(jobs, store, (*words, str(frozen)))
    waiting = sum(map(len, waves))
    say(f"{plural(len(jobs), 'network')}, {len(jobs) - waiting:,} of them finished before")
    return Work(frozen.parent, waves, finish, training.nodes, training.devices)


def _list_parts(
    jobs: Sequence[Job], store: ImageStore, words: tuple[str, ...]
) -> tuple[tuple[WorkPart, ...], ...]:
    """Parts of networks that are not trained; students wait for their teachers."""
    waves: tuple[list[WorkPart], list[WorkPart]] = [], []
    for place, job in enumerate(jobs):
        check_job(job, store)
        if is_done(job.folder) and job.recipe.training.resume:
            continue
        own = ("--cluster.tasks", str(len(jobs)), "--cluster.task", str(place))
        taught = bool(job.recipe.training.teachers) and words[0] == "experiment"
        waves[taught].append(WorkPart(job.folder.name, (*words, *own)))
    return tuple(tuple(wave) for wave in waves if wave)


def finish_run(recipe: Recipe, say: _Say) -> int:
    """Evaluate and report."""
    table, store = open_assembled(recipe)
    say(describe_results(evaluate_networks(recipe, table, store)))
    say(f"Report: {make_report(recipe, table, store)}")
    return 0


def finish_experiment(recipe: Recipe, name: str, say: _Say) -> int:
    """Score the networks and write the page."""
    from labelassemble.pipeline.run_experiment import run_experiment

    alone = recipe.model_copy(update={"cluster": ClusterSettings()})
    say(f"Page: {run_experiment(name, alone, say)}")
    return 0
