"""What arrays of labels mean."""

from labelassemble.sources.assessments import Statements
from labelassemble.sources.encodings.npz_arrays import NpzArrays, find_npz_terms
from labelassemble.sources.problems import AT_ONCE, Problems
from labelassemble.sources.rows import Rows
from labelassemble.sources.scope import Scope
from labelassemble.sources.term_cells import split_words
from labelassemble.sources.uncertain_terms import state_words_and_doubts


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
