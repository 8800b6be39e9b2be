"""The table of boxes that the networks of an experiment find."""

import numpy as np

from labelassemble.errors import LabelAssembleError
from labelassemble.experiments.experiment import Finished
from labelassemble.experiments.wording import say_score
from labelassemble.report.experiment.content import TextTable
from labelassemble.training.run_folder import BEST, CHECKPOINTS

_NOTE = (
    "A box is put around the connected part of a class's map that holds its highest place, above a "
    "percentile of the map that is chosen for each class on the boxes of other patients (two "
    "halves, each by the other). IoU: intersection over union with the drawn box; IoBB: over the "
    "box that was found. Every number is a mean over classes and seeds. Boxes of test images:"
)


def judge_boxes(finished: Finished) -> tuple[tuple[TextTable, ...], tuple[str, ...]]:
    """Score the boxes of all arms but those whose prediction comes from several networks.

    Returns:
        The table, none where nobody drew on test images, and why there is none where what was drawn
        cannot be read: the experiment is none the worse for it.
    """
    # Here, so that planning is done before torch is imported.
    from labelassemble.experiments.box_scores import (
        IOBB,
        IOU,
        count_boxes,
        measure_overlaps,
        score_boxes,
    )
    from labelassemble.experiments.pointing_game import find_lesion_masks

    table, store = finished.table, finished.store
    try:
        lesions = find_lesion_masks(finished.recipe, table, store)
        counts = count_boxes(lesions, table.classes)
        if not counts:
            return (), ()
        rows = []
        for arm in finished.plan.arms:
            if arm.runs[0].method == "single" or arm.averages:
                continue
            places = [finished.runs / arm.folder_name(arm.runs[0], one) for one in finished.seeds]
            own = [
                score_boxes(measure_overlaps(one / CHECKPOINTS / BEST, table, store, lesions))
                for one in places
            ]
            numbers = np.array([[one.iou, *one.found_iou, *one.found_iobb] for one in own])
            said = (say_score(float(one)) for one in numbers.mean(axis=0))
            rows.append((arm.name, *said))
    except LabelAssembleError as error:
        return (), (f"Boxes were not judged. {' '.join(str(error).split())}",)
    columns = (
        *("variant", "mean IoU"),
        *(f"IoU from {one:g}" for one in IOU),
        *(f"IoBB from {one:g}" for one in IOBB),
    )
    listed = ", ".join(f"{name} {count}" for name, count in counts.items())
    note = f"{_NOTE} {lesions.number:,} ({listed})."
    return (TextTable("Boxes", columns, tuple(rows), note),), ()
