"""Outlines that do not lie on the slices of their series, told before anything is drawn."""

from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from labelassemble.errors import SourceError, plural
from labelassemble.files.series_path import find_series
from labelassemble.sources.dicom_scan import ImageSeries, see_series
from labelassemble.sources.encodings.lidc_xml import LidcXml
from labelassemble.sources.find_files import find_files, read_bytes
from labelassemble.sources.label_files.nodule_outline import OFF_SLICE, NoduleOutline
from labelassemble.sources.label_files.read_lidc import list_nodules, parse_lidc
from labelassemble.sources.problems import Problems

_LOOKED_AT: Final = 20
"""Files whose series are looked at, evenly spaced: all their slices' headers are read."""


def note_outlines_beside(
    folder: Path, labels: LidcXml, where: pl.DataFrame, problems: Problems
) -> None:
    """Hold outlines of some files against the slices of their series.

    Args:
        folder: the source's folder.
        labels: which files.
        where: columns image and path, null where there is none.
        problems: takes outlines outside of their series or between its slices, which would end a
            training at their first drawing.
    """
    paths = dict(where.drop_nulls("path").select("image", "path").iter_rows())
    files = find_files(folder, labels.file)
    at = np.linspace(0, len(files) - 1, min(len(files), _LOOKED_AT)).round().astype(int)
    seen, beside, example = 0, 0, ""
    for file in (files[place] for place in at.tolist()):
        try:
            reading = parse_lidc(read_bytes(file), file)
        except SourceError:
            continue  # Told where it is read.
        place = find_series(paths.get(reading.series, ""))
        outlines = [one for own in list_nodules(reading.sessions or ()) for one in own]
        series = see_series(place.folder, place.uid) if place and outlines else None
        if series is None or series.grid is None:
            continue
        seen += 1
        wrong = [why for one in outlines if (why := _judge(one, series))]
        if wrong:
            beside += 1
            example = example or f"{file.name}: {wrong[0]}"
    if beside:
        problems.note(
            "outlines on the slices of their series",
            f"{plural(beside, 'file')} of {seen} that were looked at with outlines beside them",
            "Take the series that they were drawn on, with all of its slices",
            beside,
            example,
        )


def _judge(outline: NoduleOutline, series: ImageSeries) -> str:
    """Why an outline is on no slice; blank: it is on one."""
    assert series.grid is not None
    places = np.unique(series.grid[:, 2, 2].round(4))
    gap = float(np.median(np.diff(places))) if len(places) > 1 else 1.0
    off = float(np.abs(places - outline.z_mm).min())
    if off > OFF_SLICE * gap:
        return f"one at {outline.z_mm:g} mm, {off:.3g} mm from the nearest slice"
    points = np.array(outline.points)
    if (points < 0).any() or (points >= np.array(series.size)).any():
        return f"one that leaves {series.size[0]} x {series.size[1]} pixels"
    return ""
