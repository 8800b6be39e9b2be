from collections.abc import Callable

import numpy as np
import pytest

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.detection.open_cases import make_cases, open_annotated
from labelassemble.detection.validation_scores import look_at, score_images
from labelassemble.images.batch import make_labels
from labelassemble.settings import Recipe
from labelassemble.sources.assessments import POSITIVE


@pytest.mark.parametrize("right", [True, False])
def test_right_predictions_score_one(
    right: bool, make_recipe: Callable[..., Recipe], volume_table: AssembledTable
) -> None:
    settings = make_recipe(detection={"chosen_by": "froc"}).detection
    labels = make_labels(volume_table, volume_table.classes)
    rows = labels.rows("test")
    names = [labels.record[row] for row in rows]
    annotated = open_annotated(make_recipe(), volume_table, names, store=None, drawn_on=set(names))
    seen = []
    for case in make_cases(annotated, labels, volume_table.classes, rows):
        probability = (case.state() == POSITIVE).astype(np.float32) * 0.9
        if not right:
            probability = np.roll(probability, 8, axis=1)
        seen.append(look_at(probability, case, settings))
    auroc, froc = score_images([*seen, seen[0]], labels)
    assert auroc == 1.0, "of the largest prediction, wherever it lies"
    assert froc == (1.0 if right else 0.0)
    plain = make_recipe().detection
    cases = make_cases(annotated, labels, volume_table.classes, rows[:2])
    once = [look_at(np.zeros((2, *case.annotated.shape)), case, plain) for case in cases]
    assert score_images(once, labels)[1] is None
