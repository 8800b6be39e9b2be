"""A trained network and its images in, what its training images look like to it out: two files."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from jaxtyping import Float

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.images.store import ImageStore
from labelassemble.inference.dicom_checks import TrainedHeaders, describe_headers
from labelassemble.inference.fineness import choose_fineness, measure_fineness
from labelassemble.inference.neighbours import (
    NEIGHBOURS,
    TrainingImages,
    number_states,
    write_neighbours,
)
from labelassemble.inference.pooled_features import image_features
from labelassemble.inference.unlike import UNLIKE, fit_unlike, write_unlike
from labelassemble.model.network import Network
from labelassemble.sources.dicom_headers import read_headers
from labelassemble.storage.sums import hash_file
from labelassemble.training.run_folder import BEST, CHECKPOINTS

MAX_IMAGES, MAX_HEADERS = 4096, 256
"""Images of each split, and headers, that are enough to know the others by."""


def learn_unlike(
    network: Network, table: AssembledTable, store: ImageStore, batch_size: int, folder: Path
) -> None:
    """Keep features of training images with their labels, and what tells images unlike them.

    The second is not written where they are all alike.

    Args:
        network: the chosen one.
        table: what it learned from, and was chosen on.
        store: its images.
        batch_size: images a forward pass.
        folder: the run folder.
    """
    device = next(network.parameters()).device
    names = {split: _thin(table, split, MAX_IMAGES) for split in ("train", "validate")}
    train, validate = (
        image_features(network, store, own, batch_size, device) for own in names.values()
    )
    weights = hash_file(folder / CHECKPOINTS / BEST)
    if names["train"]:
        images = _describe_images(table, store, names["train"], train.whole)
        write_neighbours(images, weights, folder / NEIGHBOURS)
    fineness = [_measure_fineness(store, own, batch_size) for own in names.values()]
    finest = choose_fineness(np.concatenate(fineness))
    found = fit_unlike(train.quarters, validate.quarters, _read_headers(table), finest)
    if found is not None:
        write_unlike(found, weights, folder / UNLIKE)


def _measure_fineness(
    store: ImageStore, names: Sequence[str], batch_size: int
) -> Float[np.ndarray, " images"]:
    rows = store.find_rows(names)
    parts = [rows[start : start + batch_size] for start in range(0, len(rows), batch_size)]
    return np.concatenate([np.empty(0), *(measure_fineness(store.read(part)) for part in parts)])


def _describe_images(
    table: AssembledTable,
    store: ImageStore,
    names: Sequence[str],
    feature: Float[np.ndarray, "images features"],
) -> TrainingImages:
    """Put features beside what was said of the images; sources of joined images are all named."""
    chosen = pl.DataFrame({"record": names}, schema={"record": pl.String})
    members = chosen.join(table.members, on="record", how="left", maintain_order="left_right")
    sources = members.group_by("record", maintain_order=True).agg(
        pl.col("source").unique(maintain_order=True)
    )
    cells = table.cells.join(chosen, on="record", how="semi").select("record", "class", "state")
    said = cells.cast({"state": pl.String}).rows()
    return TrainingImages(
        feature=feature.astype(np.float16),
        state=number_states(said, names, table.classes),
        records=tuple(names),
        sources=tuple("+".join(filter(None, one)) for one in sources["source"]),
        content=tuple(store.content[name] for name in names),
        classes=table.classes,
        total=int(table.records["split"].eq("train").sum()),
    )


def _thin(table: AssembledTable, split: str, most: int, column: str = "record") -> list[str]:
    names = table.records.filter(pl.col("split") == split)[column].drop_nulls()
    places = np.unique(np.linspace(0, len(names) - 1, min(most, len(names))).round().astype(int))
    return names.gather(places).to_list() if len(names) else []


def _read_headers(table: AssembledTable) -> TrainedHeaders:
    headers = read_headers(_thin(table, "train", MAX_HEADERS, "path"))
    known = headers.filter(pl.col("SOPClassUID").is_not_null())
    facts = known.select("SOPClassUID", "modality", "BodyPartExamined").fill_null("")
    told: Any = table.manifest.get("sources") or {}
    sources: list[Mapping[str, Any]] = [told.get(name) or {} for name in table.scopes]
    return describe_headers(
        facts.iter_rows(),
        ((str(one.get("modality", "")), str(one.get("region", ""))) for one in sources),
    )
