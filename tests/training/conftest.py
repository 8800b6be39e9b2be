"""A toy that can be learned: a bright square on the left, on the right, both or neither.

Hospital ``west`` looked for squares on the left only, ``east`` on the right only.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from labelassemble.assembly.assembled_table import (
    AssembledTable,
    make_frame,
)
from labelassemble.images.build_store import build_store
from labelassemble.images.store import ImageStore
from labelassemble.settings import ImageSettings, Recipe

SIZE = 32
CLASSES = ("left", "right")
SCOPES = {"west": ("left",), "east": ("right",)}
SPLITS = {"train": 24, "validate": 12, "test": 8}
"""Images a source."""

SMALL: dict[str, Any] = {
    "images": {"size": SIZE},
    "augment": {"strong_erase": 0.0, "strong_blur": 0.0},
    "model": {"backbone": "small", "query_features": 8, "adapter_hidden": 16},
    "training": {"epochs": 3, "batch_size": 16, "learning_rate": 0.003, "accelerator": "cpu"},
    # Nine steps: over all cells, the unlabelled terms would still hold back what labels teach.
    "losses": {"temperature": 2.0, "cells": "unknown", "detach_pseudo_label": True},
}


def draw_square(left: bool, right: bool, generator: np.random.Generator) -> np.ndarray:
    image = generator.integers(0, 160, (SIZE, SIZE)).astype(np.uint8)
    for there, column in ((left, 4), (right, 20)):
        if there:
            image[10:20, column : column + 8] += 50
    return image


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """Tiny images lose more by handing work to threads than they gain."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def toy_table(tmp_path_factory: pytest.TempPathFactory) -> AssembledTable:
    folder = tmp_path_factory.mktemp("toy")
    generator = np.random.default_rng(0)
    records, cells, members = [], [], []
    for source in SCOPES:
        for split, count in SPLITS.items():
            for number in range(count):
                image = f"{split}{number:03d}"
                name, path = f"{source}/{image}", str(folder / f"{source}-{image}.png")
                truth = {"left": number % 2 == 0, "right": number % 4 < 2}
                Image.fromarray(draw_square(**truth, generator=generator)).save(path)
                records.append(
                    {
                        "record": name,
                        "source": source,
                        "path": path,
                        "patient": name,
                        "group": len(records),
                        "split": split,
                        "split_reason": "joint",
                    }
                )
                members.append(
                    {
                        "record": name,
                        "source": source,
                        "image": image,
                        "path": path,
                        "patient": name,
                        "evidence": "table",
                    }
                )
                looked = CLASSES if split == "test" else SCOPES[source]
                cells += [
                    {
                        "record": name,
                        "class": finding,
                        "state": "positive" if truth[finding] else "negative",
                        "label": float(truth[finding]),
                        "source": source,
                        "reason": "toy",
                    }
                    for finding in looked
                ]
    return AssembledTable(
        classes=CLASSES,
        records=make_frame("records", records),
        cells=make_frame("cells", cells),
        members=make_frame("members", members),
        scopes=SCOPES,
        manifest={
            "vocabulary": {"name": "toy", "version": "1"},
            "settings": {"uncertain": "unknown", "conflicts": "source_order"},
            "sources": {
                "west": {"title": "West", "licence": "CC0", "citation": "West 2020.", "url": "w"},
                "east": {"title": "East", "licence": "CC BY 4.0", "citation": "", "url": "e"},
            },
        },
    )


@pytest.fixture(scope="session")
def store_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("store")


@pytest.fixture(scope="session")
def toy_store(toy_table: AssembledTable, store_folder: Path) -> ImageStore:
    files = {name: Path(path) for name, path in toy_table.records.select("record", "path").rows()}
    return build_store(files, ImageSettings(size=SIZE), store_folder)


@pytest.fixture(scope="session")
def make_recipe() -> Callable[..., Recipe]:
    """Give a recipe small enough for a test; settings may be changed: training={...}."""

    def make(**changes: dict[str, Any]) -> Recipe:
        settings = {
            name: {**SMALL.get(name, {}), **changes.get(name, {})} for name in {*SMALL, *changes}
        }
        sources = [{"name": name, "manifest": "toy", "folder": "."} for name in SCOPES]
        return Recipe.model_validate(
            {"name": "Toy", "output": "unused", "sources": sources, **settings}
        )

    return make
