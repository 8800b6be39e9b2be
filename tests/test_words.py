"""No public name is defined twice."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from tests.code_files import CODE_FILES, PACKAGE, ROOT

DOORS = {"api"}
"""Packages whose functions may have the names of what they stand before."""


def public_names(path: Path) -> Iterator[str]:
    """Give the public names that a file defines, not those that it imports."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names = [node.name]
        elif isinstance(node, ast.Assign):
            names = [one.id for one in node.targets if isinstance(one, ast.Name)]
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names = [node.target.id]
        else:
            continue
        yield from (name for name in names if not name.startswith("_"))


def test_no_public_name_is_defined_twice() -> None:
    where = defaultdict(list)
    for path in CODE_FILES:
        if not any(path.is_relative_to(PACKAGE / door) for door in DOORS):
            for name in public_names(path):
                where[name].append(str(path.relative_to(ROOT)))
    assert len(where) > 1000
    twice = {name: places for name, places in where.items() if len(places) > 1}
    assert not twice, f"rename one, or begin it with _ where no other file needs it: {twice}"
