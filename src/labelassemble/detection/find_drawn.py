"""What sources drew otherwise than in mask files, found again: balls, segments, contours."""

from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl

from labelassemble.files.structure_set import read_structures
from labelassemble.settings import SourceSettings
from labelassemble.sources.dicom_items import Item
from labelassemble.sources.encodings.dicom_annotations import DicomAnnotations
from labelassemble.sources.encodings.lidc_xml import NODULE, LidcXml, list_nodules, parse_lidc
from labelassemble.sources.encodings.point_rows import PointRows, read_points
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.problems import Problems
from labelassemble.sources.read import find_source_images, list_rows
from labelassemble.sources.read_dicom_annotations import read_dicom_annotations
from labelassemble.sources.settle_source import settle_source
from labelassemble.sources.table_file import find_files, read_bytes
from labelassemble.volumes.ball_mask import Ball, BallMask
from labelassemble.volumes.contour_mask import ContourMask
from labelassemble.volumes.drawn_mask import DrawnMask, JoinedMask
from labelassemble.volumes.outline_mask import OutlineMask
from labelassemble.volumes.segment_mask import SegmentMask

_Drawn = dict[str, DrawnMask]
"""Term to what is drawn of it on one image."""

Asked = Callable[[str], bool]


def find_drawn(
    settings: SourceSettings,
    manifest: Manifest,
    images: Sequence[str],
    is_asked: Asked = bool,
    kept: Path | None = None,
) -> dict[str, _Drawn]:
    """Find what is drawn on images, as it was read when the source was assembled.

    Args:
        settings: where the source lies.
        manifest: how it writes labels.
        images: names that the source gave them.
        is_asked: of which terms drawings are wanted.
        kept: the file in which assembling kept the headers of DICOM files.

    Returns:
        Image to term to drawing; images on which nothing is drawn are not there, nor is anything
        of sources that draw no such thing.

    Raises:
        SourceError: files that are not as they were when the source was assembled.
    """
    if not images or not isinstance(manifest.labels, PointRows | DicomAnnotations | LidcXml):
        return {}
    # What is wrong with rows was reported when the source was assembled; they are set aside again.
    problems = Problems()
    settled = settle_source(settings, manifest, problems)
    parts: dict[str, dict[str, list[DrawnMask]]] = {}
    if isinstance(settled.labels, PointRows):
        found = _find_points(settings, settled, settled.labels, images, problems)
    elif isinstance(settled.labels, LidcXml):
        found = _find_outlines(settings, settled.labels, images)
    else:
        found = _find_objects(settings, settled, images, is_asked, problems, kept)
    for image, term, drawn in found:
        if is_asked(term):
            parts.setdefault(image, {}).setdefault(term, []).append(drawn)
    return {
        image: {
            term: own[0] if len(own) == 1 else JoinedMask(tuple(own)) for term, own in of.items()
        }
        for image, of in parts.items()
    }


def _find_points(
    settings: SourceSettings,
    manifest: Manifest,
    labels: PointRows,
    images: Sequence[str],
    problems: Problems,
) -> list[tuple[str, str, DrawnMask]]:
    rows = list_rows(settings, manifest, find_source_images(settings, manifest), problems).rows
    points = read_points(rows, labels, problems).points
    wanted = points.filter(pl.col("image").is_in(list(images)))
    found: list[tuple[str, str, DrawnMask]] = []
    for (image, term), own in wanted.group_by(["image", "term"], maintain_order=True):
        lesions = own.select("x", "y", "z", pl.col("diameter_mm").fill_null(0.0)).unique().sort("*")
        balls = tuple(Ball((x, y, z), wide) for x, y, z, wide in lesions.iter_rows())
        place = f"points of {settings.name}/{image}"
        found.append((str(image), str(term), BallMask(balls, labels.space, place)))
    return found


def _find_outlines(
    settings: SourceSettings, labels: LidcXml, images: Sequence[str]
) -> list[tuple[str, str, DrawnMask]]:
    wanted, found = set(images), dict[str, DrawnMask]()
    for path in find_files(settings.folder, labels.file):
        reading = parse_lidc(read_bytes(path), path)
        if reading.sessions and reading.series in wanted and reading.series not in found:
            outlines = list_nodules(reading.sessions)
            if any(outlines):
                place = f"outlines of {path}"
                found[reading.series] = OutlineMask(outlines, labels.drawn_by, place)
    return [(series, NODULE, drawn) for series, drawn in found.items()]


def _find_objects(
    settings: SourceSettings,
    manifest: Manifest,
    images: Sequence[str],
    is_asked: Asked,
    problems: Problems,
    kept: Path | None,
) -> list[tuple[str, str, DrawnMask]]:
    labels, wanted = manifest.labels, set(images)
    assert isinstance(labels, DicomAnnotations)
    files = find_source_images(settings, manifest)
    read = read_dicom_annotations(settings.folder, files, labels, manifest.scope, problems, kept)
    found: list[tuple[str, str, DrawnMask]] = []
    for item, word in read.items:
        if not is_asked(word) or item.kind == "sr":
            continue
        drawn: DrawnMask = (
            SegmentMask(item.path, item.number) if item.kind == "seg" else _open_region(item)
        )
        found += [(uid, word, drawn) for uid in item.series if uid in wanted]
    return found


def _open_region(item: Item) -> ContourMask:
    regions = read_structures(item.path).regions
    (region,) = [one for one in regions if one.number == item.number]
    return ContourMask(region.contours, f"region {region.words[0]!r} of {item.path}")
