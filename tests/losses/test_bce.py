import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from labelassemble.losses.bce import bce_loss


def test_all_known_is_pytorchs_mean() -> None:
    logit, label = torch.randn(7, 5), torch.rand(7, 5)
    ours = bce_loss(logit, label, torch.ones(7, 5, dtype=torch.bool))
    torch.testing.assert_close(ours, binary_cross_entropy_with_logits(logit, label))


def test_soft_labels_on_known_cells_only() -> None:
    logit = torch.tensor([[0.3, -2.0], [1.0, 4.0]])
    label = torch.tensor([[0.5, float("nan")], [float("inf"), 1.0]])
    known = torch.tensor([[True, False], [False, True]])
    expected = binary_cross_entropy_with_logits(logit[known], label[known])
    torch.testing.assert_close(bce_loss(logit, label, known), expected)


def test_dense_predictions_take_the_images_label_everywhere() -> None:
    logit, label = torch.randn(2, 3, 4, 5), torch.randint(0, 2, (2, 3)).float()
    known = torch.tensor([[True, False, True], [False, False, True]])
    everywhere = label[:, :, None, None].expand_as(logit)
    expected = binary_cross_entropy_with_logits(logit[known], everywhere[known])
    torch.testing.assert_close(bce_loss(logit, label, known), expected)


def test_dense_labels_and_known_regions() -> None:
    logit, label = torch.randn(2, 3, 4, 5), torch.randint(0, 2, (2, 3, 4, 5)).float()
    known = torch.rand(2, 3, 4, 5) < 0.5
    expected = binary_cross_entropy_with_logits(logit[known], label[known])
    torch.testing.assert_close(bce_loss(logit, label, known), expected)


def test_nothing_known_is_zero_not_nan() -> None:
    logit = torch.randn(2, 3, requires_grad=True)
    loss = bce_loss(logit, torch.full((2, 3), float("nan")), torch.zeros(2, 3, dtype=torch.bool))
    loss.backward()
    assert loss.item() == 0.0
    assert logit.grad is not None
    assert logit.grad.abs().max() == pytest.approx(0.0, abs=0.0)


def test_a_region_may_be_labelled_where_known_is_of_the_image() -> None:
    # Sizes at which a wrong broadcast would go through unseen: height = batch, width = classes.
    logit, label = torch.randn(2, 3, 2, 3), torch.randint(0, 2, (2, 3, 2, 3)).float()
    known = torch.tensor([[True, False, True], [False, False, True]])
    expected = binary_cross_entropy_with_logits(logit[known], label[known])
    torch.testing.assert_close(bce_loss(logit, label, known), expected)
