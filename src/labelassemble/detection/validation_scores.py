"""How good predictions on whole images are: two cheap scores that choose the best epoch."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from labelassemble.detection.dense_case import DenseCase
from labelassemble.detection.match_candidates import match_case
from labelassemble.images.batch import LabelArrays
from labelassemble.metrics.auroc import class_auroc
from labelassemble.metrics.class_mean import class_mean
from labelassemble.metrics.lesions.find_lesions import find_lesions
from labelassemble.metrics.lesions.froc import froc
from labelassemble.metrics.lesions.match_lesions import Matches, join_matches
from labelassemble.settings import DetectionSettings


class SeenImage(NamedTuple):
    """What is kept of the prediction to one image.

    Attributes:
        row: of the image in ``LabelArrays``.
        prediction: the largest of each class; nan where the training diverged.
        matches: of its candidates; None where they are not asked for.
    """

    row: int
    probability: Float[np.ndarray, " classes"]
    matches: Matches | None


def look_at(
    probability: Float[np.ndarray, "classes *space"], case: DenseCase, settings: DetectionSettings
) -> SeenImage:
    """Keep of a prediction what scores need; candidates where ``chosen_by`` is ``froc``."""
    highest = image_probability(probability)
    matches = None
    if settings.chosen_by == "froc" and np.isfinite(highest).all():
        annotated = case.annotated
        found = find_lesions(probability, annotated.spacing, settings.candidates, annotated.affine)
        matches = match_case(found, case, settings)
    return SeenImage(case.row, highest, matches)


def image_probability(
    probability: Float[np.ndarray, "classes *space"],
) -> Float[np.ndarray, " classes"]:
    """Give the prediction of a whole image: the largest of its places; nan where one is.

    >>> image_probability(np.array([[[0.1, 0.7]], [[0.2, 0.0]]])).tolist()
    [0.7, 0.2]
    """
    highest: Float[np.ndarray, " classes"] = probability.reshape(len(probability), -1).max(axis=1)
    return highest


def score_images(
    seen: Sequence[SeenImage], labels: LabelArrays
) -> tuple[float | None, float | None]:
    """Score validation images: AUROC of their largest predictions, FROC of their candidates.

    Args:
        seen: an image may be there twice and counts once.
        labels: what the table knows of images.

    Returns:
        Two means over the classes that can be scored; None where none can, or where it was not
        asked for.

    Source: mean sensitivity at 1/8 to 8 false positives: Setio 2017, LUNA16.
    """
    once = {one.row: one for one in seen}
    rows = np.array(sorted(once), dtype=np.int64)
    probability = np.stack([once[row].probability for row in rows.tolist()])
    auroc = class_mean(class_auroc(probability, labels.label[rows], labels.known[rows]))
    matches = [one for row in rows.tolist() if (one := once[row].matches) is not None]
    score = None
    if matches:
        joined = join_matches(matches)
        by_class = np.array([froc(joined, place).score for place in range(joined.known.shape[1])])
        mean = class_mean(by_class)
        score = mean.score if mean.covered else None
    return auroc.score if auroc.covered else None, score
