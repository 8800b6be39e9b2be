"""From words to one sub-command, and from what went wrong to an exit status."""

import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import tyro

from labelassemble import __version__
from labelassemble.cli.addition_commands import AddClass, AddSource
from labelassemble.cli.command_help import describe_command, example_recipe
from labelassemble.cli.deploy_commands import BenchmarkModel, ExportModel
from labelassemble.cli.dicom_commands import DicomAnswer, DicomListen
from labelassemble.cli.doctor_command import Doctor
from labelassemble.cli.experiment_command import ExperimentCommand, ask_for_experiment
from labelassemble.cli.failures import describe_failure
from labelassemble.cli.model_commands import (
    Demo,
    Explain,
    Predict,
    Recalibrate,
    Review,
    Simulate,
)
from labelassemble.cli.positionals import put_options_first
from labelassemble.cli.publish_commands import Card, Pack, Push
from labelassemble.cli.recipe_commands import (
    Advise,
    Assemble,
    Evaluate,
    Pretrain,
    RecipeCommand,
    Report,
    Run,
    Train,
)
from labelassemble.cli.reproduce_command import Reproduce
from labelassemble.cli.say import say
from labelassemble.cli.serve_command import Serve
from labelassemble.cli.source_commands import (
    Check,
    Draft,
    Identify,
    Sources,
    Unpack,
    VocabularyCommand,
)
from labelassemble.cli.streams import complain, flush_or_abandon, prepare_streams
from labelassemble.cli.submit_commands import SubmitExperiment, SubmitPredict, SubmitRun
from labelassemble.cli.table_commands import Audit, Export
from labelassemble.errors import LabelAssembleError, SettingsError, some, unknown_name
from labelassemble.recipe import read_recipe, resolve_paths
from labelassemble.settings import Recipe

RECIPE_COMMANDS: dict[str, type[RecipeCommand]] = {
    "assemble": Assemble,
    "advise": Advise,
    "pretrain": Pretrain,
    "train": Train,
    "evaluate": Evaluate,
    "report": Report,
    "run": Run,
    "submit run": SubmitRun,
}
EXPERIMENT_COMMANDS: dict[str, type[ExperimentCommand]] = {
    "experiment": ExperimentCommand,
    "submit experiment": SubmitExperiment,
}
HELP_ALL = "--help-all"
HELP = ("-h", "--help", HELP_ALL)
_JOBS = {f"--{name}": f"--cluster.{name}" for name in ("nodes", "local", "partition")}
SHORT = {
    "assemble": {"--licence": "--assembly.licence", "--uses": "--assembly.uses"},
    "train": {"--teacher": "--training.teachers"},
    "submit run": _JOBS,
    "submit experiment": _JOBS,
}
"""Options of commands on a recipe that have a name of their own."""
COMMANDS: dict[str, Any] = {
    "sources": Sources,
    "vocabulary": VocabularyCommand,
    "unpack": Unpack,
    "identify": Identify,
    "draft": Draft,
    "check": Check,
    "audit": Audit,
    "export": Export,
    "predict": Predict,
    "submit predict": SubmitPredict,
    "explain": Explain,
    "review": Review,
    "recalibrate": Recalibrate,
    "reproduce": Reproduce,
    "pack": Pack,
    "card": Card,
    "push": Push,
    "dicom answer": DicomAnswer,
    "export-model": ExportModel,
    "benchmark-model": BenchmarkModel,
    "dicom listen": DicomListen,
    "serve": Serve,
    "add-class": AddClass,
    "add-source": AddSource,
    "demo": Demo,
    "simulate": Simulate,
    "doctor": Doctor,
}
OVERVIEW = {
    "a source": ("sources", "vocabulary", "unpack", "identify", "draft", "check"),
    "a table": ("assemble", "audit", "export"),
    "a model": ("pretrain", "train", "evaluate", "report", "run"),
    "its use": ("predict", "explain", "review", "recalibrate", "reproduce", "pack", "card", "push"),
    "other runtimes": ("export-model", "benchmark-model"),
    "a hospital": ("dicom answer", "dicom listen", "serve"),
    "the next model": ("add-class", "add-source"),
    "a study": ("experiment", "advise"),
    "a cluster": ("submit run", "submit experiment", "submit predict"),
    "to try it": ("demo", "simulate", "doctor"),
}
"""Every command once, in the order of the work."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one sub-command; returns the exit status: 0 done, 2 a mistake told, 130 stopped;
    1 is `doctor`, where something is broken; 3 is `predict` or `explain`, where an image cannot be
    read, and `reproduce`, where another result came out.

    The one boundary: what a user, a disk or a machine got wrong is reported in three lines. Other
    errors are faults of ours, whose tracebacks we want to see.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    prepare_streams()
    try:
        status = _dispatch(words)
        # Here, where a full disk can still be reported, and not when Python ends.
        sys.stdout.flush()
        return status
    except LabelAssembleError as error:
        complain(str(error))
        return 2
    except SystemExit:
        flush_or_abandon("stdout")
        raise
    except BrokenPipeError:
        flush_or_abandon("stdout")
        return 0
    except KeyboardInterrupt:
        complain("Stopped. Nothing is lost: the same command resumes from here.")
        return 130
    except Exception as error:
        told = describe_failure(error)
        if told is None:
            raise
        complain(str(told))
        flush_or_abandon("stdout")
        return 2


def _dispatch(words: list[str]) -> int:
    status: int | None = None
    if not words or words[0] in ("-h", "--help"):
        say(_overview())
    elif words[0] in ("-V", "--version"):
        say(f"labelassemble {__version__}")
    elif command := find_command(words, EXPERIMENT_COMMANDS):
        rest = words[len(command.split()) :]
        name = ask_for_experiment(rest, command)
        if name is not None:
            recipe = _parse_recipe(command, rest[1:], name)
            status = EXPERIMENT_COMMANDS[command](name, recipe).run()
    elif name := find_command(words, COMMANDS):
        rest = ["--help" if word == HELP_ALL else word for word in words[len(name.split()) :]]
        if COMMANDS[name] in (Predict, SubmitPredict, DicomAnswer, DicomListen, Serve):
            rest = put_options_first(rest, COMMANDS[name])
        status = tyro.cli(COMMANDS[name], args=rest, prog=f"labelassemble {name}").run()
    elif name := find_command(words, RECIPE_COMMANDS):
        recipe = _parse_recipe(name, words[len(name.split()) :])
        status = RECIPE_COMMANDS[name](recipe).run()
    else:
        raise SettingsError(
            "a command of labelassemble",
            unknown_name("command", words[0], [*RECIPE_COMMANDS, *COMMANDS, *EXPERIMENT_COMMANDS]),
            "Run `labelassemble --help`",
        )
    return status or 0


def find_command(words: Sequence[str], names: Iterable[str]) -> str | None:
    """Give the command that words begin with: one word or two; None: none of them.

    >>> find_command(["dicom", "answer", "runs/a"], COMMANDS), find_command(["dicom"], COMMANDS)
    ('dicom answer', None)
    """
    return next((name for name in names if list(words[: len(name.split())]) == name.split()), None)


def _parse_recipe(command: str, words: list[str], name: str = "") -> Recipe:
    """First word: the recipe; the others override its settings. Experiments have a name."""
    kinds: dict[str, type] = {**RECIPE_COMMANDS, **EXPERIMENT_COMMANDS}
    summary = kinds[command].__doc__ or ""
    prog = " ".join(filter(None, ("labelassemble", command, name, "RECIPE")))
    helps = set(HELP) & set(words)
    if not words or (words[0].startswith("-") and not helps):
        raise SettingsError(
            f"a recipe: {prog} [--training.epochs 3 ...]",
            "none" if not words else f"{words[0]!r} first",
            "Name the recipe file first; `labelassemble simulate FOLDER` writes one to try",
        )
    if words[0].startswith("-"):
        recipe = example_recipe()
    else:
        recipe, words = read_recipe(Path(words[0])), words[1:]
    options = _spell_out(words, command)
    if HELP_ALL in helps:
        options = ["--help"]
    elif helps:
        options = [word for word in options if word not in HELP]
    overridden = tyro.cli(Recipe, args=options, default=recipe, prog=prog, description=summary)
    if helps:
        say(describe_command(command, prog, summary, overridden))
        raise SystemExit(0)
    resolved = resolve_paths(overridden, Path.cwd())
    check_output(resolved.output)
    _check_sources(resolved)
    return resolved


def _spell_out(words: list[str], command: str) -> list[str]:
    """Give options that have a short name by the name of their setting; values stay.

    >>> _spell_out(["--teacher", "a", "b", "--teacher=c", "--training.epochs", "3"], "train")
    ['--training.teachers', 'a', 'b', '--training.teachers=c', '--training.epochs', '3']
    """
    parts = [word.partition("=") for word in words]
    short = SHORT.get(command, {})
    return [f"{short.get(name, name)}{sign}{value}" for name, sign, value in parts]


def check_output(folder: Path) -> None:
    """Refuse an output that can be no folder, before hours are spent on what goes there.

    Raises:
        SettingsError: a file lies there or above, or the path is no UTF-8.
    """
    # The file systems that we write through (Parquet, checkpoints) take names as text.
    if not _is_utf8(str(folder)):
        raise SettingsError(
            "an output folder whose path is UTF-8",
            ascii(str(folder)),
            "Choose another output folder, or name this one by a link",
        )
    for place in (folder, *folder.parents):
        if os.path.lexists(place):
            if not place.is_dir():
                raise SettingsError(
                    f"a folder for the output, at {folder}",
                    f"{place} is a file, or a link to nothing",
                    "Choose another output folder: --output FOLDER",
                )
            return


def _check_sources(recipe: Recipe) -> None:
    """Refuse two sources of one name, before their images are read.

    Raises:
        SettingsError: names them.
    """
    names = [source.name for source in recipe.sources]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise SettingsError(
            "each source once", f"{some(twice)} twice", "Give the second one another name"
        )


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _overview() -> str:
    lines = [
        f"labelassemble {__version__}: several partly labelled medical-imaging datasets,",
        "one table, one model, one report.",
        "",
        "usage: labelassemble COMMAND ...     labelassemble COMMAND --help",
        "",
    ]
    every: dict[str, Any] = {**RECIPE_COMMANDS, **COMMANDS, **EXPERIMENT_COMMANDS}
    for title, names in OVERVIEW.items():
        lines.append(title)
        for name in names:
            words = f"{name} RECIPE" if name in RECIPE_COMMANDS else name
            words = f"{name} NAME RECIPE" if name in EXPERIMENT_COMMANDS else words
            lines.append(f"  {words:<16} {(every[name].__doc__ or '').splitlines()[0]}")
    lines += [
        "",
        "Any setting of a recipe may follow it: --training.epochs 3 --model.backbone small",
    ]
    return "\n".join(lines)
