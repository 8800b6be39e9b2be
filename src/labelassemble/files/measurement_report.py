"""A TID 1500 measurement report in, its groups of measurements out: findings and what is said."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from labelassemble.files.dicom_codes import code_of, text_of, words_of

STORAGES = (
    "1.2.840.10008.5.1.4.1.1.88.11",
    "1.2.840.10008.5.1.4.1.1.88.22",
    "1.2.840.10008.5.1.4.1.1.88.33",
    "1.2.840.10008.5.1.4.1.1.88.34",
)
"""Basic text, enhanced, comprehensive and comprehensive 3D structured reports."""

REPORT = "DCM:126000"
_GROUP = "DCM:125007"
FINDING = "DCM:121071"
TRACKING = "DCM:112039"
_SERIES = ("DCM:121232", "DCM:112002")
"""Source series for segmentation; series instance UID (of an image library)."""

NO_EVALUATION = (
    FINDING,
    "SCT:276214006",
    "SCT:363698007",
    "SRT:G-C0E3",
    "DCM:130400",
    "DCM:370129005",
)
"""Finding, its category, its site, and how things were measured: codes that answer no question."""


class MeasurementGroup(NamedTuple):
    """What is said of one finding.

    Attributes:
        words: of the finding: meanings and codes.
        evaluations: question to answer, each by meaning and by code.
        segments: SOPInstanceUIDs of segmentations that show it.
        series: that it was measured on, where it says so.
        images: objects that it was measured on.
    """

    words: tuple[str, ...]
    evaluations: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
    segments: frozenset[str]
    series: tuple[str, ...]
    images: frozenset[str]


class MeasurementReport(NamedTuple):
    """A report.

    Attributes:
        path: its file.
        uid: SOPInstanceUID.
        series: of its evidence, whatever these are.
        images: objects of its evidence.
        groups: in their order.
    """

    path: Path
    uid: str
    series: tuple[str, ...]
    images: frozenset[str]
    groups: tuple[MeasurementGroup, ...]


def read_report(path: Path) -> MeasurementReport | None:
    """Read a measurement report; None: a report of another kind.

    Raises:
        ValueError, AttributeError, ...: damaged files raise nearly anything.

    Source: DICOM PS3.16, TID 1500, 1501, 1410 and 1411.
    """
    from labelassemble.files.open_dicom import open_dicom  # only where there are such objects

    dataset = open_dicom(path)
    root = [code for code, _ in map(code_of, dataset.get("ConceptNameCodeSequence") or ())]
    template = [
        text_of(one, "TemplateIdentifier") for one in dataset.get("ContentTemplateSequence") or ()
    ]
    if REPORT not in root and "1500" not in template:
        return None
    series, images = [], set[str]()
    for keyword in ("CurrentRequestedProcedureEvidenceSequence", "PertinentOtherEvidenceSequence"):
        for study in dataset.get(keyword) or ():
            for one in study.get("ReferencedSeriesSequence") or ():
                series.append(str(one.SeriesInstanceUID))
                images |= {
                    str(s.ReferencedSOPInstanceUID) for s in one.get("ReferencedSOPSequence", ())
                }
    groups = [
        _read_group(one)
        for one in _walk(dataset)
        if _GROUP in _name(one) and "ContentSequence" in one
    ]
    return MeasurementReport(
        path, str(dataset.SOPInstanceUID), tuple(series), frozenset(images), tuple(groups)
    )


def _walk(item: Any) -> Iterator[Any]:
    for child in item.get("ContentSequence") or ():
        yield child
        yield from _walk(child)


def _name(item: Any) -> list[str]:
    return [code for code, _ in map(code_of, item.get("ConceptNameCodeSequence") or ())]


def _read_group(group: Any) -> MeasurementGroup:
    words: list[str] = []
    evaluations: list[tuple[tuple[str, ...], tuple[str, ...]]] = []
    segments, images, series = set[str](), set[str](), list[str]()
    for item in group.ContentSequence:
        name, kind = _name(item), text_of(item, "ValueType")
        if kind == "CODE" and FINDING in name:
            words += words_of(item.get("ConceptCodeSequence"))
        elif kind == "CODE" and not any(one in NO_EVALUATION for one in name):
            asked = tuple(words_of(item.get("ConceptNameCodeSequence")))
            evaluations.append((asked, tuple(words_of(item.get("ConceptCodeSequence")))))
        elif kind == "TEXT" and name and TRACKING not in name:
            asked = tuple(words_of(item.get("ConceptNameCodeSequence")))
            evaluations.append((asked, (text_of(item, "TextValue"),)))
        elif kind == "UIDREF" and any(one in _SERIES for one in name):
            series.append(text_of(item, "UID"))
    for item in _walk(group):
        for one in item.get("ReferencedSOPSequence") or ():
            uid = str(one.ReferencedSOPInstanceUID)
            (segments if "ReferencedSegmentNumber" in one else images).add(uid)
    return MeasurementGroup(
        tuple(dict.fromkeys(words)),
        tuple(evaluations),
        frozenset(segments),
        tuple(dict.fromkeys(series)),
        frozenset(images),
    )
