"""A DICOM series as a path: the folder of its slices, and its UID: ``ct/#series/1.2.3``."""

import re
import warnings
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from labelassemble.files.is_dicom import is_dicom

SERIES = re.compile(r"/?#series/([0-9.]{1,64})$")
"""What stands behind the folder of a series."""


class SeriesPlace(NamedTuple):
    """Where a series lies.

    Attributes:
        folder: that holds its slices, perhaps among others.
        uid: its SeriesInstanceUID.
    """

    folder: Path
    uid: str


def write_series(folder: Path, uid: str) -> str:
    """Write the path of a series.

    >>> write_series(Path("/ct"), "1.2.3")
    '/ct/#series/1.2.3'
    """
    return f"{folder.as_posix()}/#series/{uid}"


def find_series(path: str) -> SeriesPlace | None:
    """Take the path of a series apart; None for any other path.

    >>> find_series("/ct/#series/1.2.3")
    SeriesPlace(folder=PosixPath('/ct'), uid='1.2.3')
    >>> find_series("/ct/a.nii.gz") is None
    True
    """
    found = SERIES.search(path)
    return SeriesPlace(Path(path[: found.start()]), found[1]) if found else None


def list_slices(place: SeriesPlace) -> tuple[Path, ...]:
    """Give the files of a series, sorted; none: there are none."""
    stamp = place.folder.stat().st_mtime_ns if place.folder.is_dir() else 0
    return _list_folder(place.folder, stamp).get(place.uid, ())


@lru_cache(maxsize=256)
def _list_folder(folder: Path, stamp: int) -> dict[str, tuple[Path, ...]]:
    """Files of each series of a folder; ``stamp`` tells when it has changed."""
    from labelassemble.files.open_dicom import open_dicom  # only where there are DICOM series

    del stamp
    found: dict[str, list[Path]] = {}
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    for file in files:
        if not file.is_file() or not is_dicom(file):
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            header = open_dicom(file, tags=["SeriesInstanceUID"])
        found.setdefault(str(header.get("SeriesInstanceUID", "")), []).append(file)
    return {uid: tuple(own) for uid, own in found.items()}
