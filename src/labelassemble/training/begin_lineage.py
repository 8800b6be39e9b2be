"""A run tells what it sees, for runs that will begin with it or be taught by it."""

from pathlib import Path

import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.assembly.seen_by_run import known_as
from labelassemble.assembly.seen_images import SEEN_COLUMNS
from labelassemble.images.store import ImageStore
from labelassemble.inference.frame_file import write_frame
from labelassemble.settings import Recipe
from labelassemble.training.came_from import trace_origins
from labelassemble.training.licence_ledger import make_ledger
from labelassemble.training.lineage import LEARNED_COLUMNS, LOOKS, inherit, list_beginnings
from labelassemble.training.refuse_seen import describe_files, read_manifests, refuse_start
from labelassemble.training.run_folder import CAME_FROM, LEARNED, LICENCES, write_json


def begin_lineage(
    recipe: Recipe,
    table: AssembledTable,
    learnable: AssembledTable,
    store: ImageStore | None,
    folder: Path,
    first: bool,
) -> None:
    """Refuse to start from what saw test images, and write what the run sees and comes from.

    It is done before the first step: what a run begins with may be gone when it is finished.

    Args:
        recipe: all settings.
        table: the assembled table.
        learnable: what of it the run may learn from and choose its epoch on.
        store: decoded images; of volumes it holds none.
        folder: the run folder; a run that is resumed has written it.
        first: whether this process writes.

    Raises:
        RunError: names the images.
    """
    if (folder / LEARNED).is_file():
        return
    files = describe_files(recipe, table, store)
    refuse_start(recipe, table, files)
    if first:
        before = list_beginnings(recipe)
        write_json(make_ledger(recipe, learnable), folder / LICENCES)
        write_json({"came_from": trace_origins(before)}, folder / CAME_FROM)
        seen = pl.concat([list_own(recipe, table, learnable, files), inherit(before)])
        write_learned(seen, folder / LEARNED)


def list_own(
    recipe: Recipe, table: AssembledTable, learnable: AssembledTable, files: pl.DataFrame
) -> pl.DataFrame:
    """List what a run sees of its own table, and what that holds out: ``SEEN_COLUMNS``.

    Args:
        recipe: all settings.
        table: the assembled table.
        learnable: what of it the run may learn from and choose its epoch on.
        files: ``describe_files`` of its table.
    """
    public = {source: known_as(one) for source, one in read_manifests(recipe).items()}
    held_out = table.records.filter(pl.col("split") == "test")
    # All of a group: who has seen one image of a patient has seen the patient.
    groups = (
        pl.concat([learnable.records, held_out])
        .group_by("group")
        .agg(pl.col("split").cast(pl.Enum(["train", "validate", "test"])).min())
    )
    return (
        table.records.select("record", "group")
        .join(groups, on="group")
        .join(table.members.drop("path", "evidence"), on="record", maintain_order="left")
        .select(
            record=pl.col("source") + "/" + pl.col("image"),
            patient="patient",
            manifest=pl.col("source").replace_strict(public, default=None, return_dtype=pl.String),
            split=pl.col("split").cast(pl.String),
        )
        .join(files, on="record", how="left", maintain_order="left")
        .select(list(SEEN_COLUMNS))
    )


def write_learned(seen: pl.DataFrame, path: Path) -> None:
    """Write what a run sees, its beginnings included, for runs that begin with it or it teaches.

    Args:
        seen: ``SEEN_COLUMNS``.
        path: the file.
    """
    inherited = pl.col("split").str.starts_with("inherited")
    own = seen.filter(~inherited)["sha256"].drop_nulls()
    again = (inherited & pl.col("sha256").is_in(own.implode())).fill_null(False)
    once = pl.when(again).then(None).otherwise("fingerprint")
    frame = seen.with_columns(fingerprint=once)
    frame = frame.sort("split", "record", "sha256", maintain_order=True)
    write_frame(frame.rename({"fingerprint": LOOKS}), LEARNED_COLUMNS, path)
