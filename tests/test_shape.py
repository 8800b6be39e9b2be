"""What every function of the package has in common."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.code_files import CODE_FILES, ROOT

MAX_BY_PLACE = 6
"""Parameters that a call may give by their place, `self` and `cls` not counted."""


def places(path: Path) -> Iterator[tuple[str, list[str]]]:
    """Give each function of a file with the parameters that it takes by place."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            names = [one.arg for one in node.args.posonlyargs + node.args.args]
            yield f"{node.name}, line {node.lineno}", names[names[:1] in (["self"], ["cls"]) :]


def test_long_lists_of_parameters_are_taken_by_keyword() -> None:
    found = {
        f"{path.relative_to(ROOT)}: {name}": names
        for path in CODE_FILES
        for name, names in places(path)
    }
    assert len(found) > 3000
    long = {name: names for name, names in found.items() if len(names) > MAX_BY_PLACE}
    assert not long, f"put * after the few that a reader knows by their place: {long}"
