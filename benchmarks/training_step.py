"""A whole training step against the bare forward and backward pass of the same network."""

import hashlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.rivals import Rivals, tell_race
from benchmarks.row import Row
from labelassemble.assembly.assembled_table import AssembledTable, make_frame
from labelassemble.images.store import ImageStore
from labelassemble.inference.checkpoint_file import NetworkDescription
from labelassemble.model.build import build_network
from labelassemble.settings import Recipe
from labelassemble.training.data_module import ImageData
from labelassemble.training.module import TrainingModule
from labelassemble.training.trainer import build_trainer, quiet_lightning

SIZE, BATCH, RECORDS, CLASSES, EPOCHS = 96, 64, 512, 14, 3


def measure() -> Iterator[Row]:
    """Images a second: ours reads the store, augments, sees two views, steps and logs.

    Plain runs forward and backward on as many views (two an image) that lie in memory.
    """
    return tell_race(_race, "training step, two views", "images/s", BATCH, f"{SIZE} px")


def _race() -> Rivals:
    with tempfile.TemporaryDirectory() as folder:
        recipe = make_recipe(Path(folder))
        table = make_table()
        store = make_store(Path(folder))
        description = describe(recipe, table)
        training = recipe.training
        data = ImageData(
            table, store, training, "label-assemble", seed=0, validation_batch_size=BATCH
        )
        torch.manual_seed(0)
        network = build_network(recipe.model, "label-assemble", table.classes)
        module = TrainingModule(network, recipe, description, data)
        plain = build_network(recipe.model, "label-assemble", table.classes)
        rivals = Rivals(plain, (2 * BATCH, 1, SIZE, SIZE))
        with quiet_lightning():
            trainer = build_trainer(training, Path(folder), [rivals], validates=False)
            trainer.fit(module, datamodule=data)
    return rivals


def make_recipe(
    folder: Path,
    size: int = SIZE,
    backbone: str = "small",
    training: dict[str, Any] | None = None,
) -> Recipe:
    return Recipe.model_validate(
        {
            "name": "benchmark",
            "output": folder,
            "sources": [{"name": "a", "manifest": "a", "folder": folder}],
            "images": {"size": size},
            "model": {"backbone": backbone},
            "training": {"epochs": EPOCHS, "batch_size": BATCH, **(training or {})},
        }
    )


def make_table(records: int = RECORDS) -> AssembledTable:
    names = [f"a/{number}" for number in range(records)]
    classes = tuple(f"class_{number}" for number in range(CLASSES))
    rows = [{"record": one, "source": "a", "patient": one, "split": "train"} for one in names]
    # Half of the cells are known.
    known = [(name, one) for name in names for one in classes[::2]]
    cells = [
        {"record": name, "class": one, "label": float(place % 3 == 0), "source": "a"}
        for place, (name, one) in enumerate(known)
    ]
    return AssembledTable(
        classes=classes,
        records=make_frame("records", rows),
        cells=make_frame("cells", cells),
        members=make_frame("members"),
        scopes={"a": classes[::2]},
        manifest={},
    )


def make_store(folder: Path, size: int = SIZE, records: int = RECORDS) -> ImageStore:
    pixels = folder / "pixels"
    grey = np.random.default_rng(0).integers(0, 256, (records, size, size), dtype=np.uint8)
    pixels.write_bytes(grey.tobytes())
    row = {f"a/{number}": number for number in range(records)}
    content = {name: hashlib.sha256(name.encode()).hexdigest() for name in row}
    return ImageStore(pixels, records, size, row, content, unreadable={})


def describe(recipe: Recipe, table: AssembledTable) -> NetworkDescription:
    return NetworkDescription(
        version="0",
        method="label-assemble",
        source=None,
        seed=0,
        classes=table.classes,
        vocabulary="benchmark",
        vocabulary_version="0",
        model=recipe.model,
        images=recipe.images,
    )
