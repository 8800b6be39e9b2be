"""LIDC-IDRI's files of reading sessions, read."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import polars as pl

from labelassemble.errors import SourceError, plural, some
from labelassemble.sources.encodings.lidc_xml import LidcXml
from labelassemble.sources.find_files import find_files, read_bytes
from labelassemble.sources.input_file import InputFile
from labelassemble.sources.label_files.nodule_outline import NoduleOutline
from labelassemble.sources.problems import AT_ONCE, NothingLeftError, Problems
from labelassemble.sources.rows import NONE_EXCLUDED, Rows, make_rows
from labelassemble.sources.statements.lidc_xml import NODULE, SMALL

CT_ROOT = "LidcReadMessage"


NO_CT = "reading sessions of another modality than CT"


class Session(NamedTuple):
    """What one reader marked.

    Attributes:
        words: of the marks, each once.
        nodules: outlines of each nodule of 3 mm or more.
    """

    words: tuple[str, ...]
    nodules: tuple[tuple[NoduleOutline, ...], ...]


class _Reading(NamedTuple):
    """One file: the sessions on one series; none: it is of another modality."""

    series: str
    sessions: tuple[Session, ...] | None


def read_lidc(
    folder: Path, labels: LidcXml, problems: Problems = AT_ONCE
) -> tuple[Rows, tuple[InputFile, ...]]:
    """Read reading sessions: a row a reader and kind of mark.

    Args:
        folder: the source's folder.
        labels: which files.
        problems: takes files that cannot be read, and series of which two files speak.

    Raises:
        SourceError: no such files.
        NothingLeftError: none could be read.
    """
    rows: list[tuple[str, str, str, str]] = []
    other: list[tuple[str, str, int]] = []
    digest, size, first = hashlib.sha256(), 0, dict[str, tuple[str, bytes]]()
    for path in find_files(folder, labels.file):
        content = read_bytes(path)
        place = path.relative_to(folder).as_posix()
        with problems.catch():
            reading = parse_lidc(content, path)
            digest.update(content)
            size += len(content)
            if reading.sessions is None:
                other.append((place, NO_CT, 1))
                continue
            if reading.series in first:
                if first[reading.series][1] != content:
                    problems.note(
                        "one file of reading sessions for each series",
                        f"two of {reading.series}: {first[reading.series][0]} and {place}",
                        "Keep the newer one",
                    )
                continue
            first[reading.series] = (place, content)
            for number, session in enumerate(reading.sessions, start=1):
                words = session.words or ("",)
                rows += [(reading.series, f"reader {number}", place, word) for word in words]
    if not rows:
        if problems.any:
            raise NothingLeftError
        raise SourceError(
            f"reading sessions on CT in {some(labels.file)} in {folder}",
            f"{plural(len(other), 'file')}, none of them",
            "Name the files in labels.file",
        )
    made = make_rows(
        [image for image, *_ in rows],
        {"reader": [reader for _, reader, *_ in rows], "file": [file for *_, file, _ in rows]},
        words=[word for *_, word in rows],
    )
    lost = pl.DataFrame(other, schema=NONE_EXCLUDED.schema, orient="row")
    count = len(rows) + len(other)
    inputs = InputFile(some(labels.file), digest.hexdigest(), size, count)
    return replace(made, excluded=lost), (inputs,)


def parse_lidc(content: bytes, path: Path) -> _Reading:
    """Read one file.

    Args:
        content: its bytes.
        path: names it in errors.

    Raises:
        SourceError: no XML, no reading sessions, marks without numbers.

    Source: the schema that the XML files name, LIDC/IDRI (TCIA).
    """
    # A file declares no entities; one that does may blow up to gigabytes.
    if b"<!ENTITY" in content:
        raise SourceError(
            f"reading sessions as plain XML at {path}",
            "a file that declares entities",
            "Leave it out",
        )
    try:
        root = ElementTree.fromstring(content)
        if _plain(root) != CT_ROOT:
            if not any(_plain(one).endswith("eadingSession") for one in root):
                raise ValueError(f"the element {_plain(root)}, which holds no reading session")
            return _Reading("", None)
        header = next(_all(root, "ResponseHeader"))
        series = _text(header, "SeriesInstanceUid") or _text(header, "SeriesInstanceUID")
        if not series:
            raise ValueError("no SeriesInstanceUid in its header")
        return _Reading(series, tuple(_session(one) for one in _all(root, "readingSession")))
    except (ElementTree.ParseError, ValueError, LookupError, StopIteration) as error:
        raise SourceError(
            f"reading sessions as LIDC-IDRI's at {path}",
            str(error) or "no ResponseHeader",
            "Is the file whole? Download it again",
        ) from error


def _session(element: ElementTree.Element) -> Session:
    words: list[str] = []
    nodules = []
    for mark in _all(element, "unblindedReadNodule"):
        outlines = tuple(_outline(roi) for roi in _all(mark, "roi"))
        # A point marks a nodule that is too small to be outlined.
        if sum(len(one.points) for one in outlines) <= 1:
            words.append(SMALL)
        else:
            words.append(NODULE)
            nodules.append(outlines)
    return Session(tuple(dict.fromkeys(words)), tuple(nodules))


def _outline(roi: ElementTree.Element) -> NoduleOutline:
    points = [(_whole(one, "xCoord"), _whole(one, "yCoord")) for one in _all(roi, "edgeMap")]
    said = _text(roi, "imageZposition")
    if not said:
        raise ValueError("an outline without imageZposition")
    return NoduleOutline(float(said), tuple(points), _text(roi, "inclusion").upper() != "FALSE")


def _all(element: ElementTree.Element, name: str) -> Iterator[ElementTree.Element]:
    return (one for one in element if _plain(one) == name)


def _plain(element: ElementTree.Element) -> str:
    """Give a name without its namespace."""
    return element.tag.rpartition("}")[2]


def _text(element: ElementTree.Element, name: str) -> str:
    return next(((one.text or "").strip() for one in _all(element, name)), "")


def _whole(element: ElementTree.Element, name: str) -> int:
    return int(float(_text(element, name)))


def list_nodules(sessions: Sequence[Session]) -> tuple[tuple[NoduleOutline, ...], ...]:
    """Give the outlines of each reader, in their order."""
    return tuple(
        tuple(outline for nodule in session.nodules for outline in nodule) for session in sessions
    )
