"""Heat maps of every arm, judged by whether their peak lies in the lesion."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from labelassemble.errors import LabelAssembleError, plural
from labelassemble.experiments.experiment import Finished
from labelassemble.experiments.wording import say_score
from labelassemble.training.run_folder import BEST, CHECKPOINTS


class HeatMaps(NamedTuple):
    """Score of every arm in words, and what they are or why there are none."""

    scores: Mapping[str, str]
    note: str


def judge_heat_maps(finished: Finished) -> HeatMaps:
    """Score the heat maps of all arms but those whose prediction comes from several networks.

    Where masks cannot be read, the experiment is none the worse: the note says why.
    """
    if finished.recipe.detection.task != "diagnosis":
        return HeatMaps({}, "")
    # Here, so that planning is done before torch is imported.
    from labelassemble.experiments.pointing_game import find_lesion_masks, score_pointing

    scores = {}
    try:
        lesions = find_lesion_masks(finished.recipe, finished.table, finished.store)
        if not lesions.number:
            return HeatMaps({}, "")
        for arm in finished.plan.arms:
            if arm.runs[0].method == "single" or arm.averages:
                continue
            places = [finished.runs / arm.folder_name(arm.runs[0], one) for one in finished.seeds]
            own = [
                score_pointing(one / CHECKPOINTS / BEST, finished.store, lesions) for one in places
            ]
            scores[arm.name] = say_score(float(np.mean(own)))
            if len(own) > 1:
                scores[arm.name] += f" (sd {say_score(float(np.std(own, ddof=1)))})"
    except LabelAssembleError as error:
        return HeatMaps({}, f"Heat maps were not judged. {' '.join(str(error).split())}")
    return HeatMaps(
        scores,
        f"Heat map: share of {plural(lesions.number, 'drawn lesion')} of test images in which "
        "the highest place of their class's map lies, the mean over classes and seeds; a place at "
        f"random would lie in {say_score(lesions.chance)} of them. Lesions smaller than a place of "
        "the feature map are hit by luck.",
    )
