"""Poolings against slow loops, and what each class learns."""

import math
from typing import get_args

import pytest
import torch

from labelassemble.model.pooling import LEARNED_POOLINGS, ClassPooling, attend, log_sum_exp
from labelassemble.settings import Pooling


def slowly(name: str, logit: torch.Tensor, learned: dict[str, torch.Tensor]) -> torch.Tensor:
    pooled = torch.empty(logit.shape[:2], dtype=torch.float64)
    for row, image in enumerate(logit.double()):
        for place, one in enumerate(image):
            values = one.flatten().tolist()
            if name == "average":
                z = sum(values) / len(values)
            elif name == "max":
                z = max(values)
            elif name == "logsumexp":
                r = math.exp(learned["log_sharpness"][place])
                z = math.log(sum(math.exp(r * s) for s in values) / len(values)) / r
            else:
                t = math.exp(learned["log_sharpness"][place])
                weights = [math.exp(t * s) for s in values]
                seen = sum(w * s for w, s in zip(weights, values, strict=True)) / sum(weights)
                z = sum(values) / len(values) + float(learned["share"][place]) * seen
            pooled[row, place] = z
    return pooled


def learned_values(pooling: ClassPooling) -> dict[str, torch.Tensor]:
    return {name: one.detach().double().clone() for name, one in pooling.named_parameters()}


@pytest.mark.parametrize("name", get_args(Pooling))
@pytest.mark.parametrize("shape", [(2, 11, 3, 4), (2, 3, 2, 3, 4), (1, 8, 1, 1)])
def test_values_and_gradients_are_those_of_a_slow_loop(
    name: Pooling, shape: tuple[int, ...]
) -> None:
    generator = torch.Generator().manual_seed(0)
    logit = torch.randn(shape, generator=generator).requires_grad_()
    pooling = ClassPooling(name, shape[1])
    with torch.no_grad():
        for learned in LEARNED_POOLINGS[name]:
            getattr(pooling, learned).normal_(generator=generator)
    expected = slowly(name, logit.detach(), learned_values(pooling))
    torch.testing.assert_close(pooling(logit).double(), expected, rtol=1e-5, atol=1e-5)
    pooling(logit).sum().backward()
    for learned in LEARNED_POOLINGS[name]:
        own = getattr(pooling, learned)
        for place in range(shape[1]):
            step = 1e-3
            moved = learned_values(pooling)
            moved[learned][place] += step
            up = slowly(name, logit.detach(), moved).sum()
            moved[learned][place] -= 2 * step
            slope = (up - slowly(name, logit.detach(), moved).sum()) / (2 * step)
            assert own.grad[place].item() == pytest.approx(slope.item(), rel=1e-3, abs=2e-3)


@pytest.mark.parametrize("sharpness", [-6.0, 0.0, 2.0])
def test_logsumexp_lies_between_mean_and_maximum_and_stays_finite(sharpness: float) -> None:
    logit = torch.tensor([[[[100.0, -100.0], [50.0, 0.0]]]])
    pooling = ClassPooling("logsumexp", 1)
    torch.nn.init.constant_(pooling.log_sharpness, sharpness)
    pooled = pooling(logit).item()
    assert logit.mean().item() < pooled < logit.max().item()


def test_they_start_as_the_plain_ones() -> None:
    logit = torch.randn(3, 2, 4, 4)
    torch.testing.assert_close(ClassPooling("residual_attention", 2)(logit), logit.mean((2, 3)))
    plain = logit.flatten(2).exp().mean(2).log()
    torch.testing.assert_close(ClassPooling("logsumexp", 2)(logit), plain)


@pytest.mark.parametrize("name", get_args(Pooling))
def test_a_class_that_is_added_keeps_the_others_to_the_bit(name: Pooling) -> None:
    pooling = ClassPooling(name, 5)
    with torch.no_grad():
        for learned in LEARNED_POOLINGS[name]:
            getattr(pooling, learned).normal_()
    logit = torch.randn(4, 9, 6, 6)
    for classes in range(5, 9):
        before = pooling(logit[:, :classes])
        pooling.add_class()
        assert torch.equal(pooling(logit[:, : classes + 1])[:, :classes], before)


def test_attention_weighs_places() -> None:
    logit, attention = torch.randn(2, 3, 4, 5), torch.randn(2, 3, 4, 5)
    weight = attention.flatten(2).softmax(-1)
    torch.testing.assert_close(attend(logit, attention), (weight * logit.flatten(2)).sum(-1))
    torch.testing.assert_close(attend(logit, torch.zeros_like(logit)), logit.mean((2, 3)))
    sharp = torch.full_like(logit, -1e4)
    sharp[..., 1, 2] = 0.0
    torch.testing.assert_close(attend(logit, sharp), logit[..., 1, 2])


def test_gradients_of_log_sum_exp_and_its_sharpness() -> None:
    torch.manual_seed(0)
    logit = torch.randn(2, 3, 5, dtype=torch.float64, requires_grad=True)
    log_sharpness = torch.randn(2, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(log_sum_exp, (logit, log_sharpness))
