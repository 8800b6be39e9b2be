import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from labelassemble.losses.align import align_probabilities, follow_means
from labelassemble.losses.total import total_loss


@given(
    shift=st.floats(-4, 4),
    prevalence=st.floats(0.05, 0.95),
    seed=st.integers(0, 99),
)
def test_a_source_that_drifted_is_brought_back(shift: float, prevalence: float, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    # All predictions of a source are equal but for a drift: then the shift is exact.
    logit = torch.full((8, 1), math.log(prevalence / (1 - prevalence))) + shift
    source = torch.randint(0, 2, (8,), generator=generator)
    mean = logit.sigmoid().mean(dim=0).expand(2, 1)
    aligned = align_probabilities(logit, source, mean, torch.tensor([prevalence]))
    if 0.002 < float(mean[0, 0]) < 0.998:
        torch.testing.assert_close(
            aligned.sigmoid().mean(), torch.tensor(prevalence), rtol=1e-3, atol=1e-3
        )
    assert aligned.isfinite().all()


def test_order_within_a_source_stays_and_a_class_that_nobody_knows_is_not_shifted() -> None:
    logit = torch.tensor([[1.0, 1.0], [2.0, -1.0], [0.5, 0.0]])
    mean, prevalence = torch.full((2, 2), 0.1), torch.tensor([0.3, math.nan])
    aligned = align_probabilities(logit, torch.tensor([0, 0, 1]), mean, prevalence)
    torch.testing.assert_close(aligned[:, 1], logit[:, 1])
    torch.testing.assert_close(aligned[1, 0] - aligned[0, 0], torch.tensor(1.0))
    assert (aligned[:, 0] > logit[:, 0]).all()


def test_means_follow_a_loop_over_images() -> None:
    generator = torch.Generator().manual_seed(1)
    probability, source = (
        torch.rand(9, 3, generator=generator),
        torch.tensor([0, 2, 2, 0, 2, 0, 0, 2, 2]),
    )
    mean = torch.rand(4, 3, generator=generator)
    expected = mean.clone()
    for place in range(4):
        own = [probability[row] for row in range(9) if source[row] == place]
        if own:
            expected[place] = 0.9 * mean[place] + 0.1 * sum(own) / len(own)
    torch.testing.assert_close(follow_means(mean, probability, source, 0.1), expected)


def test_pseudo_labels_come_from_the_predictions_that_are_given() -> None:
    weak, strong = torch.zeros(1, 1), torch.full((1, 1), 2.0)
    label, known = torch.zeros(1, 1), torch.zeros(1, 1, dtype=torch.bool)
    aligned = torch.full((1, 1), math.log(0.8 / 0.2))
    parts = total_loss(weak, strong, label, known, pseudo_logit=aligned, temperature=2.0)
    assert parts.pseudo.item() == pytest.approx((0.5 - 0.9) ** 2)
    expected = (torch.sigmoid(strong).item() - 0.9) ** 2
    assert parts.consist.item() == pytest.approx(expected, rel=1e-4)
