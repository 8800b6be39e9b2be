"""Labels and images as arrays in one npz or HDF5 file: MedMNIST's layout."""

from typing import Annotated, Literal

from pydantic import Field

from labelassemble.setting_types import Settings
from labelassemble.sources.assessments import Statements
from labelassemble.sources.problems import AT_ONCE, Problems
from labelassemble.sources.rows import Rows
from labelassemble.sources.scope import Names, Scope
from labelassemble.sources.term_cells import split_words
from labelassemble.sources.uncertain_terms import state_words_and_doubts


class NpzArrays(Settings):
    """Arrays ``<part>_images`` and ``<part>_labels``, the part being train, val or test."""

    encoding: Literal["npz_arrays"]
    file: Names
    """Name below the source's folder, or a pattern: one file is read."""
    classes: Annotated[tuple[str, ...], Field(min_length=1)]
    """Words in the order of the numbers: of the columns (`several` true) or of the class index."""
    several: bool = False
    """true: a column of 0 and 1 for each word, any number of them 1. false: one column that holds
    the index of the one word."""


def find_npz_terms(labels: NpzArrays, scope: Scope) -> tuple[str, ...]:
    """Give the words that were looked for: the scope's terms, else all that say something."""
    other = {*scope.no_finding, *scope.ignore, *scope.positive_only, *scope.uncertain}
    return scope.terms or tuple(name for name in labels.classes if name not in other)


def state_npz(
    rows: Rows, labels: NpzArrays, scope: Scope, problems: Problems = AT_ONCE
) -> Statements:
    """Make statements of the words of arrays; an image without any is negative for the scope."""
    none = (*scope.no_finding, "") if labels.several else scope.no_finding
    terms = find_npz_terms(labels, scope)
    told = scope.model_copy(update={"terms": terms, "no_finding": none})
    return state_words_and_doubts(
        rows.facts["image"], rows.cells["words"], split_words, told, "labels", problems
    )
