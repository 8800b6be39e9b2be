"""Help of every command on one screen, all of it on request, every reference to be found."""

import re
from pathlib import Path
from typing import Any

import pytest

from labelassemble.cli import main
from labelassemble.cli.command_help import MAX_LINES, example_recipe, explain_settings
from labelassemble.cli.command_settings import USES, every_setting, settings_of
from labelassemble.cli.dispatch import (
    COMMANDS,
    EXPERIMENT_COMMANDS,
    RECIPE_COMMANDS,
    find_command,
)
from labelassemble.experiments.registry import EXPERIMENTS
from labelassemble.pipeline.assemble_sources import SHAPES_THE_TABLE as SHAPES

ROOT = Path(__file__).parents[2]
EVERY_EXPERIMENT = [f"{one} {name}" for one in EXPERIMENT_COMMANDS for name in EXPERIMENTS]
LESIONS = ["--detection.task", "detection"]


def read_help(command: str, words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as caught:
        main([*command.split(), *words])
    assert caught.value.code == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("columns", ["80", "120"])
@pytest.mark.parametrize("words", [["--help"], ["-h", *LESIONS]], ids=["diagnosis", "detection"])
@pytest.mark.parametrize("command", [*RECIPE_COMMANDS, *EVERY_EXPERIMENT])
def test_help_of_a_command_on_a_recipe_fits_a_screen(
    command: str,
    words: list[str],
    columns: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    said = read_help(command, words, capsys)
    lines = said.splitlines()
    assert len(lines) <= MAX_LINES == 60
    assert max(map(len, lines)) <= int(columns)
    assert "--help-all" in said
    recipe = example_recipe()
    if len(words) > 1:
        task = recipe.detection.model_copy(update={"task": "detection"})
        recipe = recipe.model_copy(update={"detection": task})
    for one in settings_of(find_command(command.split(), USES), recipe):
        table, _, field = one.name.replace("_", "-").rpartition(".")
        alone, together = rf"^--{re.escape(one.name.replace('_', '-'))} ", rf" {field}="
        part = re.search(rf"^--{re.escape(table)}\. (.*\n(    .*\n)*)", said, re.M)
        # Settings of no table stand together too, where there are many others.
        folded = not table and re.search(rf"(^| )--{re.escape(field)}=", said, re.M)
        inside = part and re.search(together, f" {part[1]}")
        assert re.search(alone, said, re.M) or inside or folded


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_the_other_commands_fits_a_screen(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert len(read_help(command, ["--help"], capsys).splitlines()) <= MAX_LINES
    assert read_help(command, ["--help-all"], capsys)


@pytest.mark.parametrize("command", ["train", "report", "experiment similarity"])
def test_all_settings_are_explained_on_request(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    said = read_help(command, ["--help-all"], capsys)
    for one in every_setting(example_recipe()):
        assert f"--{one.name.replace('_', '-').replace('.N.', '.0.')}" in said


def test_help_shows_the_values_of_the_recipe_and_of_the_words_beside_it(
    own_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = str(own_data / "recipe.toml")
    said = read_help("train", [recipe, "--help", "--training.epochs", "7"], capsys)
    assert re.search(r"^--name Mine +Title", said, re.M)
    assert re.search(r"^--training(\.epochs 7|\. epochs=7) ", said, re.M)
    long = "x" * 30
    said = read_help("assemble", [recipe, "--classes", *(long for _ in range(9)), "-h"], capsys)
    assert max(map(len, said.splitlines())) <= 110


def test_what_shapes_the_table_is_told_as_the_code_holds_it() -> None:
    assert set(SHAPES) <= set(USES["assemble"])


def test_every_default_names_a_document_that_is_there() -> None:
    """A work that a page of ours names, the papers that PAPER.md is about, or a file."""
    pages = [ROOT / "PAPER.md", ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    text = "\n".join(page.read_text("utf-8") for page in pages)
    seen, missing = 0, []
    models: dict[str, Any] = {
        one.model.__name__: one.model for one in every_setting(example_recipe())
    }
    for model in models.values():
        for field, said in explain_settings(model).items():
            for default in re.findall(r"Default: (.+?)(?:\. |\.$|$)", said + " "):
                seen += 1
                works = re.findall(r"[A-Z][a-z]+ \d{4}", default)
                files = re.findall(r"[\w/]+\.(?:md|py)\b", said)
                papers = re.search(r"papers|authors", default)
                found = [name in text for name in works]
                found += [(ROOT / name).is_file() for name in files]
                if not (found or papers) or not all(found):
                    missing.append(f"{model.__name__}.{field}: {default}")
    assert seen > 20
    assert missing == []


def test_every_setting_of_a_recipe_is_explained() -> None:
    for one in every_setting(example_recipe()):
        assert one.field in explain_settings(one.model), one.name
