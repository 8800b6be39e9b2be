"""What terms in XML files mean."""

from labelassemble.sources.assessments import Statements
from labelassemble.sources.encodings.xml_terms import XmlTerms
from labelassemble.sources.problems import AT_ONCE, Problems
from labelassemble.sources.rows import Rows
from labelassemble.sources.scope import Scope, Words
from labelassemble.sources.statements.class_column import walk_path
from labelassemble.sources.term_cells import BETWEEN
from labelassemble.sources.uncertain_terms import state_words_and_doubts


def state_xml(
    rows: Rows, labels: XmlTerms, scope: Scope, problems: Problems = AT_ONCE
) -> Statements:
    """Make statements of reports' terms, as `read_xml` gathered them.

    >>> labels = XmlTerms(encoding="xml_terms", file="*.xml", terms="major", image="image")
    >>> scope = Scope(terms=("Opacity", "Diaphragm/elevated"))
    >>> from labelassemble.sources.rows import make_rows
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
