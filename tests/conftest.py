"""Fixtures that every stage's tests share."""

import os
from pathlib import Path

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
