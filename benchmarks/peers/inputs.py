"""Where the real samples are."""

import os
from pathlib import Path

REAL = Path(
    os.environ.get("LABELASSEMBLE_REAL_DATA", Path(__file__).parents[3] / "shared" / "data")
)


def missing(folder: str) -> str | None:
    """Why a comparison cannot be made: the samples it needs are not here."""
    return None if (REAL / folder).is_dir() else f"no {folder} in {REAL}"
