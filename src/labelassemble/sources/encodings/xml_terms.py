"""Labels as terms in XML files, one file a report, which names its images."""

import hashlib
import re
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal
from xml.etree import ElementTree

import polars as pl
from pydantic import Field, model_validator

from labelassemble.errors import SourceError, plural, some
from labelassemble.settings import Settings
from labelassemble.sources.assessments import Statements
from labelassemble.sources.encodings.class_column import walk_path
from labelassemble.sources.input_file import InputFile
from labelassemble.sources.problems import AT_ONCE, Problems
from labelassemble.sources.rows import NONE_EXCLUDED, Rows, make_rows
from labelassemble.sources.scope import Names, Scope, Words
from labelassemble.sources.table_file import find_files, read_bytes
from labelassemble.sources.term_cells import BETWEEN
from labelassemble.sources.uncertain_terms import state_words_and_doubts


class XmlTerms(Settings):
    """A term that a report holds is positive on all of its images; the rest is negative.

    Terms may carry qualifiers (``Opacity/lung/base/left``). What counts is the term of the scope
    with the same heading and the most of these qualifiers: ``Diaphragm/left/elevated/mild`` is
    ``Diaphragm/elevated``, and if the scope does not know that, ``Diaphragm``.
    """

    encoding: Literal["xml_terms"]
    file: Names
    """Files below the source's folder, such as ``ecgen-radiology/*.xml``."""
    terms: Names
    """Elements that hold one term each, as paths below the root: ``MeSH/major``."""
    image: str
    """Element of an image and its attribute with the name, joined by ``@``: ``parentImage@id``; or
    an element alone, whose text is the name."""
    patient: str | None = None
    """The same for the patient; none: one report, one patient is not assumed, it is unknown."""
    qualifier: Annotated[str, Field(min_length=1)] = "/"
    """What stands between a term and its qualifiers."""

    @model_validator(mode="after")
    def _findable(self) -> "XmlTerms":
        for place in (*self.terms, self.image, self.patient or "any"):
            element = place.partition("@")[0]
            try:
                ElementTree.Element("root").find(f".//{element}")
            except (SyntaxError, KeyError, TypeError) as error:
                raise ValueError(f"{place!r} is no path of elements") from error
        return self


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


def state_xml(
    rows: Rows, labels: XmlTerms, scope: Scope, problems: Problems = AT_ONCE
) -> Statements:
    """Make statements of reports' terms, as `read_xml` gathered them.

    >>> labels = XmlTerms(encoding="xml_terms", file="*.xml", terms="major", image="image")
    >>> scope = Scope(terms=("Opacity", "Diaphragm/elevated"))
    >>> rows = make_rows(image=["a"], words=["Diaphragm/left/elevated"])
    >>> state_xml(rows, labels, scope).state.tolist()
    [[1, 3]]
    """
    listed = {*scope.terms, *scope.positive_only, *scope.uncertain}
    known = _by_heading([*listed, *scope.no_finding, *scope.ignore], labels.qualifier)

    def take_apart(cell: str) -> Words:
        words = [_find_term(written, known, labels.qualifier) for written in cell.split(BETWEEN)]
        steps = [walk_path(word, labels.qualifier, scope).positive for word in words]
        positive = [step for path in steps for step in path if step in listed]
        return Words(tuple(dict.fromkeys(words)), tuple(dict.fromkeys(positive)))

    place = " and ".join(labels.terms)
    return state_words_and_doubts(
        rows.facts["image"], rows.cells["words"], take_apart, scope, place, problems
    )


def _by_heading(terms: list[str], qualifier: str) -> dict[str, list[tuple[frozenset[str], str]]]:
    """Heading to the qualifiers of each term that has it, the most first."""
    known: dict[str, list[tuple[frozenset[str], str]]] = {}
    for term in sorted(terms):
        heading, *qualifiers = term.split(qualifier)
        known.setdefault(heading, []).append((frozenset(qualifiers), term))
    for those in known.values():
        those.sort(key=lambda one: -len(one[0]))
    return known


def _find_term(
    written: str, known: dict[str, list[tuple[frozenset[str], str]]], qualifier: str
) -> str:
    """The term of the scope that a written one is; itself if none is."""
    heading, *qualifiers = (part.strip() for part in written.split(qualifier))
    there = set(qualifiers)
    return next((term for needed, term in known.get(heading, ()) if needed <= there), written)


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
