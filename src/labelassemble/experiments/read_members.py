"""What the networks of an arm predict for test images, calibrated, on one view or several."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.evaluation.fit_operation import calibrate_predictions
from labelassemble.experiments.arms import Arm
from labelassemble.images.store import ImageStore
from labelassemble.inference.operating_file import OPERATING, hash_weights, read_operation
from labelassemble.inference.prediction_file import read_predictions, write_predictions
from labelassemble.training.run_folder import BEST, CHECKPOINTS, PREDICTIONS

VIEWS = "views"
"""Folder beside the run folders, of predictions on several views."""


def predicts_alone(arm: Arm) -> bool:
    """Whether an arm has one network a seed, for whole images."""
    diagnosis = arm.recipe.detection.task == "diagnosis"
    return diagnosis and len(arm.runs) == 1 and not arm.averages


def read_calibrated(arm: Arm, seeds: Sequence[int], folder: Path) -> list[pl.DataFrame]:
    """Read predictions and calibrate them, one frame a seed; as they are where nothing is.

    Args:
        arm: with one network a seed.
        seeds: of it.
        folder: of the run folders.
    """
    places = [folder / arm.folder_name(arm.runs[0], seed) for seed in seeds]
    return [calibrate_by_run(read_predictions(one / PREDICTIONS), one) for one in places]


def predict_views(
    arm: Arm,
    seeds: Sequence[int],
    folder: Path,
    *,
    table: AssembledTable,
    store: ImageStore,
    views: int,
) -> list[pl.DataFrame]:
    """Predict for test images on several views, one frame a seed; calibrated likewise.

    What was predicted is kept beside the run folders, and read again.

    Args:
        arm, seeds, folder: as in ``read_calibrated``.
        table: with the test images.
        store: that holds them.
        views: how many (``list_views``).
    """
    # Here, so that planning is done before torch is imported.
    import torch

    from labelassemble.images.shifted_views import list_views
    from labelassemble.inference.load_network import load_network
    from labelassemble.inference.predictions import predict_records

    test = table.records.filter(pl.col("split") == "test")["record"].to_list()
    frames = []
    for seed in seeds:
        run = folder / arm.folder_name(arm.runs[0], seed)
        place = folder.parent / VIEWS / f"{run.name}-{views}-{hash_weights(run)[:16]}.parquet"
        if not place.is_file():
            gpu = arm.recipe.training.accelerator != "cpu" and torch.cuda.is_available()
            device = torch.device("cuda" if gpu else "cpu")
            network = load_network(run / CHECKPOINTS / BEST, device)
            size = arm.recipe.evaluation.batch_size
            told = predict_records(network, store, test, size, device, list_views(views))
            place.parent.mkdir(exist_ok=True)
            write_predictions(told, place)
        frames.append(calibrate_by_run(read_predictions(place), run))
    return frames


def calibrate_by_run(predictions: pl.DataFrame, run: Path) -> pl.DataFrame:
    """Calibrate predictions by a run's ``operating.json``; classes without calibration stay."""
    if not (run / OPERATING).is_file():
        return predictions
    calibrated = calibrate_predictions(predictions, read_operation(run / OPERATING))
    others = predictions.join(calibrated, on=["record", "class"], how="anti", maintain_order="left")
    return pl.concat([calibrated, others])
