"""Where a message names a command, that command leads on."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from labelassemble.cli import main

WORDS = [
    *("--training.epochs", "1", "--training.batch_size", "8", "--model.backbone", "small"),
    *("--evaluation.replicates", "50", "--methods", "masked"),
]
EXPORTS = Path(__file__).parents[2] / "docs" / "exports.md"


def advised(text: str) -> list[str]:
    """The command of a message, its words filled in."""
    found = re.search(r"labelassemble ((?:[a-z]+)(?: [^\s(;`]+)*)", text)
    assert found, text
    return shlex.split(found[1].rstrip(".").replace("RECIPE", "recipe.toml"))


def test_advice_leads_from_a_recipe_to_results(
    own_data: Path, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(own_data)
    refused = run("train", "recipe.toml", *WORDS)
    assert refused.status == 2
    assert advised(refused.error) == ["assemble", "recipe.toml"]
    assert run(*advised(refused.error), *WORDS).status == 0
    refused = run("evaluate", "recipe.toml", *WORDS)
    assert refused.status == 2
    assert advised(refused.error) == ["train", "recipe.toml"]
    assert run(*advised(refused.error), *WORDS).status == 0
    more = [*WORDS, "--training.epochs", "2"]
    refused = run("train", "recipe.toml", *more)
    assert refused.status == 2
    (option,) = re.findall(r"--training[\w.-]+\w", refused.error)
    assert run("train", "recipe.toml", *more, option).status == 0
    # Two commands of the page on exports write two files of one name, or they do not.
    lines = re.findall(r"^    labelassemble (export .*)$", EXPORTS.read_text(), re.MULTILINE)
    assert len(lines) >= 3
    drawn = ("nnunet", "yolo")  # Need masks or boxes, which nobody drew here.
    for line in (one for one in lines if one.split()[2] not in drawn):
        words = [str(own_data) if word == "/data" else word for word in shlex.split(line)]
        assert run(*words).status == 0, line
    assert run("audit", "results").status == 0


def test_a_refused_training_does_not_block_the_next(
    own_data: Path, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(own_data)
    assert run("assemble", "recipe.toml", *WORDS).status == 0
    for words in (["--training.start-from", "gone.ckpt"], ["--model.pretrained", "gone.pt"]):
        assert run("train", "recipe.toml", *WORDS, *words).status == 2
    (own_data / "results" / "runs" / "masked-seed0").mkdir(parents=True)
    assert run("train", "recipe.toml", *WORDS).status == 0


def test_a_draft_is_checked_by_the_command_that_it_names(
    own_data: Path, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(own_data)
    (own_data / "mine" / "manifest.toml").unlink()
    drafted = run("draft", "mine", "--output", "new.toml")
    assert drafted.status == 0
    assert run(*advised(drafted.out)).status in (0, 2)


def test_simulated_hospitals_name_a_recipe_that_is_there(tmp_path: Path, run: Any) -> None:
    words = ["--patients", "2", "--test-patients", "2", "--size", "64", "--workers", "1"]
    said = run("simulate", tmp_path / "new", *words).out
    command, recipe = advised(said)
    assert command == "run"
    with pytest.raises(SystemExit) as caught:
        main([command, recipe, "--help"])
    assert caught.value.code == 0
