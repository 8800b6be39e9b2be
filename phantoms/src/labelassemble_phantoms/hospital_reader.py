"""What a hospital's reader writes down: the truth, dulled where little is to be seen."""

import numpy as np
from jaxtyping import Bool

from labelassemble_phantoms.chest_radiograph import Radiograph
from labelassemble_phantoms.finding_model import FINDINGS, VISIBLE_SEVERITY

READER_SPREAD = 0.05
"""Standard deviation of a reader's impression of a severity."""
DOUBT = 0.07
"""A reader who may say "uncertain" does so within this distance of the limit of visibility."""

Opinion = str
"""One of "positive", "negative", "uncertain"."""


def read_radiograph(
    radiograph: Radiograph, generator: np.random.Generator, may_doubt: bool
) -> dict[str, Opinion]:
    """Say of every finding what a reader would.

    The reader's impression of the severity is off by `READER_SPREAD`, so a lesion near the limit
    of visibility is missed or, where it is a little below, called. What is hidden behind fluid or
    in a fallen lung is never called. The truth of the reference is `Radiograph.labels` instead.
    """
    noise = generator.standard_normal(len(FINDINGS))
    impression = radiograph.severity + READER_SPREAD * noise
    hidden: Bool[np.ndarray, " findings"] = (
        radiograph.severity > VISIBLE_SEVERITY
    ) & ~radiograph.labels
    opinions: dict[str, Opinion] = {}
    for index, name in enumerate(FINDINGS):
        if radiograph.severity[index] <= 0 or hidden[index]:
            opinions[name] = "negative"
        elif may_doubt and abs(impression[index] - VISIBLE_SEVERITY) < DOUBT:
            opinions[name] = "uncertain"
        else:
            opinions[name] = "positive" if impression[index] > VISIBLE_SEVERITY else "negative"
    return opinions
