"""A run folder and what it was made with: resume, return at once, or refuse."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import RunError
from labelassemble.inference.neighbours import NEIGHBOURS
from labelassemble.inference.operating_file import OPERATING
from labelassemble.inference.unlike import UNLIKE
from labelassemble.settings import Recipe, RunSettings
from labelassemble.storage.sums import SUMS, verify
from labelassemble.storage.write_aside import write_text

SETTINGS, TABLE, DONE = "settings.json", "table.json", "done.json"
LOG, PREDICTIONS, CARD = "log.csv", "predictions.parquet", "card.md"
CANDIDATES, LEARNED, SOFT_LABELS = "candidates.parquet", "learned.parquet", "soft_labels.parquet"
TEACHERS, CAME_FROM, PROTOTYPES = "teachers.json", "came_from.json", "prototypes.csv"
LICENCES, MADE_WITH = "licences.json", "made_with.json"
CHECKPOINTS, TENSORBOARD, MLFLOW = "checkpoints", "tensorboard", "mlflow.json"
LAST, BEST = "last.ckpt", "best.ckpt"

CONTENTS = (
    DONE,
    CHECKPOINTS,
    LOG,
    PREDICTIONS,
    CANDIDATES,
    PROTOTYPES,
    CARD,
    TENSORBOARD,
    MLFLOW,
    LEARNED,
    SOFT_LABELS,
    TEACHERS,
    CAME_FROM,
    LICENCES,
    MADE_WITH,
    OPERATING,
    UNLIKE,
    NEIGHBOURS,
    TABLE,
    SETTINGS,
    SUMS,
)
"""Everything that a run folder holds; the sign that it is finished goes first."""


def describe_settings(recipe: Recipe, run: RunSettings) -> dict[str, Any]:
    """Give the resolved recipe and run as ``settings.json`` holds them."""
    return {"recipe": recipe.model_dump(mode="json"), "run": run.model_dump(mode="json")}


def describe_contents(table: AssembledTable, contents: Mapping[str, str]) -> dict[str, Any]:
    """Give the table's manifest, and a fingerprint of what the run learns from.

    The fingerprint covers classes, order, splits, image files and known labels of the images
    given; a table without its test split (see ``select.py``) keeps its fingerprint when test
    labels change. ``fingerprint_of_labels`` is the same without files, for who has not read them.

    Args:
        table: what the run learns from.
        contents: image to the hash of its file, and of what else belongs to it.
    """
    return {
        "fingerprint": _fingerprint(table, contents),
        "fingerprint_of_labels": _fingerprint(table, {}),
        "classes": list(table.classes),
        "manifest": table.manifest,
    }


def _fingerprint(table: AssembledTable, contents: Mapping[str, str]) -> str:
    print_of_table = hashlib.sha256(json.dumps(table.classes).encode())
    content = [contents.get(name) for name in table.records["record"]]
    known = table.cells.filter(pl.col("label").is_not_null()).select("record", "class", "label")
    for frame in (
        table.records.select(
            "record", "source", "split", pl.Series("content", content, dtype=pl.String)
        ),
        known.sort("record", "class"),
    ):
        print_of_table.update(frame.write_csv().encode())
    return print_of_table.hexdigest()


def is_done(folder: Path) -> bool:
    """Tell whether the run in this folder is finished."""
    return (folder / DONE).is_file()


def has_learned(folder: Path) -> bool:
    """Tell whether the run in this folder came to the end of an epoch."""
    return any((folder / name).is_file() for name in (DONE, LOG, f"{CHECKPOINTS}/{LAST}"))


def write_json(content: Mapping[str, Any], path: Path) -> None:
    """Write JSON aside, then rename it."""
    write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", path)


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON file of a run folder.

    Raises:
        RunError: it is missing or damaged.
    """
    try:
        content = json.loads(verify(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _damaged(path, str(error)) from error
    if not isinstance(content, dict):
        raise _damaged(path, f"a {type(content).__name__}")
    return content


def _damaged(path: Path, got: str) -> RunError:
    return RunError(f"a run's {path.name} at {path}", got, "Start again: --training.no-resume")
