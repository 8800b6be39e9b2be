import math

import pytest
import torch

from labelassemble.losses.balanced_focal import balanced_focal_loss


def lose_slowly(
    logit: torch.Tensor,
    label: torch.Tensor,
    known: torch.Tensor,
    focus: float,
    expected: tuple[torch.Tensor, torch.Tensor] | None,
) -> list[float]:
    found = []
    for name in range(logit.shape[1]):
        sums, counts = [0.0, 0.0], [0.0, 0.0]
        for image in range(logit.shape[0]):
            if known[image, name]:
                p = 1.0 / (1.0 + math.exp(-float(logit[image, name])))
                if label[image, name] == 1.0:
                    sums[0] += (1.0 - p) ** focus * -math.log(p)
                    counts[0] += 1
                else:
                    sums[1] += p**focus * -math.log(1.0 - p)
                    counts[1] += 1
        if expected is not None:
            counts = [float(one[name]) for one in expected]
        found.append(sum(s / n for s, n in zip(sums, counts, strict=True) if n))
    return found


@pytest.mark.parametrize("focus", [2.0, 0.0])
@pytest.mark.parametrize("own", [True, False])
def test_it_is_that_of_a_loop(focus: float, own: bool) -> None:
    generator = torch.Generator().manual_seed(0)
    logit = 2.0 * torch.randn(8, 3, generator=generator)
    label = (torch.rand(8, 3, generator=generator) < 0.4).float()
    known = torch.rand(8, 3, generator=generator) < 0.7
    label[:, 2] = 0.0
    expected = None if own else (torch.tensor([1.0, 0.5, 0.0]), torch.tensor([4.0, 3.0, 2.0]))
    found = balanced_focal_loss(logit, label, known, expected, focus)
    assert found.tolist() == pytest.approx(lose_slowly(logit, label, known, focus, expected), 1e-5)


def test_an_unknown_cell_changes_nothing_and_has_no_gradient() -> None:
    logit = torch.randn(3, 2, requires_grad=True)
    known = torch.tensor([[True, False], [True, False], [False, False]])
    label = torch.where(known, 1.0, float("nan"))
    loss = balanced_focal_loss(logit, label, known).sum()
    assert loss == balanced_focal_loss(logit, torch.ones(3, 2), known).sum()
    loss.backward()
    assert logit.grad is not None
    assert torch.equal(logit.grad != 0.0, known)
