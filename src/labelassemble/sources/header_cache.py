"""Where headers of DICOM files are kept between commands that have no output folder."""

import hashlib
import os
from pathlib import Path

FEWEST_FILES = 1_000
"""Files from which on it is worth it."""


def find_header_cache(folder: Path, files: int) -> Path | None:
    """Give the file that keeps the headers of a folder, in the user's own cache.

    Args:
        folder: where the DICOM files lie.
        files: how many there are.

    Returns:
        None: there are so few that they are read anew, or the user has no home.
    """
    if files < FEWEST_FILES:
        return None
    own = os.environ.get("XDG_CACHE_HOME", "")
    try:
        base = Path(own) if own and Path(own).is_absolute() else Path.home() / ".cache"
    except RuntimeError:
        return None
    name = hashlib.sha256(os.path.realpath(folder).encode("utf-8", "surrogateescape")).hexdigest()
    return base / "labelassemble" / "headers" / f"{name[:24]}.parquet"
