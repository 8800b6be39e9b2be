"""What is said of every image."""

import numpy as np

from labelassemble.sources.assessments import NEGATIVE, NO_REASON, POSITIVE, Reason, Statements
from labelassemble.sources.encodings.every_image import EveryImage
from labelassemble.sources.problems import AT_ONCE, Problems
from labelassemble.sources.rows import Rows
from labelassemble.sources.scope import Scope


def state_every_image(
    rows: Rows, labels: EveryImage, scope: Scope, problems: Problems = AT_ONCE
) -> Statements:
    """Say the same of every row.

    Args:
        rows: the images.
        labels: what all of them have, and what none of them has.
        scope: not asked; the terms are their own scope.
        problems: there can be none.

    >>> from labelassemble.sources.rows import make_rows
    >>> labels = EveryImage(encoding="every_image", positive=("COVID-19",), negative=("Mass",))
    >>> state_every_image(make_rows(["a.png", "b.png"]), labels, Scope()).state.tolist()
    [[3, 1], [3, 1]]
    """
    del scope, problems
    there = [term in (labels.positive or ()) for term in labels.terms]
    state = [POSITIVE if one else NEGATIVE for one in there]
    reason = [1 if one else 2 for one in there]
    height = rows.facts.height
    return Statements(
        labels.terms,
        np.tile(np.array(state, dtype=np.uint8), (height, 1)),
        np.tile(np.array(reason, dtype=np.uint16), (height, 1)),
        (NO_REASON, Reason("labels.positive: every image"), Reason("labels.negative: no image")),
    )
