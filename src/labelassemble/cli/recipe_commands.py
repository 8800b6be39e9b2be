"""Commands on a recipe, any of whose settings the command line may override."""

from abc import ABC, abstractmethod

from labelassemble.cli.say import say
from labelassemble.cli.streams import complain
from labelassemble.settings import Recipe


class RecipeCommand(ABC):
    """What all of them are."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe

    @abstractmethod
    def run(self) -> int | None:
        """Carry the command out; None: status 0."""


class Assemble(RecipeCommand):
    """Read the sources, join overlaps, settle conflicts, split over patients, store the images."""

    def run(self) -> None:
        """Carry the command out."""
        from labelassemble.pipeline.assemble_sources import assemble_sources
        from labelassemble.pipeline.progress import show_progress
        from labelassemble.pipeline.write_description import write_description

        with show_progress("Read and store images") as progress:
            table = assemble_sources(self.recipe, progress, complain)
        say(write_description(table))


class Pretrain(RecipeCommand):
    """Pre-train a vision transformer on the training images themselves, without labels."""

    def run(self) -> None:
        """Carry the command out."""
        from labelassemble.pipeline.assemble_sources import open_assembled
        from labelassemble.pipeline.pretrain import describe_next, pretrain_encoder

        table, store = open_assembled(self.recipe)
        say(describe_next(self.recipe, pretrain_encoder(self.recipe, table, store)))


class Train(RecipeCommand):
    """Train every method and seed of the recipe; finished runs are kept, broken ones carried on.

    --teacher RUN [RUN ...]: finished runs predict what nobody labelled, and are learned from too.
    """

    def run(self) -> None:
        """Carry the command out."""
        from labelassemble.pipeline.assemble_sources import open_assembled
        from labelassemble.pipeline.train_networks import train_networks

        table, store = open_assembled(self.recipe)
        train_networks(self.recipe, table, store)


class Evaluate(RecipeCommand):
    """Score the runs on the held-out patients, with patient-level intervals and differences."""

    def run(self) -> None:
        """Carry the command out."""
        from labelassemble.pipeline.assemble_sources import open_assembled
        from labelassemble.pipeline.evaluate_networks import describe_results, evaluate_networks

        table, store = open_assembled(self.recipe)
        say(describe_results(evaluate_networks(self.recipe, table, store)))


class Report(RecipeCommand):
    """Write one self-contained report.html."""

    def run(self) -> None:
        """Carry the command out."""
        from labelassemble.pipeline.assemble_sources import open_assembled
        from labelassemble.pipeline.make_report import make_report

        table, store = open_assembled(self.recipe)
        say(f"Report: {make_report(self.recipe, table, store)}")


class Run(RecipeCommand):
    """Assemble, train, evaluate and report, in this order."""

    def run(self) -> None:
        """Carry the command out."""
        from labelassemble.pipeline.run_recipe import run_recipe

        run_recipe(self.recipe, say)


class Advise(RecipeCommand):
    """Rank classes and sources by what they would bring to a class of interest, before training."""

    def run(self) -> None:
        """Carry the command out."""
        from labelassemble.pipeline.advise import advise_recipe
        from labelassemble.pipeline.assemble_sources import open_assembled

        say(advise_recipe(self.recipe, *open_assembled(self.recipe)))
