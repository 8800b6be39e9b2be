"""The walk of docs/add.md, from three hospitals to a packed model, on fewer patients."""

import re
import shlex
from pathlib import Path

import pytest
from tests.docs.test_blocks import ROOT, read_commands

from labelassemble.cli import main

PAGE = ROOT / "docs" / "add.md"
WALK = ("## Three hospitals, a fourth one, and a further disease", "## Measured")
FEWER = {
    "--patients 200 --test-patients 300": "--patients 24 --test-patients 24 --workers 1",
    "--patients 150 --test-patients 1": "--patients 24 --test-patients 1 --workers 1",
    "--size 64": "--size 32",
    "--training.epochs 8": "--training.epochs 1 --images.size 32 --evaluation.replicates 20",
    "--epochs 4": "--epochs 1",
}
"""What the page says, and what is enough to walk it."""


def test_the_walk_of_the_page_can_be_walked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "walk.md"
    page.write_text(PAGE.read_text("utf-8").split(WALK[0])[1].split(WALK[1])[0], "utf-8")
    lines = list(read_commands(page))
    walked = "\n".join(lines)
    for words, fewer in FEWER.items():
        assert words in walked, words
        walked = walked.replace(words, fewer)
    monkeypatch.chdir(tmp_path)
    for line in walked.splitlines():
        capsys.readouterr()
        assert main(shlex.split(line)) == 0, f"{line}\n{capsys.readouterr().err}"
    rows = capsys.readouterr().out.splitlines()
    assert lines[-1].startswith("predict chest.laz ")
    assert "pneumothorax" in rows[0].split(",")
    assert re.fullmatch(r"fourth/west/images/W\d+_\d+\.png,(0\.\d{4},){8}.*", rows[1])
