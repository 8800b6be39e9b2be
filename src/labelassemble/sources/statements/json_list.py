"""What the objects of a JSON list mean."""

from labelassemble.sources.assessments import Statements
from labelassemble.sources.encodings.json_list import JsonList
from labelassemble.sources.problems import AT_ONCE, Problems
from labelassemble.sources.rows import Rows
from labelassemble.sources.scope import Scope
from labelassemble.sources.term_cells import split_words
from labelassemble.sources.uncertain_terms import state_words_and_doubts


def state_json_list(
    rows: Rows, labels: JsonList, scope: Scope, problems: Problems = AT_ONCE
) -> Statements:
    """Make statements of images' findings, as `read_json_list` gathered them.

    An image that lists nothing has the word ``""``, which means that nothing was found, unless the
    scope says otherwise.
    """
    told = scope
    if "" not in (*scope.no_finding, *scope.ignore):
        told = scope.model_copy(update={"no_finding": (*scope.no_finding, "")})
    return state_words_and_doubts(
        rows.facts["image"],
        rows.cells["words"],
        split_words,
        told,
        f"the key {labels.findings!r}",
        problems,
    )
