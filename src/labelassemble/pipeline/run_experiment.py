"""An experiment's name and a recipe in; its page, tables and run folders out."""

from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.assembly.table_folder import is_assembled
from labelassemble.errors import SettingsError, plural, unknown_name
from labelassemble.experiments.arms import Plan
from labelassemble.experiments.choice import Choice
from labelassemble.experiments.experiment import Experiment, Finished
from labelassemble.experiments.official_rows import ROWS, say_rows, write_rows
from labelassemble.experiments.read_members import (
    predict_views,
    predicts_alone,
    read_calibrated,
)
from labelassemble.experiments.registry import EXPERIMENTS
from labelassemble.experiments.run_arms import read_arm_predictions, train_arms
from labelassemble.experiments.score_arms import score_arms
from labelassemble.experiments.search import Trainer, describe_choices, search_plan
from labelassemble.experiments.together import compare_together
from labelassemble.images.store import ImageStore
from labelassemble.pipeline.assemble_sources import assemble_sources, open_assembled
from labelassemble.pipeline.class_titles import table_titles
from labelassemble.pipeline.progress import show_progress
from labelassemble.report.experiment.content import ExperimentContent, TextTable
from labelassemble.report.experiment.summary import summarise_experiment
from labelassemble.report.experiment.write_experiment import write_experiment
from labelassemble.report.experiment.write_tables import write_tables
from labelassemble.settings import Recipe
from labelassemble.storage.hold_folder import hold_place
from labelassemble.storage.write_aside import write_text

_PACKAGES = ("labelassemble", "torch", "lightning", "monai", "polars", "numpy")
PAGE, TABLES, RUNS, CHOICES = "report.html", "tables", "runs", "choices.csv"


def find_experiment(name: str) -> Experiment:
    """Give an experiment by its name.

    Raises:
        SettingsError: no such experiment.
    """
    if name not in EXPERIMENTS:
        raise SettingsError(
            "an experiment of labelassemble",
            unknown_name("experiment", name, EXPERIMENTS),
            "labelassemble experiment lists them",
        )
    return EXPERIMENTS[name]


def list_experiments() -> str:
    """Every experiment with its question, a few lines each."""
    width = max(len(name) for name in EXPERIMENTS)
    return "\n".join(f"{name:<{width}}  {one.question}" for name, one in EXPERIMENTS.items())


class Planned(NamedTuple):
    """An experiment on a recipe, before its networks are trained."""

    experiment: Experiment
    table: AssembledTable
    store: ImageStore
    plan: Plan
    seeds: tuple[int, ...]
    folder: Path
    choices: tuple[Choice, ...]


def plan_experiment(name: str, recipe: Recipe, say: Callable[[str], None]) -> Planned:
    """Assemble what is not assembled, plan, and choose rates and length where the plan says so.

    Raises:
        As ``run_experiment``.
    """
    experiment = find_experiment(name)
    table, store = open_or_assemble(recipe, say)
    seeds = recipe.experiment.seeds or recipe.seeds
    plan = experiment.plan(recipe, table, seeds)
    folder = recipe.output / "experiments" / name
    say(f"{experiment.title}: {plural(len(plan.arms), 'arm')} x {plural(len(seeds), 'seed')}")
    choices: tuple[Choice, ...] = ()
    if plan.searches:
        trainer = Trainer(seeds[0], store, folder / RUNS, recipe.experiment, say)
        plan, choices = search_plan(plan, trainer)
        # Before a test label is read: what follows changes nothing of it.
        (folder / TABLES).mkdir(parents=True, exist_ok=True)
        write_text(describe_choices(choices), folder / TABLES / CHOICES)
    return Planned(experiment, table, store, plan, seeds, folder, choices)


def run_experiment(name: str, recipe: Recipe, say: Callable[[str], None]) -> Path:
    """Plan, train what is not trained yet, score, and write the page.

    Where the plan says so, rates and length are chosen on validation first (``search.py``).
    The table is assembled if it is not there. Everything lies below
    ``OUTPUT/experiments/NAME``: ``runs/`` a folder a network, ``tables/`` small files to keep,
    ``report.html``. Broken off, the same command resumes; finished networks are kept, and
    refused if the settings or the table have changed.

    Args:
        name: of the experiment.
        recipe: resolved settings.
        say: called with progress and the result in words.

    Returns:
        The path of the page; of the folder of its tables where other tasks have networks to train.

    Raises:
        SettingsError: no such experiment, or settings that it cannot be planned with.
        AssemblyError: a class of interest that the table does not have, too few labels.
        RunError: run folders of other settings, or networks that failed; the others are kept.
    """
    find_experiment(name)
    place = recipe.output / "experiments" / name
    # Parts of a cluster's work share the folder; each holds the networks that it trains.
    if recipe.cluster.tasks > 1:
        return _run_experiment(name, recipe, say)
    with hold_place(place, work="experiment", when_busy=recipe.when_busy):
        return _run_experiment(name, recipe, say)


def _run_experiment(name: str, recipe: Recipe, say: Callable[[str], None]) -> Path:
    planned = plan_experiment(name, recipe, say)
    experiment, table, store, plan, seeds, folder, choices = planned
    (folder / TABLES).mkdir(parents=True, exist_ok=True)

    def write_rows_there() -> None:
        if experiment.rows is not None:
            rows = experiment.rows(plan, seeds, folder / RUNS)
            write_text(write_rows(rows), folder / TABLES / ROWS)
            say(f"{say_rows(rows)}: {folder / TABLES / ROWS}")

    complete = train_arms(
        plan.arms,
        seeds,
        store=store,
        folder=folder / RUNS,
        workers=recipe.experiment.workers,
        say=say,
        own=(recipe.cluster.task, recipe.cluster.tasks),
        trained=write_rows_there,
    )
    if not complete:
        say(
            "Other tasks have networks to train; the same command makes the page when all are there"
        )
        return folder / TABLES
    predictions = {arm.name: read_arm_predictions(arm, seeds, folder / RUNS) for arm in plan.arms}
    found = score_arms(plan, predictions, seeds, recipe.evaluation)
    finished = Finished(recipe, table, store, seeds, plan, found, folder / RUNS, choices)
    concluded = experiment.conclude(finished)
    together = _predict_together(finished, predictions)
    content = ExperimentContent(
        name=name,
        title=experiment.title,
        question=experiment.question,
        answer=concluded.answer,
        arms=tuple(arm.facts() for arm in plan.arms),
        seeds=seeds,
        scores=found.scores,
        differences=found.differences,
        figures=(*concluded.figures, *together),
        papers=experiment.papers,
        cautions=(*plan.cautions, *concluded.cautions),
        settings=describe_without_places(recipe),
        versions={package: version(package) for package in _PACKAGES},
        command=f"labelassemble experiment {name} RECIPE",
        titles={**table_titles(table), **name_sources(table)},
        confidence=recipe.evaluation.confidence,
        score_tables=concluded.score_tables,
        reached=concluded.reached,
    )
    write_tables(content, folder / TABLES)
    for file, text in concluded.files.items():
        write_text(text + "\n", folder / TABLES / file)
    page = write_experiment(content, folder / PAGE)
    say("\n\n".join(part for part in (summarise_experiment(content), concluded.said) if part))
    return page


def _predict_together(
    finished: Finished, predictions: Mapping[str, Sequence[pl.DataFrame]]
) -> tuple[TextTable, ...]:
    """What means over seeds and views bring; nothing where there is one of each."""
    recipe, plan, runs, seeds = finished.recipe, finished.plan, finished.runs, finished.seeds
    views = recipe.experiment.views
    if (len(seeds) == 1 and views == 1) or recipe.detection.task == "detection":
        return ()
    alone = [arm for arm in plan.arms if predicts_alone(arm)]
    plain = {**predictions, **{arm.name: read_calibrated(arm, seeds, runs) for arm in alone}}
    viewed = {
        arm.name: predict_views(
            arm, seeds, runs, table=plan.reference, store=finished.store, views=views
        )
        for arm in (alone if views > 1 else ())
    }
    found = compare_together(plan, plain, viewed, views, recipe.evaluation)
    return () if found is None else (found,)


def name_sources(table: AssembledTable) -> dict[str, str]:
    """Titles of the table's sources, where their manifests give one."""
    told = table.manifest.get("sources")
    facts = told.items() if isinstance(told, dict) else ()
    return {name: str(fact["title"]) for name, fact in facts if fact.get("title")}


def open_or_assemble(
    recipe: Recipe, say: Callable[[str], None]
) -> tuple[AssembledTable, ImageStore]:
    """Open the recipe's table and store; assemble first where nothing is there.

    Raises:
        RunError: something is there, assembled with other settings.
    """
    if not is_assembled(recipe.output):
        say(f"Assemble {plural(len(recipe.sources), 'source')}")
        with show_progress("Read and store images") as progress:
            assemble_sources(recipe, progress)
    return open_assembled(recipe)


def describe_without_places(recipe: Recipe) -> dict[str, object]:
    """Give the settings as JSON, without folders of this machine."""
    told: dict[str, object] = recipe.model_dump(
        mode="json",
        exclude={
            "output": True,
            "cluster": True,
            "sources": {"__all__": {"folder", "images", "test_list"}},
            "assembly": {"crosswalks": {"__all__": {"file"}}},
            "model": {"weights_cache"},
        },
    )
    return told
