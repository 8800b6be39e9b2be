"""What boxes in files beside the images mean."""

from typing import Any, Final

from labelassemble.sources.assessments import Statements
from labelassemble.sources.encodings.box_files import BoxFiles
from labelassemble.sources.problems import AT_ONCE, Problems
from labelassemble.sources.rows import Rows
from labelassemble.sources.scope import Scope, Words
from labelassemble.sources.term_cells import BETWEEN
from labelassemble.sources.uncertain_terms import state_words_and_doubts

NOT_THERE: Final = "no label file"
"""The word of an image that nobody labelled."""


HARD: Final = " (difficult)"
"""What stands behind the word of an object that its author called hard to tell."""


def state_box_files(
    rows: Rows, labels: BoxFiles, scope: Scope, problems: Problems = AT_ONCE
) -> Statements:
    """Make statements of images' objects, as `read_box_files` read them.

    An image whose label file has no object has the word ``""``, which means that nothing was
    found, unless the scope says otherwise.

    >>> from labelassemble.sources.rows import make_rows
    >>> rows = make_rows(["a", "b", "c"], words=["Mass", "", NOT_THERE])
    >>> labels = BoxFiles(encoding="box_files", form="voc", file=("*.xml",))
    >>> state_box_files(rows, labels, Scope(terms=("Mass",))).state.tolist()  # 0 unknown
    [[3], [1], [0]]
    """
    del labels
    cells, changes = rows.cells["words"], dict[str, Any]()
    if "" not in (*scope.no_finding, *scope.ignore):
        changes["no_finding"] = (*scope.no_finding, "")
    if (cells == NOT_THERE).any():
        changes["ignore"] = (*scope.ignore, NOT_THERE)
    listed = {*scope.terms, *scope.positive_only}
    words = {one for cell in cells.unique() for one in cell.split(BETWEEN)}
    hard = {one: one.removesuffix(HARD) for one in sorted(words) if one.endswith(HARD)}
    changes["uncertain"] = {
        **scope.uncertain, **{one: (of,) for one, of in hard.items() if of in listed}
    }  # fmt: skip
    plain = {one: of for one, of in hard.items() if of not in listed}

    def take_apart(cell: str) -> Words:
        found = tuple(dict.fromkeys(plain.get(one, one) for one in cell.split(BETWEEN)))
        return Words(found, found)

    told = scope.model_copy(update=changes)
    return state_words_and_doubts(
        rows.facts["image"], cells, take_apart, told, "label files", problems
    )
