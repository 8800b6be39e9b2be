"""A finished run or a packed model opened for other runtimes, and the images that it knows."""

import io
from pathlib import Path

import polars as pl
import torch

from labelassemble.deploy.hold_parity import BATCHES
from labelassemble.deploy.trace_network import Deployed, Traced, trace_network
from labelassemble.errors import RunError
from labelassemble.inference.predictor import Predictor
from labelassemble.training.lineage import read_recipe_of
from labelassemble.training.run_folder import is_done

_ORDER = ("validate", "test", "train")


def open_run(run: Path) -> Predictor:
    """Open a finished run or a packed model on the CPU.

    Raises:
        RunError: neither of them.
    """
    if run.is_dir() and not is_done(run):
        raise RunError(
            f"a finished run at {run}",
            "a run that is not finished, or a folder that holds none",
            "Train it to its end, or name a folder below OUTPUT/runs",
        )
    return Predictor(run, torch.device("cpu"))


def trace_run(predictor: Predictor) -> Traced:
    """Trace the network of a run for images as it prepares them.

    Raises:
        ModelError: as ``trace_network``.
    """
    settings = predictor.description.detection
    size = predictor.description.images.size
    sides = (size, size) if settings is None else settings.patches.size
    return trace_network(Deployed(predictor.network, predictor.implied).eval(), sides)


def known_images(run: Path) -> list[Path]:
    """List images that a run knows and that are on this machine; of a packed model none."""
    if run.is_file():
        return []
    output = read_recipe_of(run).get("output")
    return _find_images(Path(str(output)) / "assembled") if output else []


def _find_images(table: Path) -> list[Path]:
    """List images of an assembled table that are there, those of validation first.

    Args:
        table: its folder; it may be gone.
    """
    place = table / "records.parquet"
    if not place.is_file():
        return []
    records = pl.read_parquet(io.BytesIO(place.read_bytes()), columns=["path", "split"]).drop_nulls(
        "path"
    )
    found: list[Path] = []
    for split in _ORDER:
        for one in records.filter(pl.col("split") == split)["path"]:
            path = Path(one)
            if len(found) < max(BATCHES) and path.exists():
                found.append(path)
    return found
