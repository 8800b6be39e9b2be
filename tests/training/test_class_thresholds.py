import numpy as np
import pytest
import torch

from labelassemble.images.batch import LabelArrays
from labelassemble.settings import LossSettings
from labelassemble.training.class_thresholds import (
    class_prevalence,
    class_thresholds,
    source_prevalence,
)


@pytest.fixture
def labels() -> LabelArrays:
    """Four classes: one in five positive, none of many, all of one, and one that is not known."""
    count = 200
    label, known = np.zeros((count, 4), dtype=np.float32), np.zeros((count, 4), dtype=bool)
    known[:100, 0] = known[:, 1] = known[:10, 2] = True
    label[:20, 0] = label[:, 2] = 1.0
    # Neither unknown cells nor other splits may count.
    label[100:, 0] = 1.0
    split = ["train"] * 150 + ["validate"] * 50
    known[150:, 3] = True
    label[150:, 3] = 1.0
    return LabelArrays(
        label=label,
        known=known,
        source=np.zeros(count, dtype=np.int64),
        record=tuple(map(str, range(count))),
        split=tuple(split),
        classes=("a", "b", "c", "d"),
        sources=("north",),
    )


def test_fixed_ones_by_class(labels: LabelArrays) -> None:
    losses = LossSettings(threshold=0.4, threshold_by_class={"b": 0.1})
    expected = torch.tensor([0.4, 0.1, 0.4, 0.4])
    assert torch.equal(class_thresholds(losses, labels), expected)


def test_prevalence_of_known_training_cells(labels: LabelArrays) -> None:
    np.testing.assert_allclose(class_prevalence(labels), [0.2, 0.0, 1.0, np.nan])
    # Kept between 0.01 and 0.5; what nobody knows has the fixed one.
    rule = LossSettings(threshold_rule="prevalence", threshold=0.4)
    expected = torch.tensor([0.2, 0.01, 0.5, 0.4])
    torch.testing.assert_close(class_thresholds(rule, labels), expected)
    named = rule.model_copy(update={"threshold_by_class": {"a": 0.7, "d": 0.3}})
    expected = torch.tensor([0.7, 0.01, 0.5, 0.3])
    torch.testing.assert_close(class_thresholds(named, labels), expected)


def test_a_soft_label_counts_as_the_part_that_it_says(labels: LabelArrays) -> None:
    soft = labels._replace(label=np.where(labels.label == 1.0, 0.5, 0.0).astype(np.float32))
    assert class_prevalence(soft)[0] == pytest.approx(0.1)


def test_a_source_that_knows_much_has_its_own_prevalence(labels: LabelArrays) -> None:
    half = np.repeat([0, 1], 50)
    source = np.concatenate([half, np.zeros(100, dtype=np.int64)])
    two = labels._replace(source=source, sources=("north", "east", "west"))
    prevalence = source_prevalence(two)
    # Class a: 20 of 100 known cells, all 20 in north's 50; west knows nothing.
    np.testing.assert_allclose(prevalence[:, 0], [22 / 60, 2 / 60, 0.2])
    assert np.isnan(prevalence[:, 3]).all()
    np.testing.assert_allclose(prevalence[:, 2], 1.0)
