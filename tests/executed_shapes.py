"""Shapes in signatures are executed: ``pytest -p tests.executed_shapes``.

Only modules that name shapes are watched: a call that is costs ten times as much. What the others
say of their arguments is held by mypy.
"""

import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from jaxtyping import install_import_hook

PACKAGES = ("labelassemble", "labelassemble_phantoms")
_IMPORT = re.compile(r"^from (\S+) import (\([^)]*\)|.*)", re.M)
_SHAPE = re.compile(r"^(\w+) = .*\b(?:Bool|Float|Int|Num|Real|Shaped|UInt)\d*\[", re.M)


def read_modules(package: str) -> Iterator[tuple[str, str]]:
    """Name and text of every module of a package, which stays unimported."""
    found = find_spec(package)
    assert found is not None
    assert found.submodule_search_locations
    for folder in map(Path, found.submodule_search_locations):
        for path in sorted(folder.rglob("*.py")):
            parts = path.relative_to(folder).with_suffix("").parts
            yield ".".join((package, *parts)), path.read_text("utf-8")


def names_shapes(text: str, shapes: set[tuple[str, str]]) -> bool:
    """Whether a module imports jaxtyping, or a name for a shape from one that does."""
    return any(
        module == "jaxtyping" or any((module, name) in shapes for name in re.findall(r"\w+", names))
        for module, names in _IMPORT.findall(text)
    )


def list_shaped() -> list[str]:
    """Names of the modules whose signatures have shapes."""
    texts = dict(module for package in PACKAGES for module in read_modules(package))
    shapes = {(module, name) for module, text in texts.items() for name in _SHAPE.findall(text)}
    return [module for module, text in texts.items() if names_shapes(text, shapes)]


def pytest_load_initial_conftests() -> None:
    """Before anything of the package is imported."""
    install_import_hook(list_shaped(), "beartype.beartype")
