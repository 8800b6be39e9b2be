"""What an arm costs: images that go forward through a network, teachers' included."""

from labelassemble.experiments.arms import Arm
from labelassemble.experiments.table_changes import count_labels


def count_passes(arm: Arm) -> int:
    """Forward passes of images that one seed's networks take in training.

    Images an epoch times epochs times views, of every network of the seed; of an arm with
    teachers also what each teacher took, and its one prediction for every training image. Backward
    passes, validation and the search are not counted.
    """
    # Here, so that planning is done before Lightning is imported.
    from labelassemble.training.epoch_data import count_views

    training = arm.recipe.training
    records = count_labels(arm.table_of(-1)).records
    views = count_views(arm.runs[0].method, arm.recipe.losses.bce_views)
    each = (training.images_per_epoch or records) * training.epochs * views
    own = each * len(arm.runs)
    if arm.control is None or not arm.teachers:
        return own
    teachers = arm.teachers * count_passes(arm.control)
    return teachers if arm.averages else own + teachers + arm.teachers * records
