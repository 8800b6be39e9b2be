import os
from pathlib import Path
from typing import Any

import pytest
from lightning.pytorch import Trainer

from labelassemble.training.checkpoint import save_checkpoints


class Writer(Trainer):
    """Saves a word, or fails half-way."""

    def __init__(self, content: str, is_first: bool = True, fails: bool = False) -> None:
        self.content, self.is_first, self.fails = content, is_first, fails

    @property
    def is_global_zero(self) -> bool:
        return self.is_first

    def save_checkpoint(self, filepath: Any, *_: Any, **__: Any) -> None:
        if self.is_first:
            Path(filepath).write_text(self.content)
        if self.fails:
            raise OSError("disk full")


@pytest.mark.parametrize("links", [True, False])
def test_last_moves_on_and_best_stays(
    links: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not links:

        def refuse(*_: object) -> None:
            raise OSError("no links here")

        monkeypatch.setattr(os, "link", refuse)
    for content, is_best in (("one", True), ("two", True), ("three", False)):
        save_checkpoints(Writer(content), tmp_path, is_best)
    assert (tmp_path / "last.ckpt").read_text() == "three"
    assert (tmp_path / "best.ckpt").read_text() == "two"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["best.ckpt", "last.ckpt"]


def test_a_file_that_a_crash_left_behind_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / ".best.ckpt.aside").write_text("half")
    (tmp_path / ".last.ckpt.aside").write_text("half")
    save_checkpoints(Writer("whole"), tmp_path, is_best=True)
    assert (tmp_path / "best.ckpt").read_text() == "whole"


def test_a_crash_while_saving_leaves_the_last_one(tmp_path: Path) -> None:
    save_checkpoints(Writer("one"), tmp_path, is_best=True)

    with pytest.raises(OSError, match="disk full"):
        save_checkpoints(Writer("tw", fails=True), tmp_path, is_best=True)
    assert (tmp_path / "last.ckpt").read_text() == "one"
    assert (tmp_path / "best.ckpt").read_text() == "one"


def test_other_processes_write_nothing(tmp_path: Path) -> None:
    save_checkpoints(Writer("x", is_first=False), tmp_path, is_best=True)
    assert list(tmp_path.iterdir()) == []
