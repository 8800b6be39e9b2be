"""Soft Dice against a plain loop over cells."""

import math

import pytest
import torch
from torch import Tensor

from labelassemble.losses.dice import dice_loss


def draw(seed: int, *space: int) -> tuple[Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    logit = torch.randn(3, 4, *space, generator=generator).requires_grad_()
    label = torch.rand(3, 4, *space, generator=generator).round()
    known = torch.rand(3, 4, *space, generator=generator) < 0.6
    return logit, label, known


def loop(logit: Tensor, label: Tensor, known: Tensor) -> Tensor:
    terms = []
    for c in range(logit.shape[1]):
        both = predictions = labels = torch.zeros((), dtype=torch.float64)
        for b in range(logit.shape[0]):
            for z, y, k in zip(
                logit[b, c].flatten(), label[b, c].flatten(), known[b, c].flatten(), strict=True
            ):
                if k:
                    a = torch.sigmoid(z.double())
                    both, predictions, labels = both + a * y, predictions + a, labels + y
        if labels > 0:
            terms.append(1 - 2 * both / (predictions + labels))
    return torch.stack(terms).mean()


@pytest.mark.parametrize("space", [(3, 2), (2, 3, 2)])
def test_values_and_gradients_are_those_of_the_loop(space: tuple[int, ...]) -> None:
    logit, label, known = draw(1, *space)
    label[:, 2] = 0.0
    ours, slow = dice_loss(logit, label, known), loop(logit, label, known)
    assert ours.item() == pytest.approx(slow.item(), abs=1e-6)
    (mine,), (expected,) = (torch.autograd.grad(one, logit) for one in (ours, slow))
    torch.testing.assert_close(mine, expected, atol=1e-6, rtol=1e-5)
    assert torch.equal(mine[:, 2], torch.zeros_like(mine[:, 2])), "a class without positives"


def test_unknown_cells_never_matter() -> None:
    logit, label, known = draw(2, 4, 4)
    before = dice_loss(logit, label, known)
    wild = torch.where(known, label, torch.tensor(math.nan))
    after = dice_loss(logit, wild, known)
    assert torch.equal(before, after)
    (gradient,) = torch.autograd.grad(after, logit)
    assert torch.equal(gradient[~known], torch.zeros_like(gradient[~known]))
    assert gradient.isfinite().all()


@pytest.mark.parametrize("nothing", ["known", "positive"])
def test_nothing_to_overlap_with_is_zero_with_zero_gradient(nothing: str) -> None:
    logit, label, known = draw(3, 4, 4)
    if nothing == "known":
        known = torch.zeros_like(known)
    else:
        label = torch.zeros_like(label)
    loss = dice_loss(logit, label, known)
    (gradient,) = torch.autograd.grad(loss, logit)
    assert loss.item() == 0.0
    assert torch.equal(gradient, torch.zeros_like(gradient))


def test_known_by_image_is_spread_over_space() -> None:
    logit, label, _ = draw(4, 3, 4)
    known = torch.tensor([[True, False, True, True]] * 3)
    spread = known[:, :, None, None].expand_as(logit)
    assert torch.equal(dice_loss(logit, label, known), dice_loss(logit, label, spread))


def test_right_predictions_cost_nothing_and_wrong_ones_everything() -> None:
    label = torch.tensor([[[1.0, 1.0, 0.0, 0.0]]])
    known = torch.ones_like(label, dtype=torch.bool)
    right = (label - 0.5) * 100
    assert dice_loss(right, label, known).item() == pytest.approx(0.0, abs=1e-6)
    assert dice_loss(-right, label, known).item() == pytest.approx(1.0)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_computed_in_float32(dtype: torch.dtype) -> None:
    logit, label, known = draw(5, 40, 40, 40)
    half = dice_loss(logit.to(dtype), label, known)
    assert half.dtype == torch.float32
    assert half == dice_loss(logit.to(dtype).float(), label, known)
