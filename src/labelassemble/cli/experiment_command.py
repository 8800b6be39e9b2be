"""An experiment on a recipe."""

from collections.abc import Sequence

from labelassemble.cli.say import say
from labelassemble.settings import Recipe


class ExperimentCommand:
    """Train, score and compare as a paper does; resumable, with a page of its own."""

    def __init__(self, name: str, recipe: Recipe) -> None:
        self.name, self.recipe = name, recipe

    def run(self) -> int | None:
        """Carry the command out."""
        from labelassemble.pipeline.run_experiment import run_experiment

        place = run_experiment(self.name, self.recipe, say)
        say(f"{'Page' if place.suffix else 'Tables'}: {place}")
        return None


def ask_for_experiment(words: Sequence[str], command: str = "experiment") -> str | None:
    """Give the experiment's name, the first word; list them all where there is none.

    Raises:
        SettingsError: no such experiment.
    """
    from labelassemble.pipeline.run_experiment import find_experiment, list_experiments

    if not words or words[0] in ("-h", "--help"):
        say(
            f"usage: labelassemble {command} NAME RECIPE [--experiment.seeds 0 1 2 ...]\n\n"
            f"{list_experiments()}\n\n"
            f"labelassemble {command} NAME --help lists the settings that it reads."
        )
        return None
    find_experiment(words[0])
    return words[0]
