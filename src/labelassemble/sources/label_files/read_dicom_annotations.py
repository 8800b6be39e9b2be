"""A folder of DICOM series and of what was drawn on them in, rows out: a row a statement."""

import hashlib
import os
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import polars as pl

from labelassemble.errors import SourceError, plural, some
from labelassemble.files.series_path import write_series
from labelassemble.sources.dicom_items import Item, list_items
from labelassemble.sources.dicom_scan import ImageSeries, scan_dicom
from labelassemble.sources.encodings.dicom_annotations import DicomAnnotations
from labelassemble.sources.image_folder import ImageFolder
from labelassemble.sources.input_file import InputFile
from labelassemble.sources.match_image_files import MatchedFiles
from labelassemble.sources.problems import SET_ASIDE, Problems, name_nearest
from labelassemble.sources.rows import Rows, make_rows
from labelassemble.sources.scope import Scope
from labelassemble.sources.statements.dicom_annotations import NOTHING_FOUND, SILENT, find_word
from labelassemble.storage.fetch_object import bring

_MANY = 5
"""Unknown names that are reported one by one."""


class AnnotatedSeries(NamedTuple):
    """What a folder says.

    Attributes:
        rows: one a statement on a series, sorted by series.
        files: where each series lies, one a series in the order of its name.
        inputs: the objects that say something.
        items: what is drawn on series, with the word of the scope that it means.
    """

    rows: Rows
    files: MatchedFiles
    inputs: tuple[InputFile, ...]
    items: tuple[tuple[Item, str], ...]


def read_dicom_annotations(
    folder: Path,
    files: ImageFolder,
    labels: DicomAnnotations,
    scope: Scope,
    problems: Problems,
    kept: Path | None = None,
) -> AnnotatedSeries:
    """Read what DICOM objects say of the series of a folder.

    Args:
        folder: the source's folder.
        files: the files there are.
        labels: which objects and series count, and what names mean.
        scope: the words it knows.
        problems: takes what is wrong with objects, names without a meaning, series in several
            folders.
        kept: a file that keeps the headers of DICOM files between calls.

    Raises:
        SourceError: no series of images, or no object that speaks of any.
    """
    scan = scan_dicom(files, kept)
    series = {uid: one for uid, one in scan.series.items() if one.modality in labels.modality}
    if not series:
        there = some(sorted({one.modality or "?" for one in scan.series.values()})) or "none at all"
        raise SourceError(
            f"DICOM series of {some(labels.modality)} below {files.folder}",
            f"{plural(len(scan.series), 'series', 'series')}: {there}",
            "Check the folder, or name the modality in labels.modality",
        )
    if not any(one.kind in labels.objects for one in scan.objects):
        # Without any, all series would pass for looked at, or for none.
        raise SourceError(
            f"objects that speak of series ({some(labels.objects)}) below {files.folder}",
            f"none, beside {plural(len(series), 'series', 'series')} of images",
            "Fetch them too: segmentations, structure sets or reports",
        )
    items = list_items(scan, labels, problems)
    spoken = [(item, word) for item, word in _give_words(items, labels, scope, problems)]
    rows = [(uid, word) for item, word in spoken for uid in item.series]
    rows += [(uid, word) for item, _ in spoken for word in item.answers for uid in item.series]
    heard = {uid for uid, _ in rows}
    told = {uid for item in items for uid in item.series}
    empty = {uid for item in items if item.state == "empty" for uid in item.series}
    rows += [(uid, NOTHING_FOUND) for uid in sorted(empty - heard)]
    rows += [(uid, SILENT) for uid in sorted(set(series) - heard - empty)]
    silent = sorted(set(series) - told)
    if silent and labels.without == "unknown":
        problems.remark(
            f"{plural(len(silent), 'series', 'series')} of {len(series):,} of which no object "
            "speaks: all is unknown there",
            "Where they were looked at too, say labels.without = 'negative'",
            len(silent),
            silent[0],
        )
    rows.sort()
    facts = {"patient": [series[uid].patient for uid, _ in rows]}
    made = make_rows(
        [uid for uid, _ in rows],
        facts,
        words=[word for _, word in rows],
        # Two segments of one name are two statements.
        number=[str(number) for number in range(len(rows))],
    )
    aside = _set_aside(series, items, problems)
    left = [uid for uid in sorted(series) if uid not in aside]
    placed = [write_series(series[uid].folders[0], uid) for uid in left]
    reasons = pl.Series([aside.get(uid) for uid, _ in rows], dtype=pl.String)
    return AnnotatedSeries(
        made.exclude(reasons),
        MatchedFiles(
            pl.Series("path", placed, dtype=pl.String),
            pl.Series("doubt", [None] * len(left), dtype=pl.String),
        ),
        tuple(_trace(folder, items)),
        tuple(spoken),
    )


def _give_words(
    items: list[Item], labels: DicomAnnotations, scope: Scope, problems: Problems
) -> list[tuple[Item, str]]:
    """Items that are there, each with the word of the scope that it means."""
    spoken, unknown = [], dict[str, int]()
    for item in items:
        word = find_word(item.names, labels, scope)
        if word is None and not (item.kind == "sr" and item.answers):
            called = " / ".join(item.names[:3]) or f"number {item.number} without a name"
            unknown[called] = unknown.get(called, 0) + 1
        elif item.state == "there":
            spoken.append((item, NOTHING_FOUND if word is None else word))
    spoken = [(item, word) for item, word in spoken if word != NOTHING_FOUND] + [
        (item, item.answers[0]) for item, word in spoken if word == NOTHING_FOUND
    ]
    _tell_unknown(unknown, scope, problems)
    return spoken


def _tell_unknown(unknown: dict[str, int], scope: Scope, problems: Problems) -> None:
    """Name what the scope does not know: each by itself, or many in one line."""
    known = [*scope.terms, *scope.positive_only, *scope.ignore]
    ordered = sorted(unknown.items(), key=lambda one: (-one[1], one[0]))
    told = []
    for called, count in ordered:
        near = name_nearest(called, known)
        told.append((f"{called!r} has no meaning: {plural(count, 'annotation')}{near}", count))
    if len(ordered) > _MANY:
        names = some([repr(called) for called, _ in ordered], _MANY)
        total = sum(unknown.values())
        told = [(f"{len(ordered)} names have no meaning, of {total:,} annotations: {names}", total)]
    for got, count in told:
        problems.note(
            "names of segments, regions and findings that the manifest's scope knows",
            got,
            "Put a name or code of it into scope.terms (looked for everywhere), positive_only "
            "(only "
            "where listed) or ignore (says nothing), or match it in labels.words: "
            '{ ".*" = "other" } with ignore = ["other"] passes over all others',
            count,
        )


def _set_aside(
    series: dict[str, ImageSeries], items: list[Item], problems: Problems
) -> dict[str, str]:
    """Series that are left out, each with the reason."""
    wrong = {
        uid
        for item in items
        if item.state in ("elsewhere", "outside", "across")
        for uid in item.series
    }
    scattered = [uid for uid, one in series.items() if len(one.folders) > 1]
    if scattered:
        problems.note(
            "all files of a series in one folder",
            f"{plural(len(scattered), 'series', 'series')} in several folders",
            "Put the files of each series into one folder; one that lies there twice is to be "
            "deleted once",
            len(scattered),
            f"{scattered[0]}: {some(str(one) for one in series[scattered[0]].folders)}",
        )
    return dict.fromkeys(wrong, f"{SET_ASIDE}what is drawn on it lies elsewhere") | dict.fromkeys(
        scattered, f"{SET_ASIDE}its files lie in several folders"
    )


def _trace(folder: Path, items: list[Item]) -> Iterator[InputFile]:
    """The objects, each with a hash of its content."""
    for path, own in groupby(sorted(items, key=lambda item: item.path), lambda item: item.path):
        with bring(path).open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        place = Path(os.path.relpath(path, folder)).as_posix()
        yield InputFile(place, digest, path.stat().st_size, len(list(own)))
