"""Which loss each system lowers, and that unknown cells change none of its gradients."""

from typing import get_args

import pytest
import torch

from labelassemble.losses.smoothed_bce import smoothed_bce_loss
from labelassemble.settings import LossSettings, Method
from labelassemble.training.class_counts import ClassCounts
from labelassemble.training.system_losses import SYSTEM_LOSSES, system_loss

COUNTS = ClassCounts(*(torch.tensor([0.1, 0.3, 0.2]) for _ in range(3)))


DEFAULT = LossSettings()


def lose(
    method: Method,
    logits: list[torch.Tensor],
    label: torch.Tensor,
    known: torch.Tensor,
    losses: LossSettings = DEFAULT,
) -> torch.Tensor | None:
    return system_loss(method, logits, label, known, counts=COUNTS, losses=losses)


@pytest.fixture
def cells() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    logit = torch.randn(6, 3, generator=generator)
    label = (torch.rand(6, 3, generator=generator) < 0.4).float()
    return logit, label, torch.rand(6, 3, generator=generator) < 0.7


def test_methods_without_a_loss_of_their_own_lower_bce(
    cells: tuple[torch.Tensor, torch.Tensor, torch.Tensor],
) -> None:
    logit, label, known = cells
    for method in set(get_args(Method)) - SYSTEM_LOSSES.keys():
        assert lose(method, [logit], label, known) is None


def test_both_views_count_alike(cells: tuple[torch.Tensor, torch.Tensor, torch.Tensor]) -> None:
    logit, label, known = cells
    losses = LossSettings(smoothing=0.3)
    found = lose("swinchex", [logit, -logit], label, known, losses)
    one, other = (smoothed_bce_loss(view, label, known, 0.3) for view in (logit, -logit))
    torch.testing.assert_close(found, (one + other) / 2)


@pytest.mark.parametrize("method", sorted(SYSTEM_LOSSES))
def test_what_stands_in_an_unknown_cell_changes_no_gradient(
    method: Method, cells: tuple[torch.Tensor, torch.Tensor, torch.Tensor]
) -> None:
    logit, label, known = cells

    def slope(where_unknown: float) -> torch.Tensor:
        own = logit.clone().requires_grad_()
        told = torch.where(known, label, where_unknown)
        loss = lose(method, [own], told, known)
        assert loss is not None
        (gradient,) = torch.autograd.grad(loss, own)
        return gradient

    assert torch.equal(slope(0.0), slope(1.0))
    assert torch.equal(slope(float("nan")), slope(1.0))
    assert (slope(0.0)[~known] == 0.0).all()
