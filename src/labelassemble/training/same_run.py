"""Whether a run folder is of the same settings and table."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from labelassemble.errors import RunError, some
from labelassemble.recipe import add_later_settings
from labelassemble.training.run_folder import SETTINGS, TABLE, read_json

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
    "training.mlflow",
    "training.tensorboard",
}
"""Settings of those tables that do not."""


def refuse_other_settings(folder: Path, settings: Mapping[str, Any]) -> None:
    """Refuse a run folder of other settings.

    Raises:
        RunError: names those that differ.
    """
    saved = read_json(folder / SETTINGS)
    saved = {**saved, "recipe": add_later_settings(saved.get("recipe", {}))}
    before, now = flatten_settings(saved), flatten_settings(settings)
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


def flatten_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings that change what is learned, as ``table.key`` to value."""
    recipe, run = settings.get("recipe", {}), settings.get("run", {})
    flat = {f"run.{key}": value for key, value in run.items()}
    dense = recipe.get("detection", {}).get("task") == "detection"
    for name in (*MATTERS, *(DENSE_MATTERS if dense else ())):
        for key, value in recipe.get(name, {}).items():
            if f"{name}.{key}" not in INDIFFERENT:
                flat[f"{name}.{key}"] = value
    return flat


def _say(settings: Mapping[str, Any], key: str) -> str:
    return repr(settings[key]) if key in settings else "not set"
