import math

import pytest
import torch

from labelassemble.losses.weighted_bce import weighted_bce_loss


def test_it_is_that_of_a_loop() -> None:
    generator = torch.Generator().manual_seed(0)
    logit = 3.0 * torch.randn(6, 3, generator=generator)
    label = (torch.rand(6, 3, generator=generator) < 0.3).float()
    known = torch.rand(6, 3, generator=generator) < 0.6
    share = torch.tensor([0.02, 0.3, 0.0])
    cells = []
    for image in range(6):
        for name in range(3):
            if known[image, name]:
                p = 1.0 / (1.0 + math.exp(-float(logit[image, name])))
                h, y = float(share[name]), float(label[image, name])
                cells.append(-(1 - h) * y * math.log(p) - h * (1 - y) * math.log(1 - p))
    found = weighted_bce_loss(logit, label, known, share)
    assert float(found) == pytest.approx(10.0 * sum(cells) / len(cells), rel=1e-5)


def test_an_unknown_cell_changes_nothing_and_has_no_gradient() -> None:
    logit = torch.randn(2, 2, requires_grad=True)
    known = torch.tensor([[True, False], [False, False]])
    label = torch.where(known, 1.0, float("nan"))
    share = torch.tensor([0.1, 0.1])
    loss = weighted_bce_loss(logit, label, known, share)
    assert loss == weighted_bce_loss(logit, torch.ones(2, 2), known, share)
    loss.backward()
    assert logit.grad is not None
    assert torch.equal(logit.grad != 0.0, known)
    assert weighted_bce_loss(logit, label, torch.zeros_like(known), share) == 0.0
