"""What DICOM headers say of the person and the view: read once a file, and kept."""

import os
import warnings
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import polars as pl

from labelassemble.files.frame_path import split_frame
from labelassemble.files.inside_path import file_on_disk
from labelassemble.files.is_dicom import DICOM_SUFFIXES, HEAD_BYTES, starts_as_dicom
from labelassemble.files.open_file import open_file
from labelassemble.sources.image_files import IMAGE_SUFFIXES, VOLUME_SUFFIXES

TAGS: Final = {
    "patient": "PatientID",
    "age": "PatientAge",
    "sex": "PatientSex",
    "view": "ViewPosition",
    "modality": "Modality",
}
"""Columns of headers to the keywords of DICOM."""

HEADERS: Final = {
    "path": pl.String,
    "size": pl.Int64,
    "modified_ns": pl.Int64,
    **dict.fromkeys(TAGS, pl.String),
}
"""One row a file: what tells that it has changed, and its header as text; null where it is blank
or cannot be read."""

WORKERS: Final = 8


def read_headers(paths: Iterable[str], kept: Path | None = None) -> pl.DataFrame:
    """Read the headers of DICOM files; those that have not changed since are not read again.

    Args:
        paths: files, or frames of files; what is no DICOM file by its extension is passed over,
            but files without a known extension are asked.
        kept: a Parquet file that keeps headers between calls; none: nothing is kept.

    Returns:
        ``HEADERS``, one row a file, sorted by path.
    """
    files = sorted({split_frame(path)[0] for path in paths if may_be_dicom(path)})
    if not files:
        return pl.DataFrame(schema=HEADERS)
    stamps = pl.DataFrame(
        [(file, *_stamp(file)) for file in files],
        schema={name: HEADERS[name] for name in ("path", "size", "modified_ns")},
        orient="row",
    )
    known = _read_kept(kept)
    held = stamps.join(known, on=["path", "size", "modified_ns"], how="inner")
    new = stamps.join(held, on="path", how="anti")
    if new.is_empty():
        return held.select(list(HEADERS)).sort("path")
    with ThreadPoolExecutor(WORKERS) as pool:
        read = list(pool.map(_read_header, new["path"]))
    texts = pl.DataFrame(read, schema=dict.fromkeys(TAGS, pl.String), orient="row")
    found = pl.concat([held.select(list(HEADERS)), pl.concat([new, texts], how="horizontal")])
    if kept is not None:
        others = known.filter(~pl.col("path").is_in(found["path"].implode()))
        _keep(pl.concat([others, found]).sort("path"), kept)
    return found.sort("path")


def may_be_dicom(path: str) -> bool:
    """Whether a file may be DICOM, by its name.

    >>> may_be_dicom("a/1.2.840.1"), may_be_dicom("a.DCM"), may_be_dicom("a.png")
    (True, True, False)
    """
    name = split_frame(path)[0].lower()
    return name.endswith(DICOM_SUFFIXES) or not name.endswith((*IMAGE_SUFFIXES, *VOLUME_SUFFIXES))


def _read_header(path: str) -> Sequence[str | None]:
    import pydicom  # only where there are DICOM files

    try:
        # Odd values are told where the image is read; here they are as good as blank.
        with warnings.catch_warnings(), open_file(Path(path)) as file:
            warnings.simplefilter("ignore")
            if not starts_as_dicom(file.read(HEAD_BYTES)):
                return [None] * len(TAGS)
            file.seek(0)
            header = pydicom.dcmread(
                file, stop_before_pixels=True, specific_tags=list(TAGS.values()), force=True
            )
            return [_text(header.get(keyword)) for keyword in TAGS.values()]
    except Exception:
        return [None] * len(TAGS)


def _text(value: object) -> str | None:
    text = "" if value is None else str(value).strip().strip("\0").strip()
    return text.encode("utf-8", "replace").decode("utf-8") or None


def _stamp(path: str) -> tuple[int, int]:
    try:
        status = os.stat(file_on_disk(path))  # noqa: PTH116 (tens of thousands of times: no Path is made)
    except OSError:
        return -1, -1
    return status.st_size, status.st_mtime_ns


def _read_kept(kept: Path | None) -> pl.DataFrame:
    empty = pl.DataFrame(schema=HEADERS)
    if kept is None or not kept.is_file():
        return empty
    try:
        with kept.open("rb") as file:
            found = pl.read_parquet(file)
    except (OSError, pl.exceptions.PolarsError):
        return empty  # it can be made again
    return found if found.schema == empty.schema else empty


def _keep(headers: pl.DataFrame, kept: Path) -> None:
    kept.parent.mkdir(parents=True, exist_ok=True)
    aside = kept.with_name(f".{kept.name}.{os.getpid()}")
    with aside.open("wb") as file:
        headers.write_parquet(file)
    aside.replace(kept)
