"""What a run has seen: itself, and through the runs that it began with or was taught by."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import RunError, some
from labelassemble.images.store import ImageStore
from labelassemble.inference.frame_file import read_frame, write_frame
from labelassemble.settings import TrainingSettings
from labelassemble.training.run_folder import CHECKPOINTS, LEARNED, SETTINGS, read_json

LEARNED_COLUMNS = {"content": pl.String, "split": pl.String}
"""Columns of ``learned.parquet``: SHA-256 of every image file that a run saw, and how (``SPLITS``);
or the path of a network that it started from, of which nobody knows what it saw (``UNTOLD``)."""

UNTOLD = "untold"
TRAINED = ("train", "inherited train")
"""Learned from: by the run, or by a run that it started from or was taught by."""


def inherit(start_from: Path | None, teachers: Sequence[Path]) -> pl.DataFrame:
    """Give what a run's beginnings have seen: ``LEARNED_COLUMNS``, each row inherited or untold.

    Args:
        start_from: the checkpoint that it starts from.
        teachers: run folders.

    Raises:
        RunError: a run folder without a readable account of what it saw.
    """
    seen = [images_seen(run) for run in teachers]
    if start_from is not None:
        run = start_from.parent.parent
        told = start_from.parent.name == CHECKPOINTS and (run / LEARNED).is_file()
        untold = pl.DataFrame([[str(start_from), UNTOLD]], LEARNED_COLUMNS, orient="row")
        seen.append(images_seen(run) if told else untold)
    split = pl.col("split").replace({one: f"inherited {one}" for one in ("train", "validate")})
    return pl.concat([pl.DataFrame(schema=LEARNED_COLUMNS), *seen]).with_columns(split).unique()


def images_seen(run: Path) -> pl.DataFrame:
    """Read what a finished run has seen, its own beginnings included: ``LEARNED_COLUMNS``.

    Raises:
        RunError: the account is missing or damaged.
    """
    own = read_frame(run / LEARNED, LEARNED_COLUMNS, "what a run learned from")
    if not own["split"].is_in(["train", "validate"]).all():
        return own
    # Of a run that began with nobody, or of one that did not yet tell of its beginnings.
    training = read_recipe_of(run).get("training", {})
    start = training.get("start_from")
    beginnings = inherit(start and Path(start), [Path(one) for one in training.get("teachers", ())])
    return pl.concat([own, beginnings])


def read_recipe_of(run: Path) -> dict[str, Any]:
    """Read the recipe of a run folder, as JSON.

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
    return recipe


def refuse_seen(
    seen: pl.DataFrame, run: str, table: AssembledTable, store: ImageStore, do: str
) -> None:
    """Refuse what has seen images of the test split, in training or to choose its best epoch.

    Args:
        seen: ``LEARNED_COLUMNS``.
        run: what it is, for the error.
        table: whose test split is held out.
        store: its images.
        do: what to do about it.

    Raises:
        RunError: names the images.
    """
    met = set(seen.filter(pl.col("split") != UNTOLD)["content"])
    test = table.records.filter(pl.col("split") == "test")["record"]
    common = [name for name in test if store.content.get(name) in met]
    if common:
        own = set(seen.filter(pl.col("split").is_in(["train", "validate"]))["content"])
        through = (
            ""
            if any(store.content.get(name) in own for name in common)
            else (", through the runs that it began with or was taught by")
        )
        raise RunError(
            f"{run} that learned from no image of the test split",
            f"{len(common):,} of {len(test):,} that it has seen{through}: {some(common, 5)}",
            do,
        )


def write_learned(
    table: AssembledTable, store: ImageStore, training: TrainingSettings, path: Path
) -> None:
    """Write which image files a run saw in which split, for runs that it may teach."""
    own = table.records.select(
        content=pl.Series(
            [store.content.get(name) for name in table.records["record"]], dtype=pl.String
        ),
        split=pl.col("split").cast(pl.String),
    ).drop_nulls()
    frame = pl.concat([own, inherit(training.start_from, training.teachers)])
    write_frame(frame.sort("content", "split"), LEARNED_COLUMNS, path)
