"""Confident learning of one class, held against slow loops and known faults."""

import numpy as np
import pytest
from numpy.random import default_rng

from labelassemble.errors import MetricError
from labelassemble.metrics.label_faults import count_confident, self_confidence


def draw(cells: int, seed: int, flipped: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Calibrated probabilities, labels with faults, and which are faults."""
    drawn = default_rng(seed)
    probability = drawn.beta(0.4, 1.2, cells)
    truth = drawn.random(cells) < probability
    fault = drawn.random(cells) < flipped
    return probability, (truth ^ fault).astype(float), fault


def test_the_confident_joint_as_a_slow_loop_counts_it() -> None:
    probability, label, _ = draw(400, 0, 0.1)
    found = count_confident(probability, label)
    each = {0: 1 - probability, 1: probability}
    start = {j: np.mean([each[j][n] for n in range(400) if label[n] == j]) for j in (0, 1)}
    assert found.absent_from == pytest.approx(start[0])
    assert found.present_from == pytest.approx(start[1])
    joint, likely = np.zeros((2, 2)), []
    for n in range(400):
        sure = [(each[j][n], j) for j in (0, 1) if each[j][n] >= start[j]]
        believed = max(sure)[1] if sure else None
        likely.append(believed is not None and believed != label[n])
        if believed is not None:
            joint[int(label[n]), believed] += 1
    assert found.likely.tolist() == likely
    for kind in (0, 1):
        share = joint[kind, 1 - kind] / joint[kind].sum()
        assert found.faults[kind] == pytest.approx(share * np.sum(label == kind))


def test_faults_are_counted_and_come_first() -> None:
    drawn = default_rng(0)
    truth = drawn.random(4000) < 0.3
    fault = drawn.random(4000) < 0.1
    probability = np.where(truth, drawn.beta(16, 2, 4000), drawn.beta(2, 16, 4000))
    label = (truth ^ fault).astype(float)
    found = count_confident(probability, label)
    planted = [np.sum(fault & (label == kind)) for kind in (0, 1)]
    assert found.faults == pytest.approx(planted, rel=0.35)
    order = np.argsort(self_confidence(probability, label))
    assert fault[order[: fault.sum()]].mean() > 0.85
    assert fault[found.likely].mean() > 0.85


def test_what_cannot_be_judged_is_refused() -> None:
    with pytest.raises(MetricError, match="labels of both kinds"):
        count_confident(np.array([0.1, 0.2]), np.array([1.0, 1.0]))
    with pytest.raises(MetricError, match="1 numbers outside"):
        count_confident(np.array([0.1, 1.2]), np.array([1.0, 0.0]))
