"""The blocks of docs/python.md that need no files run, and print what stands there."""

import re
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs" / "python.md"


def test_blocks_print_what_stands_there(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```(python|text)\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.S)
    code = [text for kind, text in blocks if kind == "python"][1:]
    names: dict[str, object] = {}
    for block in code:
        exec(block, names)
    (printed,) = (text for kind, text in blocks if kind == "text")
    assert capsys.readouterr().out == printed
    assert "scores" in names
