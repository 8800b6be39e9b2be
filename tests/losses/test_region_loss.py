"""The loss of crops: a loop's, and unknown cells that change nothing."""

import math

import pytest
import torch

from labelassemble.losses.region_loss import region_loss


def test_it_is_that_of_a_loop() -> None:
    generator = torch.Generator().manual_seed(0)
    crop, logit = torch.randn(2, 5, 3, generator=generator)
    label = (torch.rand(5, 3, generator=generator) < 0.4).float()
    known = torch.rand(5, 3, generator=generator) < 0.7
    share = torch.tensor([0.02, 0.3, 0.1])
    cells = []
    for image in range(5):
        for name in range(3):
            if known[image, name]:
                both = float(crop[image, name] + logit[image, name])
                p = 1.0 / (1.0 + math.exp(-both))
                h, y = float(share[name]), float(label[image, name])
                cells.append(-(1 - h) * y * math.log(p) - h * (1 - y) * math.log(1 - p))
    found = region_loss(crop, logit, label, known, share)
    assert float(found) == pytest.approx(sum(cells) / len(cells), rel=1e-5)


def test_an_unknown_cell_changes_no_gradient() -> None:
    torch.manual_seed(0)
    known = torch.tensor([[True, False], [False, True]])
    share = torch.tensor([0.1, 0.2])
    found = []
    for unknown in (0.0, 1.0, float("nan")):
        crop, logit = (torch.ones(2, 2).requires_grad_() for _ in range(2))
        label = torch.where(known, 1.0, unknown)
        region_loss(crop, logit, label, known, share).backward()
        found.append(torch.stack([crop.grad, logit.grad]))
        assert torch.equal(crop.grad != 0.0, known)
    assert torch.equal(found[0], found[1])
    assert torch.equal(found[0], found[2])


def test_gradients_of_the_loss() -> None:
    torch.manual_seed(0)
    crop, logit = (torch.randn(3, 2, dtype=torch.float64, requires_grad=True) for _ in range(2))
    label, known = torch.randint(2, (3, 2)).double(), torch.rand(3, 2) < 0.8
    share = torch.tensor([0.1, 0.2], dtype=torch.float64)

    def lose(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        return region_loss(one, other, label, known, share)

    assert torch.autograd.gradcheck(lose, (crop, logit))
