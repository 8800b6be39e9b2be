import math

import pytest
import torch

from labelassemble.losses.smoothed_bce import smoothed_bce_loss


def lose_slowly(
    logit: torch.Tensor, label: torch.Tensor, known: torch.Tensor, smoothing: float
) -> float:
    total = 0.0
    for name in range(logit.shape[1]):
        cells = []
        for image in range(logit.shape[0]):
            if known[image, name]:
                p = 1.0 / (1.0 + math.exp(-float(logit[image, name])))
                y = (1.0 - smoothing) * float(label[image, name]) + smoothing / 2
                cells.append(-y * math.log(p) - (1.0 - y) * math.log(1.0 - p))
        total += sum(cells) / len(cells) if cells else 0.0
    return total


@pytest.mark.parametrize("smoothing", [0.1, 0.0, 1.0])
def test_it_is_that_of_a_loop(smoothing: float) -> None:
    generator = torch.Generator().manual_seed(0)
    logit = 3.0 * torch.randn(6, 4, generator=generator)
    label = torch.rand(6, 4, generator=generator)
    known = torch.rand(6, 4, generator=generator) < 0.6
    known[:, 2] = False
    found = smoothed_bce_loss(logit, label, known, smoothing)
    assert float(found) == pytest.approx(lose_slowly(logit, label, known, smoothing), rel=1e-5)


def test_an_unknown_cell_changes_nothing_and_has_no_gradient() -> None:
    logit = torch.randn(3, 2, requires_grad=True)
    known = torch.tensor([[True, False], [True, False], [False, False]])
    label = torch.where(known, 1.0, float("nan"))
    loss = smoothed_bce_loss(logit, label, known)
    assert loss == smoothed_bce_loss(logit, torch.ones(3, 2), known)
    loss.backward()
    assert logit.grad is not None
    assert torch.equal(logit.grad != 0.0, known)
