"""Anchors, moved boxes and the choice of one, against loops and published counts."""

import math

import pytest
import torch

from labelassemble.model.region_boxes import choose_boxes, draw_gumbel, make_anchors, move_boxes


def test_anchors_are_those_of_the_paper_at_512_pixels() -> None:
    anchor = make_anchors() * 512
    expected = [
        [
            max(0.0, x - side / 2),
            max(0.0, y - side / 2),
            min(512.0, x + side / 2),
            min(512.0, y + side / 2),
        ]
        for side, step in ((64, 32), (128, 64), (256, 128))
        for y in range(0, 513, step)
        for x in range(0, 513, step)
    ]
    assert len(expected) == 395
    torch.testing.assert_close(anchor, torch.tensor(expected))


def test_boxes_are_moved_as_by_a_loop_and_stay_in_the_image() -> None:
    torch.manual_seed(0)
    anchor = make_anchors()[::40]
    shift = torch.randn(2, len(anchor), 4)
    moved = move_boxes(anchor, shift)
    for image in range(2):
        for number, (left, top, right, low) in enumerate(anchor.tolist()):
            across, down, wider, taller = shift[image, number].tolist()
            width, height = right - left, low - top
            x, y = (left + right) / 2 + across * width, (top + low) / 2 + down * height
            width, height = width * math.exp(wider), height * math.exp(taller)
            corners = [x - width / 2, y - height / 2, x + width / 2, y + height / 2]
            expected = torch.tensor([min(1.0, max(0.0, one)) for one in corners])
            torch.testing.assert_close(moved[image, number], expected)
    torch.testing.assert_close(move_boxes(anchor, torch.zeros_like(anchor)), anchor)
    wild = move_boxes(anchor, torch.full_like(anchor, 1e4))
    assert wild.isfinite().all()


def test_the_choice_is_the_highest_score_or_follows_the_softmax() -> None:
    torch.manual_seed(0)
    score, box = torch.tensor([[[0.0, 1.0, -1.0]]]), torch.rand(1, 1, 3, 4)
    assert torch.equal(choose_boxes(score, box)[0, 0], box[0, 0, 1])
    noise = draw_gumbel((4000, 1, 3), torch.Generator().manual_seed(0))
    many = box.expand(4000, -1, -1, -1)
    chosen = choose_boxes(score.expand(4000, -1, -1), many, noise)
    distance = (chosen[:, 0, None] - box[0, 0]).abs().amax(dim=-1)
    # Each is one of the boxes, up to rounding, as often as the softmax says.
    assert float(distance.amin(dim=1).max()) < 1e-6
    often = torch.bincount(distance.argmin(dim=1), minlength=3) / 4000
    torch.testing.assert_close(often, score[0, 0].softmax(dim=0), atol=0.025, rtol=0.0)


def test_scores_and_boxes_learn_from_a_choice_as_from_the_softmax() -> None:
    torch.manual_seed(0)
    score = torch.randn(2, 3, 5, dtype=torch.float64, requires_grad=True)
    box = torch.rand(2, 3, 5, 4, dtype=torch.float64, requires_grad=True)
    noise, weight = torch.randn(2, 3, 5, dtype=torch.float64), torch.rand(2, 3, 4).double()
    found = torch.autograd.grad((choose_boxes(score, box, noise) * weight).sum(), (score, box))
    soft = (score + noise).softmax(dim=-1)
    # Of scores: the gradient of the softmax over the boxes; of boxes: the one that was chosen.
    expected = torch.autograd.grad(
        (soft[..., None] * box.detach() * weight[:, :, None]).sum(), score
    )
    torch.testing.assert_close(found[0], expected[0])
    learns = found[1].abs().sum(dim=-1) > 0
    assert torch.equal(learns.sum(dim=-1), torch.ones(2, 3, dtype=torch.int64))
    assert torch.equal(learns.int().argmax(dim=-1), (score + noise).argmax(dim=-1))


@pytest.mark.parametrize("shape", [(0,), (2, 3)])
def test_noise_is_finite_and_the_generators(shape: tuple[int, ...]) -> None:
    drawn = [draw_gumbel(shape, torch.Generator().manual_seed(1)) for _ in range(2)]
    assert torch.equal(*drawn)
    assert drawn[0].isfinite().all()
