import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import RunError
from labelassemble.images.store import ImageStore
from labelassemble.settings import RunSettings
from labelassemble.training.open_run_folder import claim_run_folder, open_run_folder
from labelassemble.training.run_folder import (
    describe_contents,
    describe_settings,
    is_done,
    read_json,
)


@pytest.fixture
def settings(make_recipe: Any) -> dict[str, Any]:
    return describe_settings(make_recipe(), RunSettings())


@pytest.fixture
def table(toy_table: AssembledTable, toy_store: ImageStore) -> dict[str, Any]:
    return describe_contents(toy_table, toy_store.content)


def test_makes_the_folder_and_opens_it_again(
    tmp_path: Path, settings: dict[str, Any], table: dict[str, Any]
) -> None:
    folder = tmp_path / "runs" / "one"
    open_run_folder(folder, settings, table)
    assert read_json(folder / "settings.json") == settings
    assert read_json(folder / "table.json") == table
    assert (folder / "checkpoints").is_dir()
    assert not is_done(folder)
    (folder / "log.csv").write_text("kept")
    open_run_folder(folder, settings, table)
    assert (folder / "log.csv").read_text() == "kept"


def test_a_crash_before_the_settings_were_written_starts_again(
    tmp_path: Path, settings: dict[str, Any], table: dict[str, Any]
) -> None:
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "table.json").write_text("{}")
    (tmp_path / ".settings.json.123").write_text("{")
    open_run_folder(tmp_path, settings, table)
    assert read_json(tmp_path / "table.json") == table


@pytest.mark.parametrize("kind", ["file", "foreign"])
def test_something_else_is_refused(
    kind: str, tmp_path: Path, settings: dict[str, Any], table: dict[str, Any]
) -> None:
    folder = tmp_path / "run"
    if kind == "file":
        folder.write_text("mine")
    else:
        folder.mkdir()
        (folder / "thesis.tex").write_text("mine")
    with pytest.raises(RunError) as caught:
        open_run_folder(folder, settings, table)
    assert caught.value.got == (
        f"a file at {folder}"
        if kind == "file"
        else f"{folder} holds thesis.tex and no settings.json"
    )
    assert (folder if kind == "file" else folder / "thesis.tex").read_text() == "mine"


def test_settings_of_another_version_are_named(
    tmp_path: Path, settings: dict[str, Any], table: dict[str, Any]
) -> None:
    open_run_folder(tmp_path, settings, table)
    newer = json.loads(json.dumps(settings))
    newer["recipe"]["losses"]["focal"] = 2
    del newer["recipe"]["model"]["pooling"]
    with pytest.raises(RunError) as caught:
        open_run_folder(tmp_path, newer, table)
    assert caught.value.got == (
        "losses.focal = 2 (there: not set), model.pooling = not set (there: 'method')"
    )


def test_another_table_is_named(
    tmp_path: Path,
    settings: dict[str, Any],
    table: dict[str, Any],
    toy_table: AssembledTable,
    toy_store: ImageStore,
) -> None:
    open_run_folder(tmp_path, settings, table)
    flipped = toy_table.cells.with_columns(label=(1 - pl.col("label")).cast(pl.Float32))
    swapped = toy_table.records.with_columns(
        split=pl.col("split").replace({"train": "validate", "validate": "train"})
    )
    for other, got in (
        (
            replace(toy_table, cells=flipped),
            "the same classes, but other images, splits or labels",
        ),
        (
            replace(toy_table, records=swapped),
            "the same classes, but other images, splits or labels",
        ),
        (replace(toy_table, classes=("right", "left")), "other classes: in another order"),
        (replace(toy_table, classes=("left", "both")), "other classes: with both, without right"),
    ):
        with pytest.raises(RunError) as caught:
            open_run_folder(tmp_path, settings, describe_contents(other, toy_store.content))
        assert caught.value.got == got


def test_the_fingerprint_follows_the_files(
    toy_table: AssembledTable,
    toy_store: ImageStore,
    table: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert describe_contents(toy_table, toy_store.content) == table
    name = toy_table.records["record"][0]
    with monkeypatch.context() as patch:
        patch.setitem(toy_store.content, name, "0" * 64)
        assert (
            describe_contents(toy_table, toy_store.content)["fingerprint"] != table["fingerprint"]
        )


@pytest.mark.parametrize("text", ["{", "[]"])
def test_a_damaged_file_is_told(
    text: str, tmp_path: Path, settings: dict[str, Any], table: dict[str, Any]
) -> None:
    open_run_folder(tmp_path, settings, table)
    (tmp_path / "settings.json").write_text(text)
    with pytest.raises(RunError) as caught:
        open_run_folder(tmp_path, settings, table)
    assert str(tmp_path / "settings.json") in caught.value.expected
    assert "--training.no-resume" in caught.value.do


def open_claimed(folder: Path, settings: dict[str, Any], table: dict[str, Any]) -> None:
    with claim_run_folder(folder, settings, table):
        assert read_json(folder / "settings.json") == settings


def learn_at(rate: float, settings: dict[str, Any]) -> dict[str, Any]:
    other = json.loads(json.dumps(settings))
    other["recipe"]["training"]["learning_rate"] = rate
    return dict(other)


def test_a_refused_training_leaves_nothing_behind(
    tmp_path: Path, settings: dict[str, Any], table: dict[str, Any]
) -> None:
    folder = tmp_path / "run"
    with pytest.raises(ValueError, match="refused"), claim_run_folder(folder, settings, table):
        raise ValueError("refused")
    assert not folder.exists()
    open_claimed(folder, learn_at(0.5, settings), table)


def test_settings_of_a_killed_training_that_learned_nothing_bind_nobody(
    tmp_path: Path, settings: dict[str, Any], table: dict[str, Any]
) -> None:
    open_run_folder(tmp_path, settings, table)
    open_claimed(tmp_path, learn_at(0.5, settings), {**table, "fingerprint": "other"})


@pytest.mark.parametrize("sign", ["log.csv", "checkpoints/last.ckpt", "done.json"])
def test_settings_of_a_training_that_learned_bind(
    sign: str, tmp_path: Path, settings: dict[str, Any], table: dict[str, Any]
) -> None:
    stopped = claim_run_folder(tmp_path, settings, table)
    stopped.__enter__()
    (tmp_path / sign).write_text("{}")
    stopped.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert (tmp_path / sign).is_file()
    with pytest.raises(RunError) as caught:
        open_claimed(tmp_path, learn_at(0.5, settings), table)
    assert "training.learning_rate = 0.5" in caught.value.got
    open_claimed(tmp_path, settings, table)


def test_what_a_killed_writer_left_in_a_finished_run_goes(
    settings: dict[str, Any], table: dict[str, Any], tmp_path: Path
) -> None:
    open_run_folder(tmp_path, settings, table)
    (tmp_path / "done.json").write_text("{}")
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    (tmp_path / f".{dead.pid}.operating.json").write_text("half")
    before = sorted(path.name for path in tmp_path.iterdir() if path.name[0] != ".")
    open_claimed(tmp_path, settings, table)
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_an_empty_folder_is_a_new_one(
    tmp_path: Path, settings: dict[str, Any], table: dict[str, Any]
) -> None:
    open_claimed(tmp_path, settings, table)


@pytest.mark.parametrize("name", ["settings.json", "thesis.tex"])
def test_another_programs_folder_is_not_touched(
    name: str, tmp_path: Path, settings: dict[str, Any], table: dict[str, Any]
) -> None:
    (tmp_path / name).write_text("{}")
    with pytest.raises(RunError) as caught:
        open_claimed(tmp_path, settings, table)
    assert name in caught.value.got
    assert [entry.name for entry in tmp_path.iterdir()] == [name]


def test_a_setting_that_came_later_is_as_if_at_its_default(
    tmp_path: Path, settings: dict[str, Any], table: dict[str, Any]
) -> None:
    older = json.loads(json.dumps(settings))
    del older["recipe"]["training"]["teacher_cells"]
    open_run_folder(tmp_path, older, table)
    open_run_folder(tmp_path, settings, table)
    changed = json.loads(json.dumps(settings))
    changed["recipe"]["training"]["teacher_cells"] = "known"
    with pytest.raises(RunError, match=r"teacher_cells = 'known' \(there: 'unknown'\)"):
        open_run_folder(tmp_path, changed, table)
