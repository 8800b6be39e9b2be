"""Fixtures that every stage's tests share."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of real samples; where it is absent, tests that need it are skipped and say so."""
    default = Path(__file__).parents[2] / "shared" / "data"
    folder = Path(os.environ.get("LABELASSEMBLE_REAL_DATA", default))
    if not folder.is_dir():
        pytest.skip(f"real samples not found at {folder}; set LABELASSEMBLE_REAL_DATA")
    return folder
