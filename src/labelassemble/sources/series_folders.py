"""In which folder each DICOM series lies, by a few headers a folder."""

import warnings
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import polars as pl

from labelassemble.errors import raise_machine_fault
from labelassemble.files.dicom_codes import text_of
from labelassemble.files.is_dicom import HEAD_BYTES, starts_as_dicom
from labelassemble.files.series_path import write_series
from labelassemble.sources.image_folder import ImageFolder
from labelassemble.sources.judge_headers import NO_IMAGES
from labelassemble.sources.match_image_files import MatchedFiles, match_image_files
from labelassemble.sources.rows import Rows, make_rows
from labelassemble.storage.fetch_object import bring

ASKED = 2
"""Files of a folder whose headers are read, evenly spaced: collections have a series a folder."""

_TAGS = ["SeriesInstanceUID", "PatientID", "Modality"]


class SeriesFolder(NamedTuple):
    """Where a series lies, whose it is, and further folders that hold some of it."""

    folder: Path
    patient: str
    others: tuple[Path, ...] = ()


def find_series_folders(files: ImageFolder) -> Mapping[str, SeriesFolder]:
    """Find the folder of each series: SeriesInstanceUID to folder.

    Args:
        files: the files there are.
    """
    below: dict[str, list[str]] = {}
    for name in files.names:
        if name in files.inside:
            continue  # Slices are read together, from a folder.
        below.setdefault(name.rpartition("/")[0], []).append(name)
    found: dict[str, SeriesFolder] = {}
    for folder, names in sorted(below.items()):
        last = len(names) - 1
        for at in sorted({round(last * step / max(1, ASKED - 1)) for step in range(ASKED)}):
            header = _read(files.folder / names[at])
            if header is not None and header[0] and header[2] not in NO_IMAGES:
                place = files.folder / folder
                known = found.setdefault(header[0], SeriesFolder(place, header[1]))
                if place not in (known.folder, *known.others):
                    found[header[0]] = known._replace(others=(*known.others, place))
    return found


def list_series(files: ImageFolder) -> tuple[Rows, MatchedFiles]:
    """Make a row of each series, and of each file in another folder than theirs.

    Args:
        files: the files there are.

    Returns:
        The rows, sorted by image, and where each lies, in the same order.
    """
    folders = find_series_folders(files)
    taken = {place for one in folders.values() for place in (one.folder, *one.others)}
    alone = [name for name in files.names if (files.folder / name).parent not in taken]
    return place_series(make_rows(sorted({*folders, *alone})), files)


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
    said = [folders[uid].patient if uid in folders else "" for uid in rows.facts["image"]]
    patient = pl.when(pl.col("patient") == "").then(pl.Series(said, dtype=pl.String))
    facts = rows.facts.with_columns(patient=patient.otherwise("patient"))
    several = [
        f"it lies in several folders: {folders[uid].folder} and {folders[uid].others[0]}"
        if uid in folders and folders[uid].others
        else None
        for uid in images
    ]
    # Half of a series would pass for all of it.
    doubt = pl.Series("doubt", several, dtype=pl.String)
    path = path.set(doubt.is_not_null(), None)
    doubt = doubt.to_frame().select(
        pl.coalesce("doubt", by_name.doubt.set(path.is_not_null(), None))
    )["doubt"]
    return replace(rows, facts=facts), MatchedFiles(path, doubt)


def _read(path: Path) -> tuple[str, str, str] | None:
    from labelassemble.files.open_dicom import open_dicom  # only where there are DICOM files

    try:
        with warnings.catch_warnings(), bring(path).open("rb") as file:
            warnings.simplefilter("ignore")
            if not starts_as_dicom(file.read(HEAD_BYTES)):
                return None
            file.seek(0)
            header = open_dicom(file, tags=_TAGS)
            uid, patient, modality = (text_of(header, one) for one in _TAGS)
            return uid, patient, modality
    except Exception as error:
        raise_machine_fault(error)
        # Damaged headers raise nearly anything; such a file is reported where its series is read.
        return None
