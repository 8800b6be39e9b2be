"""A trained network and its images in, what tells unlike ones out: a file in the run folder."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.images.store import ImageStore
from labelassemble.inference.dicom_checks import TrainedHeaders, describe_headers
from labelassemble.inference.pooled_features import pooled_features
from labelassemble.inference.unlike import UNLIKE, fit_unlike, write_unlike
from labelassemble.model.network import Network
from labelassemble.sources.dicom_headers import read_headers
from labelassemble.training.run_folder import BEST, CHECKPOINTS, hash_file

MAX_IMAGES, MAX_HEADERS = 4096, 256
"""Images of each split, and headers, that are enough to know the others by."""


def learn_unlike(
    network: Network, table: AssembledTable, store: ImageStore, batch_size: int, folder: Path
) -> None:
    """Describe training images by their features, and write it; nothing where they are all alike.

    Args:
        network: the chosen one.
        table: what it learned from, and was chosen on.
        store: its images.
        batch_size: images a forward pass.
        folder: the run folder.
    """
    device = next(network.parameters()).device
    train, validate = (
        pooled_features(network, store, _thin(table, split, MAX_IMAGES), batch_size, device)
        for split in ("train", "validate")
    )
    found = fit_unlike(train, validate, _read_headers(table))
    if found is not None:
        write_unlike(found, hash_file(folder / CHECKPOINTS / BEST), folder / UNLIKE)


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
