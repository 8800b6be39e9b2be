"""What ``--help`` says of a command on a recipe: the settings that it reads, on one screen."""

import ast
import inspect
import shutil
import textwrap
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from labelassemble.cli.command_settings import (
    TABLE_SECTIONS,
    USES,
    Setting,
    settings_of,
)
from labelassemble.setting_types import Settings
from labelassemble.settings import Recipe, SourceSettings

MAX_LINES = 60
IN_RECIPE = "as in RECIPE"
FOLDED_FIRST = (
    *("augment", "detection.augment", "detection.volumes", "detection.patches"),
    *("model.input", "training.fine_tune"),
    *("losses", "model", "sources.N", "evaluation"),
)
"""Tables told by names alone first, where not every setting has room for its line."""


def example_recipe() -> Recipe:
    """Give what ``--help`` shows the settings of, where no recipe is named."""
    first = SourceSettings(name="first", manifest=IN_RECIPE, folder=Path(IN_RECIPE))
    return Recipe(name=IN_RECIPE, output=Path(IN_RECIPE), sources=(first,))


def describe_command(command: str, usage: str, summary: str, recipe: Recipe) -> str:
    """Give a command's help: at most 60 lines, a setting with its value and its first sentence.

    Tables for which there is no room are told by names and values alone.

    Args:
        command: of ``command_settings.USES``.
        usage: the words of the command line.
        summary: what the command does.
        recipe: whose values stand there; it says the task too.
    """
    width = min(shutil.get_terminal_size().columns, 110)
    usage = f"usage: {usage} [OPTION VALUE ...]"
    head = [*_wrap(usage, width), "", *_wrap(summary, width), ""]
    tables: dict[str, list[Setting]] = {}
    for one in settings_of(command, recipe):
        tables.setdefault(one.name.rpartition(".")[0], []).append(one)
    foot = ["", *_wrap(_closing(command, recipe), width)]
    room = MAX_LINES - len(head) - len(foot)
    folded: set[str] = set()
    body = _body(tables, folded, width)
    while len(body) > room and len(folded) < len(tables):
        folded.add(min(tables.keys() - folded, key=lambda name: _fold_order(name, tables)))
        body = _body(tables, folded, width)
    return "\n".join([*head, *body, *foot])


@cache
def explain_settings(model: type[BaseModel]) -> Mapping[str, str]:
    """Give the text under each setting of a table, its lines joined."""
    above = [base for base in model.__bases__ if issubclass(base, Settings)]
    inherited = {name: text for base in above for name, text in explain_settings(base).items()}
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(model))).body
    assert isinstance(tree, ast.ClassDef)
    return inherited | {
        node.target.id: " ".join(inspect.cleandoc(after.value.value).split())
        for node, after in zip(tree.body, tree.body[1:], strict=False)
        if isinstance(node, ast.AnnAssign)
        and isinstance(node.target, ast.Name)
        and isinstance(after, ast.Expr)
        and isinstance(after.value, ast.Constant)
        and isinstance(after.value.value, str)
    }


def _body(tables: Mapping[str, list[Setting]], folded: set[str], width: int) -> list[str]:
    lines = []
    for name, settings in tables.items():
        if name in folded:
            told = [f"{one.field.replace('_', '-')}={_say(one.value)}" for one in settings]
            lines += textwrap.wrap(
                f"--{name.replace('_', '-')}. " + "  ".join(told)
                if name
                else "  ".join(f"--{one}" for one in told),
                width,
                subsequent_indent="    ",
                break_long_words=False,
                break_on_hyphens=False,
            )
        else:
            lines += _one_line_each(settings, width)
    return lines


def _one_line_each(settings: list[Setting], width: int) -> list[str]:
    named = [
        textwrap.shorten(
            f"--{one.name.replace('_', '-')} {_say(one.value)}", 60, placeholder=" ..."
        )
        for one in settings
    ]
    column = min(max(map(len, named)), 44) + 2
    lines = []
    for words, one in zip(named, settings, strict=True):
        left = f"{words:<{column - 2}}  "
        text = explain_settings(one.model)[one.field]
        lines.append((left + _first_sentence(text, width - len(left))).rstrip())
    return lines


def _first_sentence(text: str, room: int) -> str:
    """Cut a text to its first sentence, and that to the words for which there is room.

    >>> _first_sentence("Side of the image in pixels. Default: the papers' 224.", 40)
    'Side of the image in pixels.'
    >>> _first_sentence("Side of the image in pixels.", 20)
    'Side of the ...'
    """
    sentence = text.split(". ")[0].rstrip(".") + "."
    if len(sentence) <= room:
        return sentence
    return textwrap.shorten(sentence, max(room, 5), placeholder=" ...")


def _say(value: Any) -> str:
    """Give a value as the command line takes it; nothing for what is empty.

    >>> [_say(one) for one in (1e-3, None, False, ("single", "masked"), {}, "")]
    ['0.001', '-', 'false', 'single masked', '-', '-']
    """
    if value in (None, (), {}, "", IN_RECIPE, Path(IN_RECIPE)):
        return "-"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return " ".join(_say(one) for one in value)
    if isinstance(value, dict):
        return " ".join(f"{name} {_say(one)}" for name, one in value.items())
    return str(value)


def _fold_order(name: str, tables: Mapping[str, list[Setting]]) -> tuple[int, int]:
    place = FOLDED_FIRST.index(name) if name in FOLDED_FIRST else len(FOLDED_FIRST)
    return place, -len(tables[name])


def _closing(command: str, recipe: Recipe) -> str:
    """Say where the rest stands."""
    parts = [
        "`--training. epochs=30` is written --training.epochs 30; --help-all explains every "
        "setting of a recipe, with its choices and range."
    ]
    if not {*TABLE_SECTIONS} <= {*USES[command]}:
        parts.append(f"As the table was assembled: {', '.join(TABLE_SECTIONS)}.")
    if command.split()[-1] in ("train", "evaluate", "report", "run", "experiment"):
        words = ("lesions", "detection")
        if recipe.detection.task == "detection":
            words = ("diagnosis", "diagnosis")
        parts.append(
            f"For {words[0]}, with settings of its own: --help --detection.task {words[1]}."
        )
    return " ".join(parts)


def _wrap(text: str, width: int) -> list[str]:
    return [
        line
        for part in inspect.cleandoc(text).split("\n\n")
        for line in textwrap.wrap(" ".join(part.split()), width, break_on_hyphens=False)
    ]
