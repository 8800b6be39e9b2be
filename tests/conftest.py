"""Fixtures that every stage's tests share."""

import os
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import settings

# No deadlines: a busy machine is no mistake. Derandomised: the same examples everywhere.
settings.register_profile("labelassemble", deadline=None, derandomize=True)
settings.load_profile("labelassemble")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of real samples; where it is absent, tests that need it are skipped and say so."""
    default = Path(__file__).parents[2] / "shared" / "data"
    folder = Path(os.environ.get("LABELASSEMBLE_REAL_DATA", default))
    if not folder.is_dir():
        pytest.skip(f"real samples not found at {folder}; set LABELASSEMBLE_REAL_DATA")
    return folder


@pytest.fixture
def draw_image() -> Callable[..., np.ndarray]:
    """A smooth image that only this seed has, uint8, with true black and true white."""

    def draw(seed: int = 0, height: int = 48, width: int = 48) -> np.ndarray:
        coarse = np.random.default_rng(seed).random((6, 6)).astype(np.float32)
        smooth = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
        smooth = (smooth - smooth.min()) / (smooth.max() - smooth.min())
        return np.rint(smooth * 255).astype(np.uint8)

    return draw
