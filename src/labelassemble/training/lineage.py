"""What a run has seen: itself, and through the runs that it began with or was taught by."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from labelassemble.assembly.seen_images import SEEN_COLUMNS, SeenByRun
from labelassemble.errors import RunError
from labelassemble.images.fingerprint import FINGERPRINTING
from labelassemble.inference.frame_file import read_frame
from labelassemble.model.fetch_weights import HUB
from labelassemble.recipe import drop_former_settings
from labelassemble.settings import Recipe
from labelassemble.training.run_folder import (
    BEST,
    CHECKPOINTS,
    LEARNED,
    SETTINGS,
    TABLE,
    read_json,
)

LOOKS = f"fingerprint_v{FINGERPRINTING}"
"""Only fingerprints of one version can be compared."""

LEARNED_COLUMNS = {
    (LOOKS if name == "fingerprint" else name): of for name, of in SEEN_COLUMNS.items()
}
"""Columns of ``learned.parquet``: ``SEEN_COLUMNS``; or a row with the path of a network that it
started from, of which nobody knows what it saw (``UNTOLD``)."""

UNTOLD = "untold"
TAUGHT = "taught by"
TRAINED = ("train", "inherited train")
"""Learned from: by the run, or by a run that it started from or was taught by."""


class Beginning(NamedTuple):
    """What a run begins with.

    Attributes:
        how: ``started from``, ``with weights of`` or ``TAUGHT``.
        place: a run folder, or a checkpoint.
    """

    how: str
    place: Path


def find_run(start: Path) -> Path | None:
    """Give the run folder that a path names, itself or by a checkpoint in it; None: it is in none.

    Args:
        start: as ``training.start_from`` and ``assembly.keep_split`` take it; links count.
    """
    # A link to a checkpoint lies in no run, and what it leads to may.
    for place in (start, start.resolve()):
        run = place if place.is_dir() else place.parent.parent
        named = place.is_dir() or place.parent.name == CHECKPOINTS
        if named and any((run / name).is_file() for name in (LEARNED, SETTINGS, TABLE)):
            return run
    return None


def list_beginnings(recipe: Recipe) -> list[Beginning]:
    """List what a new run begins with, of which a run tells what it saw, and who teaches it.

    Published weights, of which nobody tells, are not listed; a checkpoint to start from is.

    Args:
        recipe: of the new run.
    """
    training, weights = recipe.training, recipe.model.pretrained
    found = []
    if training.start_from is not None:
        found.append(Beginning("started from", training.start_from))
    if weights is not None:
        place = Path(weights.removeprefix(HUB)).expanduser()
        if find_run(place) is not None:
            found.append(Beginning("with weights of", place))
    if recipe.detection.task != "detection":  # Nobody teaches to find lesions.
        found += [Beginning(TAUGHT, run) for run in training.teachers]
    return found


def find_checkpoint(start: Path) -> Path:
    """Give the best checkpoint of a run folder; any other path is a checkpoint's own."""
    return start / CHECKPOINTS / BEST if start.is_dir() else start


def inherit(beginnings: Sequence[Beginning]) -> pl.DataFrame:
    """Give what a run's beginnings have seen: ``SEEN_COLUMNS``, each row inherited or untold.

    Args:
        beginnings: ``list_beginnings``.

    Raises:
        RunError: a run folder without a readable account of what it saw.
    """
    seen = []
    for how, place in beginnings:
        run = place if how == TAUGHT else find_run(place)
        untold = pl.DataFrame([{"record": str(place), "split": UNTOLD}], schema=SEEN_COLUMNS)
        seen.append(untold if run is None else read_seen(run).images)
    split = pl.col("split").replace({one: f"inherited {one}" for one in ("train", "validate")})
    every = pl.concat([pl.DataFrame(schema=SEEN_COLUMNS), *seen])
    every = every.filter(pl.col("split") != "test").with_columns(split)
    # Fingerprints are kept once: an image that was seen twice has one in one of its rows.
    by_fingerprint = every.sort(pl.col("fingerprint").is_null(), maintain_order=True)
    named = [name for name in SEEN_COLUMNS if name != "fingerprint"]
    return by_fingerprint.unique(named, keep="first", maintain_order=True)


def read_seen(run: Path) -> SeenByRun:
    """Read what a run has seen, its own beginnings included.

    Raises:
        RunError: the account is missing, damaged or of an earlier version.
    """
    place = run / LEARNED
    if not place.is_file() and find_run(run) is None:
        raise RunError(
            f"a run folder at {run}",
            "no such folder" if not run.is_dir() else "a folder without settings.json",
            "Name a folder below OUTPUT/runs, such as OUTPUT/runs/masked-seed0",
        )
    if place.is_file() and _is_earlier(place):
        raise RunError(
            f"a run that tells patients and looks of the images that it has seen, at {run}",
            f"{LEARNED} of an earlier version, which tells hashes of files alone",
            "Train it again with this version: labelassemble train, with the recipe in its "
            f"{SETTINGS}",
        )
    images = read_frame(place, LEARNED_COLUMNS, "what a run learned from")
    manifest = read_json(run / TABLE).get("manifest")
    return SeenByRun(
        run=run.name,
        sha256=hashlib.sha256(place.read_bytes()).hexdigest(),
        ids_key=key_of(manifest),
        images=images.rename({LOOKS: "fingerprint"}),
    )


def read_kept(recipe: Recipe, ids_key: str | None) -> SeenByRun | None:
    """Read what the runs have seen whose splits a table is to keep; None: no run is named.

    Args:
        recipe: ``assembly.keep_split``, or else the runs that the new one begins with.
        ids_key: fingerprint of the key that hashes the table's ids; None: none does.

    Raises:
        RunError: no run, or one that does not tell what it saw, or whose ids are hashed otherwise.
    """
    runs = [find_run(one) or one for one in recipe.assembly.keep_split]
    if not runs:
        begun = [one.place for one in list_beginnings(recipe) if one.how != TAUGHT]
        runs = [run for run in map(find_run, begun) if run is not None]
    # One that is named twice, by a link too, counts by its first name.
    each = [read_seen(run) for run in {run.resolve(): run for run in reversed(runs)}.values()][::-1]
    for seen in each:
        refuse_other_ids(seen, ids_key)
    if not each:
        return None
    return SeenByRun(
        run=" + ".join(dict.fromkeys(seen.run for seen in each)),
        sha256=" + ".join(seen.sha256 for seen in each),
        ids_key=ids_key,
        images=pl.concat([seen.images for seen in each]),
    )


def refuse_other_ids(seen: SeenByRun, ids_key: str | None) -> None:
    """Refuse a run whose names of patients cannot be compared with a table's.

    Raises:
        RunError: one has hashes and the other has not, or hashes of another key.
    """
    if seen.ids_key != ids_key and not seen.images.is_empty():
        told = {
            key: "no hashes" if key is None else f"hashes of the key {key}"
            for key in (seen.ids_key, ids_key)
        }
        raise RunError(
            f"ids of the same kind in the table and in the run {seen.run} (assembly.ids_key)",
            f"{told[ids_key]} in the table, {told[seen.ids_key]} in the run",
            "Give both recipes the same assembly.ids_key, or train that run again with it: "
            "who is the same patient is not known otherwise",
        )


def read_recipe_of(run: Path) -> dict[str, Any]:
    """Read the recipe of a run folder, as JSON, without settings that are none any more.

    Raises:
        RunError: the run's settings are missing or damaged.
    """
    recipe = read_json(run / SETTINGS).get("recipe")
    if not isinstance(recipe, dict):
        raise RunError(
            f"a run's settings at {run / SETTINGS}",
            "JSON without a recipe",
            "The folder is damaged: take another run, or train that one again",
        )
    return drop_former_settings(recipe)


def _is_earlier(place: Path) -> bool:
    try:
        with place.open("rb") as file:
            return "content" in pl.read_parquet_schema(file)
    except (OSError, pl.exceptions.PolarsError):
        return False


def key_of(manifest: object) -> str | None:
    """Fingerprint of the key that hashed a table's ids."""
    settings = manifest.get("settings") if isinstance(manifest, Mapping) else None
    key = settings.get("ids_key") if isinstance(settings, Mapping) else None
    return None if key is None else str(key)
