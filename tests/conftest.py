"""Fixtures that every stage's tests share."""

import gc
import os
import random
from collections.abc import Callable
from itertools import groupby
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import settings

# No deadlines: a busy machine is no mistake. Derandomised: the same examples everywhere.
settings.register_profile("labelassemble", deadline=None, derandomize=True)
settings.load_profile("labelassemble")

_WATCHED = 3
"""Cases of one test that coverage watches, drawn at random. Watching doubles what Python takes."""

# What is collected stays to the end: to look through it for garbage takes long, and finds none.
gc.disable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All is run, and not all is watched: neither further cases nor a hundred drawn examples."""
    for _, group in groupby(items, lambda item: item.nodeid.partition("[")[0]):
        cases = list(group)
        drawn = cases[0].get_closest_marker("hypothesis") is not None
        count = len(cases) if drawn else max(0, len(cases) - _WATCHED)
        for item in random.Random(0).sample(cases, count):
            item.add_marker("no_cover")


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of real samples; where it is absent, tests that need it are skipped and say so."""
    default = Path(__file__).parents[2] / "shared" / "data"
    folder = Path(os.environ.get("LABELASSEMBLE_REAL_DATA", default))
    if not folder.is_dir():
        pytest.skip(f"real samples not found at {folder}; set LABELASSEMBLE_REAL_DATA")
    return folder


@pytest.fixture(scope="session")
def draw_image() -> Callable[..., np.ndarray]:
    """A smooth image that only this seed has, uint8, with true black and true white."""

    def draw(seed: int = 0, height: int = 48, width: int = 48) -> np.ndarray:
        coarse = np.random.default_rng(seed).random((6, 6)).astype(np.float32)
        smooth = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
        smooth = (smooth - smooth.min()) / (smooth.max() - smooth.min())
        return np.rint(smooth * 255).astype(np.uint8)

    return draw
