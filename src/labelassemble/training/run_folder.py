"""A run folder and what it was made with: resume, return at once, or refuse."""

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import RunError, some
from labelassemble.inference.neighbours import NEIGHBOURS
from labelassemble.inference.operating_file import OPERATING
from labelassemble.inference.unlike import UNLIKE
from labelassemble.setting_types import Settings
from labelassemble.settings import Recipe, RunSettings
from labelassemble.training.hold_folder import hold_folder
from labelassemble.write_aside import write_text

SETTINGS, TABLE, DONE = "settings.json", "table.json", "done.json"
LOG, PREDICTIONS, CARD = "log.csv", "predictions.parquet", "card.md"
CANDIDATES, LEARNED, SOFT_LABELS = "candidates.parquet", "learned.parquet", "soft_labels.parquet"
TEACHERS, CAME_FROM, PROTOTYPES = "teachers.json", "came_from.json", "prototypes.csv"
CHECKPOINTS, TENSORBOARD = "checkpoints", "tensorboard"
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
    LEARNED,
    SOFT_LABELS,
    TEACHERS,
    CAME_FROM,
    OPERATING,
    UNLIKE,
    NEIGHBOURS,
    TABLE,
    SETTINGS,
)
"""Everything that a run folder holds; the sign that it is finished goes first."""

MATTERS = ("images", "augment", "model", "losses", "training")
"""Tables of the recipe that change what is learned."""

DENSE_MATTERS = ("detection",)
"""Such tables where the task is detection."""

INDIFFERENT = {
    "detection.window_batch",
    "images.workers",
    "model.weights_cache",
    "training.accelerator",
    "training.resume",
    "training.strategy",
    "training.tensorboard",
}
"""Settings of those tables that do not."""


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


@contextmanager
def claim_run_folder(
    folder: Path, settings: Mapping[str, Any], table: Mapping[str, Any]
) -> Iterator[None]:
    """Open a run folder as ``open_run_folder``, for this process alone as long as it trains.

    Settings of a run that learned nothing, because it was refused or stopped, bind nobody: they
    are forgotten when it ends, or before the next one begins. A finished run is only looked at.

    Raises:
        RunError: as ``open_run_folder``, or another process trains there.
    """
    refuse_foreign(folder)
    if is_done(folder) and settings["recipe"]["training"]["resume"]:
        open_run_folder(folder, settings, table)
        yield
        return
    with hold_folder(folder, forget_unlearned):
        forget_unlearned(folder)
        open_run_folder(folder, settings, table)
        yield


def has_learned(folder: Path) -> bool:
    """Tell whether the run in this folder came to the end of an epoch."""
    return any((folder / name).is_file() for name in (DONE, LOG, f"{CHECKPOINTS}/{LAST}"))


def open_run_folder(folder: Path, settings: Mapping[str, Any], table: Mapping[str, Any]) -> None:
    """Make the run folder, or check that the one there was made with the same settings and table.

    ``training.resume = false`` empties it first, whatever it was made with.

    Args:
        folder: the run folder.
        settings: from ``describe_settings``.
        table: from ``describe_contents``.

    Raises:
        RunError: the folder holds something else, or a run with other settings or another table;
            the message names the settings that differ.
    """
    refuse_foreign(folder)
    if not settings["recipe"]["training"]["resume"]:
        empty_run_folder(folder)
    if (folder / SETTINGS).exists():
        refuse_other_settings(folder, settings)
        refuse_other_table(folder, table)
    else:
        empty_run_folder(folder)
        (folder / CHECKPOINTS).mkdir(parents=True, exist_ok=True)
        write_json(table, folder / TABLE)
        write_json(settings, folder / SETTINGS)


def forget_unlearned(folder: Path) -> None:
    """Delete what a run left that did not come to the end of an epoch."""
    if not has_learned(folder):
        empty_run_folder(folder)
        with suppress(OSError):  # It is not there, or somebody put a file of his own into it.
            folder.rmdir()


def empty_run_folder(folder: Path) -> None:
    """Delete what a run made, and nothing else."""
    for name in CONTENTS:
        place = folder / name
        if place.is_dir():
            shutil.rmtree(place)
        else:
            place.unlink(missing_ok=True)


def write_json(content: Mapping[str, Any], path: Path) -> None:
    """Write JSON aside, then rename it."""
    write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", path)


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON file of a run folder.

    Raises:
        RunError: it is missing or damaged.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _damaged(path, str(error)) from error
    if not isinstance(content, dict):
        raise _damaged(path, f"a {type(content).__name__}")
    return content


def hash_file(path: Path) -> str:
    """Give a file's SHA-256 in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _damaged(path: Path, got: str) -> RunError:
    return RunError(f"a run's {path.name} at {path}", got, "Start again: --training.no-resume")


def refuse_foreign(folder: Path) -> None:
    """Refuse a folder that holds what no run made.

    Raises:
        RunError: names what lies there.
    """
    if folder.exists() and not folder.is_dir():
        got = f"a file at {folder}"
    elif folder.is_dir() and not (folder / TABLE).exists():
        # Names that begin with a dot are locks, and files written aside that a crash left behind.
        names = sorted(entry.name for entry in folder.iterdir() if entry.name[0] != ".")
        # A run writes its table before its settings: settings alone are another program's.
        foreign = [name for name in names if name not in CONTENTS or name == SETTINGS]
        if not foreign:
            return
        absent = TABLE if (folder / SETTINGS).exists() else SETTINGS
        got = f"{folder} holds {some(foreign, 5)} and no {absent}"
    else:
        return
    raise RunError("a new folder, or a run folder", got, "Choose another output folder")


def refuse_other_settings(folder: Path, settings: Mapping[str, Any]) -> None:
    """Refuse a run folder of other settings.

    Raises:
        RunError: names those that differ.
    """
    before, now = _flat(read_json(folder / SETTINGS)), _flat(settings)
    # A setting that came after the run was made had no say in it: as if at its default.
    before = {**_later_settings(before, now), **before}
    differing = [
        f"{key} = {_say(now, key)} (there: {_say(before, key)})"
        for key in sorted({*before, *now})
        if before.get(key) != now.get(key)
    ]
    if differing:
        raise RunError(
            f"the settings that the run at {folder} was made with",
            some(differing, 5),
            "Choose another output folder, give the same settings, or start this run again with "
            "--training.no-resume (every network that the command trains starts again then)",
        )


def refuse_other_table(
    folder: Path, table: Mapping[str, Any], fingerprint: str = "fingerprint"
) -> None:
    """Refuse a run folder of another table.

    Args:
        folder: the run folder.
        table: from ``describe_contents``.
        fingerprint: ``fingerprint_of_labels`` where files have not been read.

    Raises:
        RunError: says what of the table differs.
    """
    before = read_json(folder / TABLE)
    if before.get(fingerprint) == table[fingerprint]:
        return
    if before.get("classes") != table["classes"]:
        old, new = before.get("classes") or [], table["classes"]
        gone = [f"without {name}" for name in old if name not in new]
        come = [f"with {name}" for name in new if name not in old]
        got = f"other classes: {some([*come, *gone]) if come or gone else 'in another order'}"
    else:
        got = "the same classes, but other images, splits or labels"
    raise RunError(
        f"the assembled table that the run at {folder} was made with",
        got,
        "Choose another output folder, or start this run again with --training.no-resume",
    )


def _flat(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings that change what is learned, as ``table.key`` to value."""
    recipe, run = settings.get("recipe", {}), settings.get("run", {})
    flat = {f"run.{key}": value for key, value in run.items()}
    dense = recipe.get("detection", {}).get("task") == "detection"
    for name in (*MATTERS, *(DENSE_MATTERS if dense else ())):
        for key, value in recipe.get(name, {}).items():
            if f"{name}.{key}" not in INDIFFERENT:
                flat[f"{name}.{key}"] = value
    return flat


def _later_settings(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """Defaults of the settings that only one of the two has."""
    defaults: dict[str, Any] = {}
    for place in now.keys() - before.keys():
        table, key = place.split(".", 1)
        model = Recipe.model_fields.get(table)
        if model is not None and isinstance(model.default, Settings):
            told = model.default.model_dump(mode="json")
            if key in told:
                defaults[place] = told[key]
    return defaults


def _say(settings: Mapping[str, Any], key: str) -> str:
    return repr(settings[key]) if key in settings else "not set"
