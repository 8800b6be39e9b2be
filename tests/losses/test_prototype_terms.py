"""Each term against a loop; unknown cells."""

import pytest
import torch

from labelassemble.losses.prototype_terms import (
    cluster_loss,
    separation_loss,
    sparsity_loss,
    transform_loss,
)


def test_the_nearest_prototype_counts_for_positives_and_for_negatives() -> None:
    generator = torch.Generator().manual_seed(0)
    alike = 2.0 * torch.rand(6, 3, 2, generator=generator) - 1.0
    label = (torch.rand(6, 3, generator=generator) < 0.5).float()
    known = torch.rand(6, 3, generator=generator) < 0.7
    label[:, 2] = 0.0
    for lose, sign, state in ((cluster_loss, -1.0, 1.0), (separation_loss, 1.0, 0.0)):
        total = 0.0
        for name in range(3):
            cells = [
                max(alike[image, name].tolist())
                for image in range(6)
                if known[image, name] and label[image, name] == state
            ]
            total += sign * sum(cells) / len(cells) if cells else 0.0
        assert float(lose(alike, label, known)) == pytest.approx(total, rel=1e-5)
        twice = lose(alike, label, known, torch.tensor([2.0, 2.0, 0.0]))
        assert torch.isfinite(twice)


@pytest.mark.parametrize("lose", [cluster_loss, separation_loss])
def test_an_unknown_cell_has_no_gradient(lose) -> None:  # type: ignore[no-untyped-def]
    alike = torch.rand(3, 2, 4, requires_grad=True)
    known = torch.tensor([[True, False], [True, False], [False, True]])
    label = torch.where(known, torch.tensor([1.0, 0.0]), float("nan"))
    lose(alike, label, known).backward()
    assert alike.grad is not None
    assert (alike.grad[~known] == 0.0).all()


def test_occurrences_are_small_and_move_with_the_image() -> None:
    first, second = torch.rand(2, 3, 2, 4, 5), torch.rand(2, 3, 2, 4, 5)
    total, size = 0.0, 0.0
    for image in range(2):
        for name in range(3):
            for number in range(2):
                apart = (first - second)[image, name, number].abs()
                total += float(apart.sum()) / 20 / 2
                size += float(first[image, name, number].abs().sum()) / 20 / 2
    assert float(transform_loss(first, second)) == pytest.approx(total, rel=1e-5)
    assert float(sparsity_loss(first)) == pytest.approx(size, rel=1e-5)
