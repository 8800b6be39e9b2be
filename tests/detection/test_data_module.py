from collections.abc import Callable
from types import SimpleNamespace

import pytest
import torch

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.detection.data_module import DenseData
from labelassemble.detection.open_cases import make_cases, open_annotated
from labelassemble.images.batch import make_labels
from labelassemble.images.store import ImageStore
from labelassemble.settings import Recipe


@pytest.mark.parametrize("world", [1, 3])
def test_processes_share_patches_and_images(
    world: int,
    make_flat_recipe: Callable[..., Recipe],
    record_table: AssembledTable,
    record_store: ImageStore,
) -> None:
    recipe = make_flat_recipe(patches_per_epoch=12)
    labels = make_labels(record_table, record_table.classes)
    names = record_table.records["record"].to_list()
    annotated = open_annotated(recipe, record_table, names, store=record_store, drawn_on=set(names))
    train, validate = (
        make_cases(annotated, labels, record_table.classes, labels.rows(split))
        for split in ("train", "validate")
    )
    seen, rows, shares = set(), 0, set()
    for rank in range(world):
        data = DenseData(labels, train, validate, recipe.detection, 0)
        device = SimpleNamespace(root_device=torch.device("cpu"))
        data.trainer = SimpleNamespace(  # type: ignore[assignment]
            global_rank=rank, world_size=world, strategy=device
        )
        loader = data.train_dataloader()
        data.start_epoch(0)
        rows += sum(len(batch.row) for batch in loader)
        own = [int(place) for batch in data.val_dataloader() for place in batch]
        seen |= set(own)
        shares.add((len(list(loader)), len(own)))
    assert rows == 12
    assert seen == set(range(len(validate)))
    assert len(shares) == 1, "processes would wait for each other"
