"""No test image may have been seen by what a run begins with: refuse it, and say how to go on."""

from pathlib import Path
from typing import Any

import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.assembly.seen_by_run import find_seen
from labelassemble.assembly.seen_images import HELD_OUT, SEEN_COLUMNS, SeenByRun
from labelassemble.errors import RunError, as_word, some
from labelassemble.files.volume_file import is_volume
from labelassemble.images.hash_files import hash_files
from labelassemble.images.store import ImageStore, read_fingerprints
from labelassemble.settings import Recipe
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.manifest_file import builtin_names, load_manifest
from labelassemble.training.lineage import (
    TAUGHT,
    find_run,
    key_of,
    list_beginnings,
    read_seen,
    refuse_other_ids,
)


def describe_files(recipe: Recipe, table: AssembledTable, store: ImageStore | None) -> pl.DataFrame:
    """Give what is known of the files of a table's images.

    Args:
        recipe: where its output lies.
        table: of images, or of volumes.
        store: of decoded images; of volumes it holds none.

    Returns:
        Columns record, sha256, pixel_sha256 and fingerprint; the last two null of volumes.
    """
    paths = table.records.select("record", "path").drop_nulls().iter_rows()
    volumes = hash_files(
        {name: Path(path) for name, path in paths if is_volume(Path(path))},
        recipe.output / "store",
    )
    schema = {name: SEEN_COLUMNS[name] for name in ("record", "sha256", "pixel_sha256")}
    schema["fingerprint"] = SEEN_COLUMNS["fingerprint"]
    hashed = pl.DataFrame({"record": list(volumes), "sha256": list(volumes.values())}, strict=False)
    return pl.concat(
        [
            pl.DataFrame(schema=schema),
            *([] if store is None else [read_fingerprints(store).select(list(schema))]),
            *([hashed] if volumes else []),
        ],
        how="diagonal",
    )


def refuse_seen(
    seen: SeenByRun, what: str, recipe: Recipe, table: AssembledTable, files: pl.DataFrame, do: str
) -> None:
    """Refuse what has seen a test image, its patient or its look-alike: to learn, or to choose.

    Args:
        seen: by a run, and by those that it came from.
        what: has seen it, for the error.
        recipe: the new run's; its manifests say which names mean the same.
        table: whose test split is held out.
        files: ``describe_files`` of it.
        do: what to do about it.

    Raises:
        RunError: names the images.
    """
    refuse_other_ids(seen, key_of(table.manifest))
    common = find_seen_tested(seen, recipe, table, files)
    if common:
        own = seen.images.filter(pl.col("split").is_in(["train", "validate"]))
        direct = find_seen_tested(seen._replace(images=own), recipe, table, files)
        through = "" if direct else ", through the runs that it began with or was taught by"
        every = int((table.records["split"] == "test").sum())
        raise RunError(
            f"{what} that learned from no image of the test split, nor of its patients",
            f"{len(common):,} of {every:,} that it has seen{through}: {some(common, 3)}",
            do,
        )


def find_seen_tested(
    seen: SeenByRun, recipe: Recipe, table: AssembledTable, files: pl.DataFrame
) -> list[str]:
    """List the test images of which a run has seen the image, the patient or a look-alike."""
    kept: Any = table.manifest.get("kept") or {}
    hashed = seen.ids_key is not None
    members = table.members.with_row_index("row").with_columns(pl.col("row").cast(pl.Int64))
    parted = pl.col("record").str.splitn("/", 2)
    contents = files.with_columns(
        source=parted.struct.field("field_0"), image=parted.struct.field("field_1")
    )
    # A table that kept this run's split was searched for look-alikes when it was assembled.
    similar = recipe.assembly.similar_images != "ignore" and seen.sha256 not in str(
        kept.get("learned_sha256")
    ).split(" + ")
    members = members.with_columns(
        seen=find_seen(
            members,
            seen.images,
            {} if hashed else read_manifests(recipe),
            contents,
            similar=similar,
        )
    )
    met = members.filter(pl.col("seen") < HELD_OUT).select("record")
    groups = table.records.join(met, on="record", how="semi").select("group")
    test = table.records.filter(pl.col("split") == "test")
    return test.join(groups, on="group", how="semi", maintain_order="left")["record"].to_list()


def refuse_start(recipe: Recipe, table: AssembledTable, files: pl.DataFrame) -> None:
    """Refuse to start from a run, or from weights of one, that has seen images of the test split.

    Args:
        recipe: of the new run.
        table: whose test split is held out.
        files: ``describe_files`` of it.

    Raises:
        RunError: names the images.
    """
    begun = [one for one in list_beginnings(recipe) if one.how != TAUGHT]
    runs = {one.place: run for one in begun if (run := find_run(one.place)) is not None}
    asked = " ".join(map(as_word, {run.resolve(): run for run in runs.values()}.values()))
    for place, run in runs.items():
        option = "--training.start-from"
        if place != recipe.training.start_from:
            option = "--model.pretrained"
        refuse_seen(
            read_seen(run),
            f"a network to start from, {run},",
            recipe,
            table,
            files,
            "Assemble again with that run's split: labelassemble assemble RECIPE "
            f"--assembly.keep-split {asked} (and give train these words too); or start from "
            f"another run, or from scratch: {option} None",
        )


def read_manifests(recipe: Recipe) -> dict[str, Manifest]:
    """Manifests of the sources, as far as they lie where they did."""
    return {
        one.name: load_manifest(one.manifest)
        for one in recipe.sources
        if one.manifest in builtin_names() or Path(one.manifest).is_file()
    }
