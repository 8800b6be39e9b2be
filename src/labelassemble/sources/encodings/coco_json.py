"""Labels in a COCO file: images, categories, and annotations with boxes."""

from typing import Literal

from labelassemble.sources.assessments import Statements
from labelassemble.sources.box_columns import BoxFormat
from labelassemble.sources.box_frame import BoxFrame
from labelassemble.sources.gather_rows import gather_words
from labelassemble.sources.problems import AT_ONCE, Problems
from labelassemble.sources.regular_expression import RegularExpression
from labelassemble.sources.rows import Rows
from labelassemble.sources.scope import Names, Scope
from labelassemble.sources.term_cells import split_words
from labelassemble.sources.uncertain_terms import state_words_and_doubts


class CocoJson(BoxFrame):
    """A category that an image's annotations name is positive; the rest of the scope is negative.

    An image without an annotation is negative for all of the scope: `[[subsets]]` narrow that where
    only a part of the images was annotated. Boxes are in pixels of images of the `width` and
    `height` that the file names; an annotation that has polygons alone has the box around them.
    """

    encoding: Literal["coco_json"]
    file: Names
    """Name below the source's folder, a pattern, or a list of these."""
    format: BoxFormat = "corner_size"
    """As `boxes.format`; COCO's own is corner_size."""
    patient_pattern: RegularExpression | None = None
    """Regular expression with a group ``patient``, searched in the file name of an image."""


def gather_coco(rows: Rows, labels: CocoJson, problems: Problems = AT_ONCE) -> Rows:
    """Bring the annotations of one image together."""
    del labels, problems
    return gather_words(rows, rows.cells["words"], rows.cells)


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
