"""The public names, and what is loaded for them."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

import labelassemble as la
from labelassemble.errors import ExtraError, missing_extra

ROOT = Path(la.__file__).parent


def run_python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", la.PUBLIC)
def test_a_public_name_is_defined_where_it_is_said_and_documented(name):
    value = getattr(la, name)
    assert value.__module__ == la.PUBLIC[name]
    assert value.__doc__
    assert name in dir(la)


def test_type_checkers_see_the_same_names():
    tree = ast.parse((ROOT / "__init__.py").read_text())
    guarded = next(node for node in tree.body if isinstance(node, ast.If))
    seen = {
        alias.name: f"{node.module}"
        for node in guarded.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert seen == la.PUBLIC


def test_a_name_that_is_none():
    with pytest.raises(AttributeError, match="no attribute 'asemble'"):
        _ = la.asemble


def test_tables_are_made_without_torch_and_importing_loads_nothing():
    code = """
import json, sys
import labelassemble as la
first = [name for name in ("torch", "polars", "numpy", "pydantic") if name in sys.modules]
la.Recipe, la.assemble, la.read_table, la.evaluate, la.compare, la.check_source
la.recipe_from_frames, la.load_vocabulary
heavy = [name for name in ("torch", "lightning", "monai") if name in sys.modules]
print(json.dumps([first, heavy]))
"""
    assert json.loads(run_python(code)) == [[], []]


def test_a_part_that_is_not_installed_is_named():
    code = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "torch":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Absent())
import labelassemble as la
try:
    la.Predictor
except ImportError as error:
    assert isinstance(error, la.LabelAssembleError)
    print(error)
"""
    assert "pip install 'labelassemble[train]'" in run_python(code)


def test_other_modules_belong_to_no_part():
    assert missing_extra(ModuleNotFoundError("No module named 'mine'", name="mine")) is None
    error = missing_extra(ModuleNotFoundError("No module named 'monai.x'", name="monai.x"))
    assert isinstance(error, ExtraError)
    assert "monai" in error.expected
    error = missing_extra(ModuleNotFoundError("No", name="labelassemble_phantoms.hospitals"))
    assert isinstance(error, ExtraError)
    assert "pip install 'labelassemble[phantoms]'" in error.do
