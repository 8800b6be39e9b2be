import pytest
import torch

from labelassemble.detection.image_level import image_level_loss, pool_inside


@pytest.mark.parametrize("pooling", ["max", "logsumexp"])
def test_pooling_is_over_the_image_alone(pooling: str) -> None:
    torch.manual_seed(0)
    logit, inside = torch.randn(3, 2, 5, 6), torch.rand(3, 1, 5, 6) < 0.5
    pooled = pool_inside(logit, inside, pooling)
    for image in range(3):
        for place in range(2):
            own = logit[image, place][inside[image, 0]]
            expected = own.max() if pooling == "max" else own.exp().mean().log()
            assert pooled[image, place].item() == pytest.approx(expected.item(), abs=1e-5)
    wild = torch.where(inside, logit, torch.tensor(50.0))
    assert torch.equal(pool_inside(wild, inside, pooling), pooled)


@pytest.mark.parametrize("pooling", ["max", "logsumexp"])
def test_a_positive_image_raises_its_predictions_and_unknown_ones_none(pooling: str) -> None:
    logit = torch.zeros(2, 2, 4, 4, requires_grad=True)
    inside = torch.ones(2, 1, 4, 4, dtype=torch.bool)
    label = torch.tensor([[1.0, float("nan")], [0.0, float("nan")]])
    known = torch.tensor([[True, False], [True, False]])
    loss = image_level_loss(logit, inside, label, known, pooling)
    assert loss.item() == pytest.approx(0.6931, abs=1e-3)
    (gradient,) = torch.autograd.grad(loss, logit)
    assert gradient[0, 0].sum() < 0 < gradient[1, 0].sum()
    assert (gradient[:, 1] == 0).all()
    half = image_level_loss(logit.to(torch.bfloat16), inside, label, known, pooling)
    assert half.dtype == torch.float32


def test_nothing_known_is_zero() -> None:
    logit = torch.randn(1, 1, 3, 3, requires_grad=True)
    nothing = torch.zeros(1, 1, 3, 3, dtype=torch.bool)
    loss = image_level_loss(logit, nothing, torch.ones(1, 1), nothing[..., 0, 0], "logsumexp")
    (gradient,) = torch.autograd.grad(loss, logit)
    assert loss.item() == 0.0
    assert (gradient == 0).all()
