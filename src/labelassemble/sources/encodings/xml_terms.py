"""Labels as terms in XML files, one file a report, which names its images."""

from typing import Annotated, Literal
from xml.etree import ElementTree

from pydantic import Field, model_validator

from labelassemble.setting_types import Settings
from labelassemble.sources.assessments import Statements
from labelassemble.sources.encodings.class_column import walk_path
from labelassemble.sources.problems import AT_ONCE, Problems
from labelassemble.sources.rows import Rows
from labelassemble.sources.scope import Names, Scope, Words
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
