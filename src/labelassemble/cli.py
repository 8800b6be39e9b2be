"""The command line: one settings class per sub-command, each with ``run()``.

A stage is imported inside the sub-command that needs it, so that ``--help`` and the commands that
only read manifests answer without torch.
"""

import sys
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path

import tyro
from tyro.conf import Positional

from labelassemble import __version__
from labelassemble.errors import LabelAssembleError, SettingsError, unknown_name
from labelassemble.recipe import read_recipe, resolve_paths
from labelassemble.settings import Recipe, Settings, SourceSettings

__all__ = ["main"]


class Demo(Settings):
    """Simulate three hospitals, assemble, train, evaluate, and write a report."""

    output: Path = Path("demo")
    """Folder for everything that is made."""
    seed: int = 0
    """Seed of the simulated hospitals."""

    def run(self) -> None:
        """Carry the command out."""
        from labelassemble.pipeline.demo import run_demo

        run_demo(self.output, self.seed, _say)


class Simulate(Settings):
    """Write simulated hospitals (chest radiographs with known truth), their tables and a recipe."""

    folder: Positional[Path]
    """Where to write; must not exist."""
    patients: int = 400
    """Patients a hospital."""
    test_patients: int = 400
    """Fully labelled patients held out."""
    size: int = 128
    """Side of the images in pixels."""
    seed: int = 0
    """The same seed gives the same files."""

    def run(self) -> None:
        """Carry the command out."""
        from labelassemble.phantoms.hospitals import simulate_hospitals
        from labelassemble.pipeline.progress import show_progress

        with show_progress("Simulate") as progress:
            recipe = simulate_hospitals(
                self.folder, self.patients, self.test_patients, self.size, self.seed, progress
            )
        _say(f"Recipe: {recipe}\nNext:   labelassemble run {recipe}")


class Sources(Settings):
    """List the built-in manifests: what each source looked for, its licence, where to get it."""

    name: Positional[str | None] = None
    """One manifest, whole."""

    def run(self) -> None:
        """Carry the command out."""
        from labelassemble.pipeline.list_sources import describe_source, list_sources

        _say(list_sources() if self.name is None else describe_source(self.name))


class Predict(Settings):
    """Answer for image files with a trained run, one line an image, as CSV."""

    run_folder: Positional[Path]
    """A run folder that `train` made."""
    images: Positional[tuple[Path, ...]]
    """Image files: PNG, JPEG or DICOM."""

    def run(self) -> None:
        """Carry the command out."""
        from labelassemble.inference.predictor import Predictor

        if not self.images:
            raise SettingsError("at least one image file", "none", "Name the files to answer for")
        answers = Predictor(self.run_folder).predict_files(self.images)
        sys.stdout.write(answers.write_csv())


class _RecipeCommand(ABC):
    """A command on a recipe, any of whose settings the command line may override."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe

    @abstractmethod
    def run(self) -> None:
        """Carry the command out."""


class Assemble(_RecipeCommand):
    """Read the sources, join overlaps, settle conflicts, split over patients, store the images."""

    def run(self) -> None:
        """Carry the command out."""
        from labelassemble.pipeline.assemble_sources import assemble_sources, describe_table
        from labelassemble.pipeline.progress import show_progress

        with show_progress("Read and store images") as progress:
            table = assemble_sources(self.recipe, progress)
        _say(describe_table(table))


class Train(_RecipeCommand):
    """Train every method and seed of the recipe; finished runs are kept, broken ones carried on."""

    def run(self) -> None:
        """Carry the command out."""
        from labelassemble.pipeline.assemble_sources import open_assembled
        from labelassemble.pipeline.train_networks import train_networks

        table, store = open_assembled(self.recipe)
        train_networks(self.recipe, table, store)


class Evaluate(_RecipeCommand):
    """Score the runs on the held-out patients, with patient-level intervals and differences."""

    def run(self) -> None:
        """Carry the command out."""
        from labelassemble.pipeline.assemble_sources import open_assembled
        from labelassemble.pipeline.evaluate_networks import describe_results, evaluate_networks

        table, _ = open_assembled(self.recipe)
        _say(describe_results(evaluate_networks(self.recipe, table)))


class Report(_RecipeCommand):
    """Write one self-contained report.html."""

    def run(self) -> None:
        """Carry the command out."""
        from labelassemble.pipeline.assemble_sources import open_assembled
        from labelassemble.pipeline.make_report import make_report

        table, store = open_assembled(self.recipe)
        _say(f"Report: {make_report(self.recipe, table, store)}")


class Run(_RecipeCommand):
    """Assemble, train, evaluate and report, in this order."""

    def run(self) -> None:
        """Carry the command out."""
        from labelassemble.pipeline.run_recipe import run_recipe

        run_recipe(self.recipe, _say)


EXAMPLE = Recipe(
    name="as in RECIPE",
    output=Path("as in RECIPE"),
    sources=(SourceSettings(name="first", manifest="as in RECIPE", folder=Path("as in RECIPE")),),
)
"""What ``--help`` shows the settings of, where no recipe is named."""

RECIPE_COMMANDS: dict[str, type[_RecipeCommand]] = {
    "run": Run,
    "assemble": Assemble,
    "train": Train,
    "evaluate": Evaluate,
    "report": Report,
}
COMMANDS: dict[str, type[Demo | Simulate | Sources | Predict]] = {
    "demo": Demo,
    "simulate": Simulate,
    "sources": Sources,
    "predict": Predict,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one sub-command; returns the exit status: 0 done, 2 a mistake told, 130 stopped."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        _dispatch(words)
    except LabelAssembleError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except BrokenPipeError:
        return 0
    except KeyboardInterrupt:
        sys.stderr.write("Stopped. Nothing is lost: the same command carries on from here.\n")
        return 130
    return 0


def _dispatch(words: list[str]) -> None:
    if not words or words[0] in ("-h", "--help"):
        _say(_overview())
    elif words[0] in ("-V", "--version"):
        _say(f"labelassemble {__version__}")
    elif words[0] in COMMANDS:
        tyro.cli(COMMANDS[words[0]], args=words[1:], prog=f"labelassemble {words[0]}").run()
    elif words[0] in RECIPE_COMMANDS:
        RECIPE_COMMANDS[words[0]](_parse_recipe(words[0], words[1:])).run()
    else:
        raise SettingsError(
            "a command of labelassemble",
            unknown_name("command", words[0], [*RECIPE_COMMANDS, *COMMANDS]),
            "Run `labelassemble --help`",
        )


def _parse_recipe(command: str, words: list[str]) -> Recipe:
    """First word: the recipe; the others override its settings."""
    summary = RECIPE_COMMANDS[command].__doc__
    prog = f"labelassemble {command} RECIPE"
    if not words or words[0].startswith("-"):
        if {"-h", "--help"} & set(words):
            tyro.cli(Recipe, default=EXAMPLE, args=["--help"], prog=prog, description=summary)
        raise SettingsError(
            f"a recipe: labelassemble {command} RECIPE [--training.epochs 3 ...]",
            "none" if not words else f"{words[0]!r} first",
            "Name the recipe file first; `labelassemble simulate FOLDER` writes one to try",
        )
    recipe = read_recipe(Path(words[0]))
    overridden = tyro.cli(Recipe, args=words[1:], default=recipe, prog=prog, description=summary)
    return resolve_paths(overridden, Path.cwd())


def _overview() -> str:
    lines = [
        f"labelassemble {__version__}: several partly labelled medical-imaging datasets,",
        "one table, one model, one report.",
        "",
        "usage: labelassemble COMMAND ...     labelassemble COMMAND --help",
        "",
    ]
    for name, command in {**RECIPE_COMMANDS, **COMMANDS}.items():
        words = f"{name} RECIPE" if name in RECIPE_COMMANDS else name
        lines.append(f"  {words:<16} {(command.__doc__ or '').splitlines()[0]}")
    lines += [
        "",
        "Any setting of a recipe may follow it: --training.epochs 3 --model.backbone small",
    ]
    return "\n".join(lines)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
