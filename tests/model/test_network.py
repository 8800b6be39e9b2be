import pytest
import torch

from labelassemble.model.network import Network, pool_answers


def test_dense_answers_pool_to_the_answer(network: Network) -> None:
    image = torch.rand(2, 1, 64, 80)
    with torch.no_grad():
        dense, pooled = network(image, dense=True), network(image)
    assert dense.shape == (2, 3, 4, 5)
    assert pooled.shape == (2, 3)
    torch.testing.assert_close(dense.mean(dim=(2, 3)), pooled)


def test_poolings() -> None:
    answer = torch.randn(2, 11, 3, 4)
    flat = answer.flatten(2)
    torch.testing.assert_close(pool_answers(answer, "average"), flat.mean(2))
    torch.testing.assert_close(pool_answers(answer, "max"), flat.amax(2))
    expected = flat.exp().mean(2).log()
    torch.testing.assert_close(pool_answers(answer, "logsumexp"), expected)


@pytest.mark.parametrize("pooling", ["average", "max", "logsumexp"])
def test_logsumexp_lies_between_mean_and_maximum(pooling: str) -> None:
    answer = torch.randn(3, 2, 5, 5)
    pooled = pool_answers(answer, pooling)
    slack = 1e-6
    assert (pooled >= answer.mean(dim=(2, 3)) - slack).all()
    assert (pooled <= answer.amax(dim=(2, 3)) + slack).all()


def test_classes_are_the_heads(network: Network) -> None:
    assert network.classes == ("mass", "nodule", "edema")


def test_logsumexp_lies_between_mean_and_maximum_and_stays_finite() -> None:
    answer = torch.tensor([[[[100.0, -100.0], [50.0, 0.0]]]])
    pooled = pool_answers(answer, "logsumexp").item()
    assert answer.mean().item() < pooled < answer.max().item()


def test_three_dimensional_answers_are_pooled_too() -> None:
    answer = torch.randn(2, 9, 3, 4, 5)
    torch.testing.assert_close(pool_answers(answer, "average"), answer.mean(dim=(2, 3, 4)))
