"""XML files of reports or terms, read."""

import hashlib
import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import polars as pl

from labelassemble.errors import SourceError, plural, some
from labelassemble.sources.encodings.xml_terms import XmlTerms
from labelassemble.sources.find_files import find_files, read_bytes
from labelassemble.sources.input_file import InputFile
from labelassemble.sources.rows import NONE_EXCLUDED, Rows, make_rows
from labelassemble.sources.term_cells import BETWEEN


def read_xml(folder: Path, labels: XmlTerms) -> tuple[Rows, tuple[InputFile, ...]]:
    """Read reports: a row an image, the report's terms in the label cell ``words``.

    A report without an image is left out, and listed.

    Raises:
        SourceError: no such files, or one that is no XML.
    """
    paths = find_files(folder, labels.file)
    digest, size, rows = hashlib.sha256(), 0, []
    imageless: list[tuple[str, str, int]] = []
    for path in paths:
        content = read_bytes(path)
        digest.update(content)
        size += len(content)
        root = _parse(content, path)
        words = [
            re.sub(r"\s+", " ", element.text or "").strip()
            for name in labels.terms
            for element in root.iterfind(f".//{name}")
        ]
        cell = BETWEEN.join(sorted({word for word in words if word}))
        patient = next(iter(_find(root, labels.patient)), "") if labels.patient else ""
        place = path.relative_to(folder).as_posix()
        images = list(dict.fromkeys(_find(root, labels.image)))
        rows += [(image, patient, place, cell) for image in images]
        if not images:
            imageless.append((place, f"a report without {labels.image}", 1))
    if not rows:
        raise SourceError(
            f"images ({labels.image}) in {some(labels.file)} in {folder}",
            f"none in {plural(len(paths), 'file')}",
            "Check labels.image in the manifest",
        )
    facts = {
        "image": [image for image, *_ in rows],
        "patient": [patient for _, patient, *_ in rows],
        "file": [place for _, _, place, _ in rows],
    }
    made = make_rows(facts["image"], facts, words=[cell for *_, cell in rows])
    lost = pl.DataFrame(imageless, schema=NONE_EXCLUDED.schema, orient="row")
    read = len(rows) + len(imageless)
    inputs = InputFile(path=some(labels.file), sha256=digest.hexdigest(), size=size, rows=read)
    return replace(made, excluded=lost), (inputs,)


def _parse(content: bytes, path: Path) -> ElementTree.Element:
    # A report declares no entities; one that does may blow up to gigabytes.
    if b"<!ENTITY" in content:
        raise SourceError(
            f"a report as plain XML at {path}", "a file that declares entities", "Leave it out"
        )
    try:
        return ElementTree.fromstring(content)
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise SourceError(
            f"XML at {path}", str(error), "Is the file whole? Download it again"
        ) from error


def _find(root: ElementTree.Element, place: str) -> list[str]:
    element, _, attribute = place.partition("@")
    found = [
        one.get(attribute) if attribute else one.text for one in root.iterfind(f".//{element}")
    ]
    return [text.strip() for text in found if text and text.strip()]
