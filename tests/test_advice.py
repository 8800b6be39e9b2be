"""Advice can be followed: every command, option and setting that a message or a page names."""

import ast
import re
import shlex
import tomllib
from collections import ChainMap
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, get_args

import pytest
import tyro
from pydantic import BaseModel, TypeAdapter, ValidationError
from tests.code_files import CODE_FILES, ROOT

from labelassemble.cli import dispatch
from labelassemble.cli.dispatch import SHORT
from labelassemble.recipe import check_recipe
from labelassemble.settings import Recipe
from labelassemble.sources.manifest import Manifest
from labelassemble.vocabulary.vocabulary import Vocabulary

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

RECIPE = {
    "name": "two",
    "output": "out",
    "sources": [{"name": "north", "manifest": "unlabelled_folder", "folder": "north"}],
}
COMMANDS = {
    *dispatch.COMMANDS,
    *dispatch.RECIPE_COMMANDS,
    *dispatch.EXPERIMENT_COMMANDS,
}
NAMED = re.compile(r"\blabelassemble ((?:dicom |submit )?[a-z][\w-]*)")
"""What stands where a command should: one word, or two."""
PROSE = {"at", "describes", "itself", "knows", "reads"}
"""What follows the name of the package where it is a word like others."""
YES_OR_NO = {"true", "false", "yes", "no", "on", "off"}
GUESSES = ("1", "0.5", "small", "chest", "abdomen", "chest_radiograph")
"""What may stand where a message fills something in."""
NO_SETTINGS = {"p", "r", "t", "tau", "model.vision_model"}
"""What looks like a setting of ours and is another's, or a symbol."""
FILES = {
    *("csv", "json", "toml", "parquet", "html", "zip", "png", "txt", "gz", "nii", "npz", "ckpt"),
    *("css", "jinja", "safetensors", "onnx", "pt2"),
}


class Message(NamedTuple):
    place: str
    text: str


def read_messages(code: str, place: str) -> Iterator[Message]:
    """All texts of a file but docstrings; ``{}`` stands where something is filled in."""
    nodes = list(ast.walk(ast.parse(code)))
    passed = {
        id(node.body[0].value)
        for node in nodes
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    # Texts under an assignment describe it; parts of a text are no texts of their own.
    for node in nodes:
        if isinstance(node, ast.Module | ast.ClassDef):
            passed |= {id(one.value) for one in node.body if isinstance(one, ast.Expr)}
        if isinstance(node, ast.JoinedStr):
            passed |= {id(part) for part in ast.walk(node) if part is not node}
    for node in nodes:
        if id(node) in passed:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield Message(f"{place}:{node.lineno}", node.value)
        elif isinstance(node, ast.JoinedStr):
            parts = (
                str(one.value) if isinstance(one, ast.Constant) else "{}" for one in node.values
            )
            yield Message(f"{place}:{node.lineno}", "".join(parts))


@cache
def example() -> Recipe:
    return check_recipe(RECIPE, "here")


def can_parse(command: str, words: Iterable[str]) -> bool:
    """Whether the command line itself takes these words."""
    return _takes_words(dispatch.COMMANDS.get(command, Recipe), tuple(words))


@cache
def _takes_words(kind: Any, words: tuple[str, ...]) -> bool:
    default = {"default": example()} if kind is Recipe else {}
    try:
        tyro.cli(kind, args=words, console_outputs=False, **default)
    except SystemExit:
        return False
    return True


@cache
def options(command: str) -> set[str]:
    """Every option of a command, written with underscores."""
    kind: Any = dispatch.COMMANDS.get(command, Recipe)
    return {f"--{name}" for name in _fields(kind)}


def _fields(kind: type[BaseModel], above: str = "") -> Iterator[str]:
    for name, field in kind.model_fields.items():
        yield above + name
        head, _, last = (above + name).rpartition(".")
        yield f"{head}.no_{last}".removeprefix(".")
        for inner in _models(field.annotation):
            yield from _fields(inner, f"{above}{name}.")


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for one in get_args(annotation):
        yield from _models(one)


def wrong_commands(text: str) -> list[str]:
    """What stands where a command should, and is none."""
    return [f"no command {name!r}" for name in NAMED.findall(text) if name not in COMMANDS | PROSE]


OTHERS = (
    *("--help", "--help_all", "--version", "--nproc_per_node", "--local_dir"),
    *("--standalone", "--requeue", "--me", "--noheader", "--format"),
    *("--config_file", "--bundle_root", "--dataset_dir", "--bind", "--directory"),
)
"""Options of every command, and of other programs."""


def wrong_options(text: str) -> list[str]:
    """Options that no command has, or that do not take the value that stands behind them."""
    wrong = []
    named = [name for name in NAMED.findall(text) if name in COMMANDS]
    for found in re.finditer(r"(?<![\w-])(--[a-z][\w.-]*\w)(?:[ =]([^\s;,:)`\]]+))?", text):
        long = ChainMap(*SHORT.values()).get(found[1], found[1])
        option, value = long.replace("-", "_").replace("__", "--", 1), found[2]
        if option in OTHERS:
            continue
        able = [one for one in (named or sorted(COMMANDS)) if option in options(one)]
        if not able:
            wrong.append(f"no option {option}")
        elif value in YES_OR_NO:
            # A choice may be called so, a switch never takes a word.
            if not any(can_parse(one, [*_before(one), option, value]) for one in able):
                wrong.append(f"{option} takes no {value!r}")
        elif value is not None and re.fullmatch(r"\d[\d.e-]*|None|'.*'|\".*\"|\{\}", value):
            guesses = GUESSES if value == "{}" else (value.strip("'\""),)
            if not any(can_parse(one, [*_before(one), option, g]) for one in able for g in guesses):
                wrong.append(f"{option} takes no {value!r}")
    return wrong


def _before(command: str) -> list[str]:
    """Words that must stand before the options."""
    required = {"unpack": 2, "draft": 1, "check": 2, "audit": 1, "export": 3, "predict": 2}
    required |= {"recalibrate": 2, "push": 2, "export-model": 3, "benchmark-model": 1}
    return ["x"] * required.get(command, 1 if command == "simulate" else 0)


@cache
def settings() -> dict[str, list[Any]]:
    """Every key of recipes, manifests and vocabularies, and its last part, to what it may hold."""
    known: dict[str, list[Any]] = {}

    def add(kind: type[BaseModel], above: str) -> None:
        for name, field in kind.model_fields.items():
            adapter = TypeAdapter(field.rebuild_annotation())
            for key in {above + name, name}:
                known.setdefault(key, []).append(adapter)
            for inner in _models(field.annotation):
                add(inner, f"{above}{name}.")

    add(Recipe, "")
    add(Manifest, "")
    add(Vocabulary, "")
    return known


@cache
def sections() -> set[str]:
    return {key.split(".")[0] for key in settings() if "." in key}


def wrong_settings(text: str) -> list[str]:
    """Keys of no recipe, manifest or vocabulary, or that do not take the value named."""
    if "\n" in text:
        return []  # Whole files, which the tests of who writes them read.
    wrong = []
    for name in re.findall(r"(?<![\w./{}<-])([a-z]+(?:\.[a-z_0-9]+)+)(?![\w/(*])", text):
        if name.split(".")[0] not in sections() or name.rsplit(".", 1)[-1] in FILES:
            continue
        if name not in settings().keys() | NO_SETTINGS:
            wrong.append(f"no setting {name!r}")
    values = r"'[^']*'|\"[^\"{}]*\"|\[[^\]{}]*\]|true\b|false\b|\d[\d.e-]*"
    pattern = rf"(?<![\w.-])([a-z_]+(?:\.[a-z_]+)*) = ((?:{values})(?:(?:, | or )(?:{values}))*)"
    for name, said in re.findall(pattern, text):
        if name in NO_SETTINGS:
            continue
        refused = (one for one in re.findall(values, said) if not _takes(name, one))
        wrong += [f"no setting {name} = {value}" for value in refused]
    return wrong


def _takes(name: str, value: str) -> bool:
    if "..." in value:
        return name in settings()
    content = tomllib.loads(f"value = {value.rstrip('.')}")["value"]
    for adapter in settings().get(name, ()):
        try:
            adapter.validate_python(content)
        except ValidationError:
            continue
        return True
    return False


def wrong_advice(text: str) -> list[str]:
    return [*wrong_commands(text), *wrong_options(text), *wrong_settings(text)]


def page_commands(page: Path) -> Iterator[str]:
    """Commands of a page's blocks, each on its line, joined where a line goes on."""
    text = re.sub(r"\\\n\s*", " ", page.read_text("utf-8"))
    for line in text.splitlines():
        if found := re.fullmatch(r"\s*(?:\$ )?labelassemble ([a-z].*)", line):
            yield found[1]


def wrong_command_line(line: str) -> list[str]:
    """Words of a command line that the real one does not take."""
    words = shlex.split(line, comments=True)
    words = words[: words.index(">")] if ">" in words else words
    command = dispatch.find_command(words, COMMANDS) or words[0]
    rest = words[len(command.split()) :]
    if command not in COMMANDS:
        return [f"no command {command!r}"]
    if command in dispatch.EXPERIMENT_COMMANDS:
        rest = rest[1:]
    if command not in dispatch.COMMANDS:
        rest = [SHORT.get(command, {}).get(word, word) for word in rest[1:]]
    return [] if "--help" in rest or can_parse(command, rest) else [f"not taken: {line}"]


def test_messages_advise_what_there_is() -> None:
    wrong = [
        (message, found)
        for path in CODE_FILES
        for message in read_messages(path.read_text("utf-8"), path.name)
        if (found := wrong_advice(message.text))
    ]
    assert wrong == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_pages_show_commands_that_there_are(page: Path) -> None:
    assert [wrong for line in page_commands(page) for wrong in wrong_command_line(line)] == []
    text = page.read_text("utf-8")
    inline = re.findall(r"`([^`\n]*(?:labelassemble |--)[^`\n]*)`", text)
    assert [wrong for one in inline for wrong in (*wrong_commands(one), *wrong_options(one))] == []


@pytest.mark.parametrize(
    "text",
    [
        "Start again: --training.resume false",
        "Start again: --training.no-resum",
        "Assemble first: labelassemble asemble RECIPE",
        "Take --pretrain.seed 0.5",
        "Leave it: labelassemble check --force",
        "Set similar_images = 'merge'",
        "Set training.precision = '64'",
        "Lower training.learning_rat",
        "Set training.epochs = 0",
        "Set detection.chosen_by = 'froc' or 'best'",
        "Let it count: scope.beside_findings = 'set_aside'",
        'Set unreadable = "exclude"',
        "Set labels.above_all = 3",
    ],
)
def test_wrong_advice_is_found(text: str) -> None:
    code = f"def f(name):\n    raise SettingsError('a', f'{{name}}', {text!r})\n"
    assert [one for message in read_messages(code, "f.py") for one in wrong_advice(message.text)]


@pytest.mark.parametrize(
    "text",
    [
        "Start again: --training.no-resume",
        "Add --training.devices 1 --training.nodes 1; training itself may use them all",
        "Leave --field out, or add --region abdomen",
        "Assemble first: labelassemble assemble RECIPE",
        "Name another with --output",
        "Set detection.chosen_by = 'last', or scope.beside_finding = 'set_aside'",
    ],
)
def test_right_advice_passes(text: str) -> None:
    assert wrong_advice(text) == []


def test_a_wrong_command_of_a_page_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "Run\n\n    labelassemble train r.toml --training.resume false\n"
        "    labelassemble run r.toml # fine\n    labelassemble audit a b\n"
    )
    lines = list(page_commands(page))
    assert len(lines) == 3
    assert [bool(wrong_command_line(line)) for line in lines] == [True, False, True]
