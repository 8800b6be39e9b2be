"""An epoch of the head on cached features against an epoch through the frozen backbone."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch import Callback

from benchmarks.row import Row
from benchmarks.training_step import describe, make_recipe, make_store, make_table
from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.images.store import ImageStore
from labelassemble.model.build import build_network
from labelassemble.training.data_module import ImageData
from labelassemble.training.fine_tune import prepare_fine_tuning
from labelassemble.training.module import TrainingModule
from labelassemble.training.trainer import build_trainer, quiet_lightning

SIZE, BATCH, RECORDS, VIEWS, EPOCHS = 224, 16, 32, 1, 4


class Clock(Callback):
    """Seconds of each epoch's steps."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def on_train_epoch_start(self, *_: Any) -> None:
        self.began = time.perf_counter()

    def on_train_epoch_end(self, *_: Any) -> None:
        self.seconds.append(time.perf_counter() - self.began)


def measure() -> Iterator[Row]:
    """Seconds an epoch: ours reads features that lie beside the images; plain trains end to end."""
    with tempfile.TemporaryDirectory() as folder:
        table, store = make_table(RECORDS), make_store(Path(folder), SIZE, RECORDS)
        cached = {"frozen_stages": "all", "cached_views": VIEWS}
        ours = _time_epochs(Path(folder), table, store, cached)
        plain = _time_epochs(Path(folder), table, store, {})
    note = f"end to end; densenet121, {RECORDS} images of {SIZE} px, two views, features there"
    # The first epoch pays for what is set up once.
    yield Row("epoch on cached features", note, "s", ours[1:], plain[1:])


def _time_epochs(
    folder: Path, table: AssembledTable, store: ImageStore, fine_tune: dict[str, Any]
) -> list[float]:
    training = {"epochs": EPOCHS, "batch_size": BATCH, "fine_tune": fine_tune}
    recipe = make_recipe(folder, SIZE, "densenet121", training)
    clock = Clock()
    data = ImageData(
        table, store, recipe.training, "label-assemble", seed=0, validation_batch_size=32
    )
    torch.manual_seed(0)
    network = build_network(recipe.model, "label-assemble", table.classes)
    prepare_fine_tuning(network, recipe.training.fine_tune)
    module = TrainingModule(network, recipe, describe(recipe, table), data)
    with quiet_lightning():
        trainer = build_trainer(recipe.training, folder, [clock], validates=False)
        trainer.fit(module, datamodule=data)
    return clock.seconds
