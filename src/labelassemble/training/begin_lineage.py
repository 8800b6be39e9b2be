"""A run tells what it sees, for runs that will begin with it or be taught by it."""

from pathlib import Path

import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.assembly.seen_by_run import SEEN_COLUMNS, known_as
from labelassemble.images.store import ImageStore
from labelassemble.inference.frame_file import write_frame
from labelassemble.settings import Recipe
from labelassemble.training.came_from import trace_origins
from labelassemble.training.lineage import LEARNED_COLUMNS, LOOKS, inherit
from labelassemble.training.refuse_seen import describe_files, read_manifests, refuse_start
from labelassemble.training.run_folder import CAME_FROM, LEARNED, write_json
from labelassemble.training.task import Task


def begin_lineage(task: Task, store: ImageStore | None, folder: Path, first: bool) -> None:
    """Refuse to start from what saw test images, and write what the run sees and comes from.

    It is done before the first step: what a run begins with may be gone when it is finished.

    Args:
        task: what is learned.
        store: decoded images; of volumes it holds none.
        folder: the run folder; a run that is resumed has written it.
        first: whether this process writes.

    Raises:
        RunError: names the images.
    """
    if (folder / LEARNED).is_file():
        return
    files = describe_files(task.recipe, task.table, store)
    refuse_start(task.recipe, task.table, files)
    if first:
        write_json({"came_from": trace_origins(task.recipe.training)}, folder / CAME_FROM)
        write_learned(task.table, task.learnable, files, task.recipe, folder / LEARNED)


def write_learned(
    table: AssembledTable,
    learnable: AssembledTable,
    files: pl.DataFrame,
    recipe: Recipe,
    path: Path,
) -> None:
    """Write what a run sees, for runs that begin with it or are taught by it.

    Args:
        table: the whole table.
        learnable: what of it the run learns from, or chooses its best epoch on.
        files: ``describe_files`` of it.
        recipe: of the run.
        path: the file.
    """
    public = {source: known_as(one) for source, one in read_manifests(recipe).items()}
    held_out = table.records.filter(pl.col("split") == "test")
    # All of a group: who has seen one image of a patient has seen the patient.
    groups = (
        pl.concat([learnable.records, held_out])
        .group_by("group")
        .agg(pl.col("split").cast(pl.Enum(["train", "validate", "test"])).min())
    )
    own = (
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
    inherited = inherit(recipe.training.start_from, recipe.training.teachers)
    again = pl.col("sha256").is_in(own["sha256"].drop_nulls().implode())
    inherited = inherited.with_columns(
        fingerprint=pl.when(again.fill_null(False)).then(None).otherwise("fingerprint")
    )
    frame = pl.concat([own, inherited]).sort("split", "record", "sha256", maintain_order=True)
    write_frame(frame.rename({"fingerprint": LOOKS}), LEARNED_COLUMNS, path)
