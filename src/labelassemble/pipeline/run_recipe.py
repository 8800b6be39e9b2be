"""A recipe in, a report out: every step in order."""

from collections.abc import Callable
from pathlib import Path

from labelassemble.errors import SettingsError, plural
from labelassemble.pipeline.assemble_sources import assemble_sources, open_assembled
from labelassemble.pipeline.evaluate_networks import describe_results, evaluate_networks
from labelassemble.pipeline.make_report import OutlineOf, make_report
from labelassemble.pipeline.progress import show_progress
from labelassemble.pipeline.train_networks import train_networks
from labelassemble.pipeline.write_description import write_description
from labelassemble.settings import Recipe


def run_recipe(
    recipe: Recipe, say: Callable[[str], None], outline: OutlineOf | None = None
) -> Path:
    """Assemble, train, evaluate and report.

    Args:
        recipe: resolved settings.
        say: called with each step's result in words.
        outline: lesions to draw on the report's heat maps, where somebody knows them.

    Returns:
        The path of the report.

    Raises:
        SettingsError: several devices are asked for; every process would do every step.
    """
    devices = recipe.training.devices * recipe.training.nodes
    if devices > 1:
        raise SettingsError(
            "one device for all steps in one command",
            f"training.devices x training.nodes = {devices}",
            "Run the steps one by one: assemble, then `torchrun --nproc-per-node N $(which "
            "labelassemble) train RECIPE ...`, then evaluate and report",
        )
    say(f"1/4 Assemble {plural(len(recipe.sources), 'source')}")
    with show_progress("Read and store images") as progress:
        say(write_description(assemble_sources(recipe, progress)))
    table, store = open_assembled(recipe)
    say("2/4 Train")
    train_networks(recipe, table, store)
    say("3/4 Evaluate")
    say(describe_results(evaluate_networks(recipe, table, store)))
    say("4/4 Report")
    report = make_report(recipe, table, store, outline)
    say(f"Report: {report}")
    return report
