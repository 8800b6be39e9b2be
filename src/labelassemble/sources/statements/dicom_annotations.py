"""What DICOM objects on a series mean."""

from labelassemble.sources.assessments import Statements
from labelassemble.sources.compile_pattern import compile_pattern
from labelassemble.sources.encodings.dicom_annotations import DicomAnnotations
from labelassemble.sources.problems import AT_ONCE, Problems
from labelassemble.sources.rows import Rows
from labelassemble.sources.scope import Scope
from labelassemble.sources.term_cells import split_words
from labelassemble.sources.uncertain_terms import state_words_and_doubts

NOTHING_FOUND = "nothing drawn"
"""The word of a series that somebody worked on, and in which nothing was drawn."""


SILENT = "no annotation"
"""The word of a series of which no object speaks."""


def find_word(names: tuple[str, ...], labels: DicomAnnotations, scope: Scope) -> str | None:
    """Find what the names of one thing mean to the scope; none: it knows none of them.

    >>> labels = DicomAnnotations(encoding="dicom_annotations", words={"gtv.*": "tumor"})
    >>> scope = Scope(terms=("tumor", "Nodule"))
    >>> find_word(("Nodule 3", "Nodule"), labels, scope), find_word(("GTV-1",), labels, scope)
    ('Nodule', 'tumor')
    """
    words = (*scope.terms, *scope.positive_only, *scope.ignore, *scope.no_finding)
    known = {word.casefold(): word for word in (*words, *scope.uncertain)}
    for name in names:
        if name.casefold() in known:
            return known[name.casefold()]
    for name in names:
        for pattern, word in labels.words.items():
            if compile_pattern(pattern, ignore_case=True).fullmatch(name):
                return word
    return None


def state_dicom(
    rows: Rows, labels: DicomAnnotations, scope: Scope, problems: Problems = AT_ONCE
) -> Statements:
    """Make statements of what was drawn on series."""
    said = set(rows.cells["words"])
    nothing, blank = scope.no_finding, scope.ignore
    nothing = (*nothing, *({NOTHING_FOUND} & said))
    if labels.without == "negative":
        nothing = (*nothing, *({SILENT} & said))
    else:
        blank = (*blank, *({SILENT} & said))
    told = scope.model_copy(update={"no_finding": nothing, "ignore": blank})
    return state_words_and_doubts(
        rows.facts["image"], rows.cells["words"], split_words, told, "the annotations", problems
    )
