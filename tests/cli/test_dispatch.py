"""The command line: what it answers, what it refuses, what it does not import."""

import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from labelassemble import __version__
from labelassemble.cli.dispatch import (
    COMMANDS,
    EXPERIMENT_COMMANDS,
    OVERVIEW,
    RECIPE_COMMANDS,
    main,
)
from labelassemble.recipe import read_recipe
from labelassemble.settings import Recipe

RECIPE = """
name = "Two"
output = "out"
[[sources]]
name = "north"
manifest = "unlabelled_folder"
folder = "north"
"""


def run(words: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    status = main(words)
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_the_package_runs_as_a_module(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["labelassemble", "--version"])
    with pytest.raises(SystemExit) as stopped:
        runpy.run_module("labelassemble", run_name="__main__")
    assert stopped.value.code == 0
    assert capsys.readouterr().out == f"labelassemble {__version__}\n"


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"]])
def test_overview_names_every_command(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    status, said, _ = run(words, capsys)
    assert status == 0
    for name in (*COMMANDS, *RECIPE_COMMANDS, *EXPERIMENT_COMMANDS):
        assert f"  {name}" in said
    assert max(map(len, said.splitlines())) <= 110
    told = [line for line in said.splitlines() if line.startswith("  ")]
    assert [line for line in told if not line.endswith(".")] == []
    listed = [name for names in OVERVIEW.values() for name in names]
    assert sorted(listed) == sorted([*COMMANDS, *RECIPE_COMMANDS, *EXPERIMENT_COMMANDS])


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"], capsys)[1] == f"labelassemble {__version__}\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["asemble"], "no command 'asemble'; nearest: assemble"),
        (["train"], "Got      none"),
        (["train", "--training.epochs", "3"], "'--training.epochs' first"),
        (["train", "absent.toml"], "No such file"),
        (["predict", "absent", "x.png"], "no such folder"),
        (["predict", "absent"], "no such folder"),
        (["sources", "nowhere"], "no manifest 'nowhere'"),
        (["experiment", "partial-label"], "nearest: partial-labels"),
        (["experiment", "partial-labels"], "labelassemble experiment partial-labels RECIPE"),
    ],
)
def test_mistakes_are_told_in_three_lines(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, error = run(words, capsys)
    assert status == 2
    assert out == ""
    assert said in error
    assert [line.split()[0] for line in error.splitlines()] == ["Expected", "Got", "Do"]


def test_settings_on_the_command_line_override_the_recipe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "recipe.toml").write_text(RECIPE)
    seen: list[Recipe] = []
    monkeypatch.setattr(RECIPE_COMMANDS["train"], "run", lambda self: seen.append(self.recipe))
    words = ["train", str(tmp_path / "recipe.toml"), "--training.epochs", "3"]
    words += ["--model.backbone", "small", "--losses.threshold-by-class", "mass", "0.2"]
    assert main(words) == 0
    assert seen[0].training.epochs == 3
    assert seen[0].model.backbone == "small"
    assert seen[0].losses.threshold_by_class == {"mass": 0.2}
    assert seen[0].output == tmp_path / "out"
    teachers = ["--teacher", str(tmp_path / "one"), "two", "--training.teacher-cells", "known"]
    assert main([*words[:2], *teachers]) == 0
    assert seen[1].training.teachers == (tmp_path / "one", Path.cwd() / "two")
    assert seen[1].training.teacher_cells == "known"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--training.epoch", "3"], "--training.epochs"),
        (["--training.epochs", "0"], "greater than or equal to 1"),
        (["--training.epochs", "many"], "many"),
    ],
)
def test_bad_overrides_are_refused(
    words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "recipe.toml").write_text(RECIPE)
    with pytest.raises(SystemExit) as caught:
        main(["train", str(tmp_path / "recipe.toml"), *words])
    assert caught.value.code == 2
    assert said in capsys.readouterr().err


def test_all_help_of_a_recipe_command_lists_every_setting(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["train", "--help-all"])
    assert caught.value.code == 0
    said = capsys.readouterr().out
    for name in ("--training.epochs", "--losses.temperature", "--assembly.conflicts"):
        assert name in said


def test_stopping_is_no_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "recipe.toml").write_text(RECIPE)

    def stop(self: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(RECIPE_COMMANDS["train"], "run", stop)
    status, _, error = run(["train", str(tmp_path / "recipe.toml")], capsys)
    assert status == 130
    assert "resumes" in error


def test_a_closed_pipe_is_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def close(self: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr(COMMANDS["sources"], "run", close)
    assert main(["sources"]) == 0


TABLE_COMMANDS = ("vocabulary", "unpack", "identify", "draft", "check", "audit", "export")


@pytest.mark.parametrize(
    "words",
    [["--help"], ["sources"], ["train", "--help"], *([name, "--help"] for name in TABLE_COMMANDS)],
)
def test_commands_that_need_no_network_import_no_torch(words: list[str]) -> None:
    code = (
        "import sys\n"
        "from labelassemble.cli import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
        "sys.exit(any(name in sys.modules for name in ('torch', 'lightning', 'monai')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_simulate_writes_a_recipe_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--patients", "2", "--test-patients", "2", "--size", "64"]
    status, said, _ = run(["simulate", str(tmp_path / "new"), *words], capsys)
    assert status == 0
    assert str(tmp_path / "new" / "recipe.toml") in said
    status, _, error = run(["simulate", str(tmp_path / "new"), *words], capsys)
    assert status == 2
    assert "Expected" in error


def test_simulate_writes_abdomens_whose_recipe_looks_for_lesions(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--region", "abdomen", "--patients", "1", "--test-patients", "1", "--size", "24"]
    words += ["--workers", "1"]
    status, said, _ = run(["simulate", str(tmp_path / "new"), *words], capsys)
    assert status == 0
    assert str(tmp_path / "new" / "recipe.toml") in said
    recipe = read_recipe(tmp_path / "new" / "recipe.toml")
    assert (recipe.detection.task, recipe.detection.dimensions) == ("detection", 3)
    assert len(list((tmp_path / "new").glob("*/images/*.nii.gz"))) == 5


def test_experiments_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["experiment"], ["experiment", "--help"]):
        status, said, _ = run(words, capsys)
        assert status == 0
        for name in ("partial-labels", "negative-examples", "similarity", "novel-disease"):
            assert name in said


def test_a_field_that_a_region_does_not_have(tmp_path, capsys):
    assert main(["simulate", str(tmp_path / "new"), "--field", "pancreas"]) == 2
    assert "Leave --field out, or add --region abdomen" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("name", ["a", "a/b/c", "gone", "caf\udce9"])
def test_an_output_that_can_be_no_folder_is_refused_at_once(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "recipe.toml").write_text(RECIPE)
    (tmp_path / "a").write_text("mine")
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    words = ["assemble", str(tmp_path / "recipe.toml"), "--output", str(tmp_path / name)]
    status, _, error = run(words, capsys)
    assert status == 2
    assert "Choose another output folder" in error
    assert [line.split()[0] for line in error.splitlines()] == ["Expected", "Got", "Do"]
    assert (tmp_path / "a").read_text() == "mine"


def test_two_sources_of_one_name_are_refused_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "recipe.toml").write_text(RECIPE + RECIPE[RECIPE.index("[[") :])
    status, _, error = run(["assemble", str(tmp_path / "recipe.toml")], capsys)
    assert status == 2
    assert "north twice" in error
