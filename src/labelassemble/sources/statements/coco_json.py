"""What the annotations of a COCO file mean."""

from labelassemble.sources.assessments import Statements
from labelassemble.sources.encodings.coco_json import CocoJson
from labelassemble.sources.problems import AT_ONCE, Problems
from labelassemble.sources.rows import Rows
from labelassemble.sources.scope import Scope
from labelassemble.sources.term_cells import split_words
from labelassemble.sources.uncertain_terms import state_words_and_doubts


def state_coco(
    rows: Rows, labels: CocoJson, scope: Scope, problems: Problems = AT_ONCE
) -> Statements:
    """Make statements of images' categories, as `read_coco` gathered them.

    An image without annotations has the word ``""``, which means that nothing was found.
    """
    del labels
    # Silence here is a negative: the annotators saw the image and drew nothing.
    told = scope.model_copy(update={"no_finding": (*scope.no_finding, "")})
    return state_words_and_doubts(
        rows.facts["image"], rows.cells["words"], split_words, told, "annotations", problems
    )
