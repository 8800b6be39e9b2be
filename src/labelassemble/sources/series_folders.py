"""In which folder each DICOM series lies, by a few headers a folder."""

import warnings
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import polars as pl

from labelassemble.files.dicom_codes import text_of
from labelassemble.files.is_dicom import HEAD_BYTES, starts_as_dicom
from labelassemble.files.series_path import write_series
from labelassemble.sources.image_files import ImageFolder, MatchedFiles, match_image_files
from labelassemble.sources.rows import Rows

ASKED = 2
"""Files of a folder whose headers are read, evenly spaced: collections have a series a folder."""

TAGS = ["SeriesInstanceUID", "PatientID"]


class SeriesFolder(NamedTuple):
    """Where a series lies, and whose it is."""

    folder: Path
    patient: str


def find_series_folders(files: ImageFolder) -> Mapping[str, SeriesFolder]:
    """Find the folder of each series: SeriesInstanceUID to folder; the first of two counts.

    Args:
        files: the files there are.
    """
    below: dict[str, list[str]] = {}
    for name in files.names:
        below.setdefault(name.rpartition("/")[0], []).append(name)
    found: dict[str, SeriesFolder] = {}
    for folder, names in sorted(below.items()):
        last = len(names) - 1
        for at in sorted({round(last * step / max(1, ASKED - 1)) for step in range(ASKED)}):
            header = _read(files.folder / names[at])
            if header is not None and header[0]:
                found.setdefault(header[0], SeriesFolder(files.folder / folder, header[1]))
    return found


def place_series(rows: Rows, files: ImageFolder) -> tuple[Rows, MatchedFiles]:
    """Find the series that rows name, and fill in whose they are; others are found as files.

    Args:
        rows: whose images are SeriesInstanceUIDs.
        files: the files there are.

    Returns:
        The rows, and where each series lies, in the order of their names.
    """
    images = rows.facts["image"].unique().sort()
    folders = find_series_folders(files)
    by_name = match_image_files(images, files)
    there = {uid: write_series(one.folder, uid) for uid, one in folders.items()}
    path = pl.Series(
        "path",
        [there.get(uid, named) for uid, named in zip(images, by_name.path, strict=True)],
        dtype=pl.String,
    )
    patient = [folders[uid].patient if uid in folders else "" for uid in rows.facts["image"]]
    facts = rows.facts.with_columns(patient=pl.Series(patient, dtype=pl.String))
    return replace(rows, facts=facts), MatchedFiles(
        path, by_name.doubt.set(path.is_not_null(), None)
    )


def _read(path: Path) -> tuple[str, str] | None:
    import pydicom  # only where there are DICOM files

    try:
        with warnings.catch_warnings(), path.open("rb") as file:
            warnings.simplefilter("ignore")
            if not starts_as_dicom(file.read(HEAD_BYTES)):
                return None
            file.seek(0)
            header = pydicom.dcmread(file, stop_before_pixels=True, specific_tags=TAGS, force=True)
            return text_of(header, "SeriesInstanceUID"), text_of(header, "PatientID")
    except Exception:
        # Damaged headers raise nearly anything; such a file is told where its series is read.
        return None
