from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import SettingsError
from labelassemble.images.store import ImageStore
from labelassemble.settings import Method, RunSettings, TrainingSettings
from labelassemble.training.data_module import ImageData
from labelassemble.training.select import select_learnable


def make_data(
    table: AssembledTable, store: ImageStore, rank: int = 0, world: int = 1, **settings: Any
) -> ImageData:
    training = TrainingSettings.model_validate({"batch_size": 10, "balance": "none", **settings})
    learnable = select_learnable(table, RunSettings())
    data = ImageData(learnable, store, training, "label-assemble", seed=0, validation_batch_size=7)
    strategy = SimpleNamespace(root_device=torch.device("cpu"))
    data.trainer = SimpleNamespace(global_rank=rank, world_size=world, strategy=strategy)
    return data


def rows_of(loader: Any) -> list[list[int]]:
    return [batch.row.tolist() for batch in loader]


@pytest.mark.parametrize("world", [1, 2, 3])
def test_processes_share_an_epoch(
    world: int, toy_table: AssembledTable, toy_store: ImageStore
) -> None:
    by_rank, validation = [], []
    for rank in range(world):
        data = make_data(toy_table, toy_store, rank, world)
        loader = data.train_dataloader()
        data.start_epoch(4)
        by_rank.append(rows_of(loader))
        assert len(loader) == len(by_rank[-1]) == -(-48 // (10 * world))
        validation.append(rows_of(data.val_dataloader()))
    drawn = [row for own in by_rank for batch in own for row in batch]
    train = [row for row, split in enumerate(data.labels.split) if split == "train"]
    assert sorted(drawn) == train
    # Validation images are all predicted, by every process equally many, in equally many batches.
    assert len({tuple(map(len, own)) for own in validation}) == 1
    predicted = {row for own in validation for batch in own for row in batch}
    assert predicted == set(data.labels.rows("validate").tolist())


def test_batches_hold_what_the_table_says(toy_table: AssembledTable, toy_store: ImageStore) -> None:
    data = make_data(toy_table, toy_store)
    loader = data.train_dataloader()
    batch = next(iter(loader))
    assert batch.image.dtype == torch.uint8
    names = [data.labels.record[row] for row in batch.row]
    stored = toy_store.read(np.array([toy_store.row[name] for name in names]))
    assert (batch.image.numpy() == stored).all()
    assert (batch.known.numpy() == data.labels.known[batch.row.numpy()]).all()


def test_the_order_follows_the_epoch_not_the_calls(
    toy_table: AssembledTable, toy_store: ImageStore
) -> None:
    data = make_data(toy_table, toy_store)
    loader = data.train_dataloader()
    epochs = []
    for epoch in (0, 1, 0):
        data.start_epoch(epoch)
        epochs.append(rows_of(loader))
    assert epochs[0] == epochs[2]
    assert epochs[0] != epochs[1]


@pytest.mark.parametrize(("count", "steps"), [(0, 5), (25, 3), (96, 10)])
def test_images_per_epoch(
    count: int, steps: int, toy_table: AssembledTable, toy_store: ImageStore
) -> None:
    data = make_data(toy_table, toy_store, images_per_epoch=count)
    rows = rows_of(data.train_dataloader())
    assert len(rows) == steps
    assert sum(map(len, rows)) == (count or 48)


@pytest.mark.parametrize("method", ["masked", "full", "unknown-as-negative", "med3d", "dodnet"])
def test_batches_of_one_image_need_both_views(
    method: Method, toy_table: AssembledTable, toy_store: ImageStore
) -> None:
    learnable = select_learnable(toy_table, RunSettings(method=method))
    training = TrainingSettings(batch_size=1)
    with pytest.raises(SettingsError, match="at least two images in every batch"):
        ImageData(
            learnable,
            toy_store,
            training,
            method,
            seed=0,
            validation_batch_size=7,
            bce_views="weak",
        )
    ImageData(learnable, toy_store, training, method, seed=0, validation_batch_size=7)
