"""What every function and every file of the package has in common."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.code_files import CODE_FILES, PACKAGE, ROOT

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


MAX_DEPTH = 15
"""Files in the longest chain of imports; those inside functions do not count."""


def imported(path: Path) -> Iterator[Path]:
    """Give the files of the package that a file imports as it is loaded itself."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and f"{node.module}.".startswith("labelassemble."):
            place = PACKAGE.parent.joinpath(*str(node.module).split("."))
            for name in (place / one.name for one in node.names):
                files = (name.with_suffix(".py"), place.with_suffix(".py"), place / "__init__.py")
                yield next(file for file in files if file.is_file())


def test_no_chain_of_imports_is_long() -> None:
    @cache
    def depth(path: Path) -> int:
        return 1 + max((depth(one) for one in set(imported(path)) - {path}), default=0)

    depths = {path: depth(path) for path in sorted(PACKAGE.rglob("*.py"))}
    assert max(depths.values()) > 5
    deep = [str(path.relative_to(ROOT)) for path in depths if depths[path] > MAX_DEPTH]
    assert not deep, f"move what they need down, or take a link out: {deep}"
