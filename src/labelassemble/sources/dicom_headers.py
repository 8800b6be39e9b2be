"""What DICOM headers say of person, study and image: read once a file, and kept."""

import hashlib
import os
import warnings
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

import polars as pl
from polars.datatypes import DataTypeClass

from labelassemble.end_with_parent import end_with_parent
from labelassemble.errors import raise_machine_fault
from labelassemble.files.file_suffixes import IMAGE_SUFFIXES, VOLUME_SUFFIXES
from labelassemble.files.frame_path import split_frame
from labelassemble.files.inside_path import file_on_disk
from labelassemble.files.is_dicom import DICOM_SUFFIXES, HEAD_BYTES, starts_as_dicom
from labelassemble.files.open_file import open_file
from labelassemble.sources.header_columns import HEADER_COLUMNS, TAGS
from labelassemble.storage.write_aside import write_aside

_FEW: Final = 4_000
"""So many headers are read in this process: others take longer to start."""

MAX_WORKERS: Final = 8


def read_headers(
    paths: Iterable[str], kept: Path | None = None, further: Sequence[str] = ()
) -> pl.DataFrame:
    """Read the headers of DICOM files; those that have not changed since are not read again.

    Args:
        paths: files, or frames of files; what is no DICOM file by its extension is passed over,
            but files without a known extension are asked.
        kept: a Parquet file that keeps headers between calls; none: nothing is kept.
        further: keywords of elements that are wanted beside ``TAGS``; columns of their names.

    Returns:
        ``HEADER_COLUMNS`` and `further`, one row a file, sorted by path.
    """
    tags = {**TAGS, **{name: name for name in further if name not in TAGS.values()}}
    schema = {**HEADER_COLUMNS, **dict.fromkeys(tags, pl.String)}
    kept = name_kept(kept, [name for name in tags if name not in TAGS])
    files = sorted({split_frame(path)[0] for path in paths if may_be_dicom(path)})
    if not files:
        return pl.DataFrame(schema=schema)
    stamps = pl.DataFrame(
        [(file, *_stamp(file)) for file in files],
        schema={name: HEADER_COLUMNS[name] for name in ("path", "size", "modified_ns")},
        orient="row",
    )
    known = _read_kept(kept, schema)
    held = stamps.join(known, on=["path", "size", "modified_ns"], how="inner")
    new = stamps.join(held, on="path", how="anti")
    if new.is_empty():
        return held.select(list(schema)).sort("path")
    read = _read_all(new["path"].to_list(), tuple(tags.values()))
    texts = pl.DataFrame(read, schema=dict.fromkeys(tags, pl.String), orient="row")
    found = pl.concat([held.select(list(schema)), pl.concat([new, texts], how="horizontal")])
    if kept is not None:
        others = known.filter(~pl.col("path").is_in(found["path"].implode()))
        _keep(pl.concat([others, found]).sort("path"), kept)
    return found.sort("path")


def name_kept(kept: Path | None, further: Sequence[str]) -> Path | None:
    """Give the file that keeps headers with further elements: one of its own for each set.

    >>> name_kept(Path("headers.parquet"), []).name
    'headers.parquet'
    """
    if kept is None or not further:
        return kept
    digest = hashlib.sha256("\n".join(sorted(further)).encode()).hexdigest()[:8]
    return kept.with_name(f"{kept.stem}-{digest}{kept.suffix}")


def may_be_dicom(path: str) -> bool:
    """Whether a file may be DICOM, by its name.

    >>> may_be_dicom("a/1.2.840.1"), may_be_dicom("a.DCM"), may_be_dicom("a.png")
    (True, True, False)
    """
    name = split_frame(path)[0].lower()
    return name.endswith(DICOM_SUFFIXES) or not name.endswith((*IMAGE_SUFFIXES, *VOLUME_SUFFIXES))


def _read_all(paths: Sequence[str], keywords: tuple[str, ...]) -> list[Sequence[str | None]]:
    """Headers of files, in their order; many are read by several processes."""
    read = (
        _read_header
        if keywords == tuple(TAGS.values())
        else partial(_read_header, keywords=keywords)
    )
    if len(paths) <= _FEW:
        return [read(path) for path in paths]
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    workers = min(MAX_WORKERS, max(2, cores or 1))
    try:
        # Parsing holds the interpreter's lock, so that threads would wait for each other.
        with ProcessPoolExecutor(workers, get_context("spawn"), end_with_parent) as pool:
            return list(pool.map(read, paths, chunksize=250))
    except BrokenProcessPool:  # processes cannot be started here
        return [read(path) for path in paths]


def _read_header(path: str, keywords: Sequence[str] = tuple(TAGS.values())) -> Sequence[str | None]:
    from labelassemble.files.open_dicom import open_dicom  # only where there are DICOM files

    try:
        # Odd values are reported where the image is read; here they are as good as blank.
        with warnings.catch_warnings(), open_file(Path(path)) as file:
            warnings.simplefilter("ignore")
            if not starts_as_dicom(file.read(HEAD_BYTES)):
                return [None] * len(keywords)
            file.seek(0)
            header = open_dicom(file, tags=keywords)
            return [_read_text(header, keyword) for keyword in keywords]
    except Exception as error:
        raise_machine_fault(error)
        return [None] * len(keywords)


def _read_text(header: Any, keyword: str) -> str | None:
    """An element as text; one that cannot be understood is as good as blank."""
    from pydicom.multival import MultiValue

    try:
        value = header.get(keyword)
    except Exception as error:
        raise_machine_fault(error)
        return None
    several = list(value) if isinstance(value, MultiValue) else [value]
    texts = ["" if one is None else str(one).strip().strip("\0").strip() for one in several]
    text = "\\".join(texts) if any(texts) else ""
    return text.encode("utf-8", "replace").decode("utf-8") or None


def _stamp(path: str) -> tuple[int, int]:
    try:
        status = os.stat(file_on_disk(path))  # noqa: PTH116 (tens of thousands of times: no Path is made)
    except OSError:
        return -1, -1
    return status.st_size, status.st_mtime_ns


def _read_kept(kept: Path | None, schema: Mapping[str, DataTypeClass]) -> pl.DataFrame:
    empty = pl.DataFrame(schema=schema)
    if kept is None or not kept.is_file():
        return empty
    try:
        with kept.open("rb") as file:
            found = pl.read_parquet(file)
    except (OSError, pl.exceptions.PolarsError):
        return empty  # it can be made again
    return found if found.schema == empty.schema else empty


def _keep(headers: pl.DataFrame, kept: Path) -> None:
    """Keep headers where only this user reads them: they hold names of patients."""
    with suppress(OSError):  # they can be read again
        kept.parent.mkdir(parents=True, exist_ok=True)
        with write_aside(kept) as aside:
            only_owner = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(only_owner, "wb") as file:
                headers.write_parquet(file)
