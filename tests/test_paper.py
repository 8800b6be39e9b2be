"""PAPER.md and the code say the same: every formula, its function, its test."""

import ast
import re

import pytest
from tests.code_files import CODE_FILES, PACKAGE, ROOT

ROW = re.compile(r"^\| [^|]+ \| `(?P<file>[\w/]+\.py)::(?P<name>\w+)` \| `(?P<test>[\w/]+\.py)")


def formulas_in_docstrings() -> set[str]:
    found = set()
    for path in CODE_FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                text = ast.get_docstring(node) or ""
                if re.search(r"^\s*Paper: ", text, re.MULTILINE):
                    found.add(f"{path.relative_to(PACKAGE).as_posix()}::{node.name}")
    return found


def rows_of_paper() -> list[dict[str, str]]:
    lines = (ROOT / "PAPER.md").read_text(encoding="utf-8").splitlines()
    return [match.groupdict() for line in lines if (match := ROW.match(line))]


def test_every_formula_has_its_row_and_every_row_its_formula() -> None:
    rows = {f"{row['file']}::{row['name']}" for row in rows_of_paper()}
    assert rows, "PAPER.md lists no formula"
    assert rows == formulas_in_docstrings()


@pytest.mark.parametrize("row", rows_of_paper(), ids=lambda row: row["name"])
def test_the_test_named_exists_and_mentions_the_formula(row: dict[str, str]) -> None:
    test = ROOT / row["test"]
    assert test.is_file()
    assert row["name"] in test.read_text(encoding="utf-8")
