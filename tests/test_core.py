"""Every command on sources and tables works where no optional part is installed.

``make core`` runs this in an environment of the core alone; elsewhere the modules are hidden.
"""

import os
import shutil
import subprocess
import sys

import pytest

from labelassemble.cli.dispatch import COMMANDS, RECIPE_COMMANDS
from labelassemble.errors import EXTRAS
from labelassemble.pipeline.assemble_sources import assemble_sources
from labelassemble.recipe import read_recipe
from labelassemble_phantoms.hospitals import simulate_hospitals

CORE = os.environ.get("LABELASSEMBLE_CORE")
"""Python of an environment of the core alone."""

HIDDEN = f"""
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {[name for one in EXTRAS.values() for name in one.modules]}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Absent())
"""
COMMAND = "import sys; from labelassemble.cli import main; sys.exit(main(sys.argv[1:]))"

TABLE_COMMANDS = {
    "sources": ["sources"],
    "vocabulary": ["vocabulary"],
    "identify": ["identify", "{hospitals}/north"],
    "draft": ["draft", "{hospitals}/north", "--force", "--output", "{hospitals}/draft.toml"],
    "check": ["check", "{hospitals}/north/manifest.toml", "{hospitals}/north"],
    "unpack": ["unpack", "{hospitals}/packed/north.zip", "{hospitals}/loose"],
    "assemble": ["assemble", "{hospitals}/recipe.toml"],
    "audit": ["audit", "{hospitals}/results"],
    "export": ["export", "{hospitals}/results", "csv", "{hospitals}/table.csv"],
}
NEED_TRAIN = (
    "advise",
    "pretrain",
    "train",
    "evaluate",
    "report",
    "run",
    "predict",
    "submit run",
    "submit predict",
    "explain",
    "review",
    "recalibrate",
    "pack",
    "reproduce",
    "card",
    "push",
    "dicom answer",
    "export-model",
    "benchmark-model",
    "dicom listen",
    "serve",
    "add-class",
    "add-source",
    "demo",
)
"""Commands that train, or read what was trained."""
NEED_PHANTOMS = ("demo", "simulate")


def run(words: list[str]) -> "subprocess.CompletedProcess[str]":
    given = CORE or sys.executable
    code = COMMAND if CORE else HIDDEN + COMMAND
    return subprocess.run([given, "-c", code, *words], capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def hospitals(tmp_path_factory):
    folder = tmp_path_factory.mktemp("core") / "hospitals"
    assemble_sources(read_recipe(simulate_hospitals(folder, 40, 40, size=32, seed=0)))
    (folder / "packed").mkdir()
    shutil.make_archive(str(folder / "packed" / "north"), "zip", folder / "north")
    return folder


def test_every_command_is_of_a_table_or_needs_more():
    others = {name for name in (*COMMANDS, *RECIPE_COMMANDS) if name not in TABLE_COMMANDS}
    assert others == {*NEED_TRAIN, *NEED_PHANTOMS, "doctor"}


def test_doctor_tells_what_is_not_there():
    done = run(["doctor"])
    # Packages that are only hidden are there, and broken.
    assert done.returncode == (0 if CORE else 1), done.stdout
    assert "torch" in done.stdout
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("words", TABLE_COMMANDS.values(), ids=TABLE_COMMANDS)
def test_table_commands(hospitals, words):
    done = run([word.format(hospitals=hospitals) for word in words])
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ("train", ["train", "{hospitals}/recipe.toml"]),
        ("train", ["predict", "a", "b.png"]),
        ("train", ["recalibrate", "a", "b.csv"]),
        ("train", ["pack", "a", "b.laz"]),
        ("train", ["reproduce", "a", "--output", "b"]),
        ("train", ["card", "a"]),
        ("train", ["push", "a", "me/chest"]),
        ("dicom", ["dicom", "answer", "a", "b.dcm", "--output", "{hospitals}/answers"]),
        ("dicom", ["dicom", "listen", "a", "--queue", "{hospitals}/queue", "--send-to", "A@b:1"]),
        ("serve", ["serve", "a"]),
        ("train", ["add-class", "a", "{hospitals}/north/manifest.toml", "mass", "--quick"]),
        ("train", ["demo", "--output", "{hospitals}/demo"]),
        ("phantoms", ["simulate", "{hospitals}/more"]),
        ("phantoms", ["simulate", "{hospitals}/more", "--region", "abdomen"]),
    ],
    ids=lambda given: given if isinstance(given, str) else "-".join(given[::2]),
)
def test_a_command_that_needs_more_says_so_in_one_sentence(hospitals, extra, words):
    before = sorted(hospitals.iterdir())
    done = run([word.format(hospitals=hospitals) for word in words])
    assert done.returncode == 2
    assert f"pip install 'labelassemble[{extra}]'" in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(hospitals.iterdir()) == before


SCORE = """
import sys
import labelassemble as la
table = la.assemble(sys.argv[1])
chance = table.records.select("record").with_columns(mass=0.5)
scores = la.evaluate(chance, table, settings=None)
print(scores.filter(source="all")["class"].to_list(), file=sys.stderr)
assert scores.filter(source="all", **{"class": "mass"})["auroc_score"].item() == 0.5
"""


def test_python_has_tables_and_scores(hospitals):
    given = [CORE or sys.executable, "-c", SCORE if CORE else HIDDEN + SCORE]
    done = subprocess.run(
        [*given, str(hospitals / "recipe.toml")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
