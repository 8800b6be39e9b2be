"""Regions and crops against loops over their samples and pixels."""

import math

import torch

from labelassemble.model.region_samples import crop_glimpses, read_regions


def interpolate(plane: torch.Tensor, x: float, y: float) -> float:
    """One value between pixel centres; the border is repeated outwards."""
    height, width = plane.shape
    x = min(max(x * width - 0.5, 0.0), width - 1.0)
    y = min(max(y * height - 0.5, 0.0), height - 1.0)
    left, top = min(int(x), width - 2), min(int(y), height - 2)
    across, down = x - left, y - top
    upper = plane[top, left] * (1 - across) + plane[top, left + 1] * across
    lower = plane[top + 1, left] * (1 - across) + plane[top + 1, left + 1] * across
    return float(upper * (1 - down) + lower * down)


def test_regions_are_the_means_of_four_samples_in_each_bin() -> None:
    torch.manual_seed(0)
    maps = torch.randn(2, 3, 8, 6)
    box = torch.tensor([[0.1, 0.2, 0.7, 0.9], [0.0, 0.0, 1.0, 1.0], [0.4, 0.4, 0.4, 0.4]])
    found = read_regions(maps, box)
    assert found.shape == (2, 3, 3, 5, 5)
    for number, (left, top, right, low) in enumerate(box.tolist()):
        for row, column in ((0, 0), (2, 4), (4, 1)):
            samples = [
                interpolate(
                    maps[1, 2],
                    left + (right - left) * (column + (j + 0.5) / 2) / 5,
                    top + (low - top) * (row + (i + 0.5) / 2) / 5,
                )
                for i in range(2)
                for j in range(2)
            ]
            torch.testing.assert_close(
                float(found[1, number, 2, row, column]), sum(samples) / 4, rtol=1e-4, atol=1e-5
            )


def test_a_crop_is_that_of_a_loop_over_its_pixels() -> None:
    torch.manual_seed(0)
    image, side = torch.rand(1, 1, 12, 10), 4
    box = torch.tensor([[[0.1, 0.2, 0.8, 0.6], [0.0, 0.0, 1.0, 1.0]]])
    found = crop_glimpses(image, box, side)
    assert found.shape == (1, 2, side, side)
    for number, (left, top, right, low) in enumerate(box[0].tolist()):
        for row, column in ((0, 0), (3, 1), (1, 3)):
            total = 0.0
            weights = []
            for length, start, end, place in ((12, top, low, row), (10, left, right, column)):
                step = (end - start) * (length - 1) / (side - 1)
                centre = (start + end) / 2 * (length + 1) + (place - side / 2 - 0.5) * step
                own = [math.exp(-((a - centre) ** 2) / 2) for a in range(length)]
                weights.append([one / max(sum(own), 1e-8) for one in own])
            for a, down in enumerate(weights[0]):
                total += sum(down * w * float(image[0, 0, a, b]) for b, w in enumerate(weights[1]))
            torch.testing.assert_close(
                float(found[0, number, row, column]), total, rtol=1e-4, atol=1e-5
            )


def test_boxes_learn_from_what_is_read_in_them() -> None:
    torch.manual_seed(0)
    box = torch.rand(1, 2, 4, dtype=torch.float64) * 0.2 + torch.tensor([0.1, 0.1, 0.6, 0.6])
    box.requires_grad_()
    image = torch.rand(1, 1, 9, 9, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda one, where: crop_glimpses(one, where, 4), (image, box))
    maps = torch.randn(1, 2, 5, 5, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda one: read_regions(one, box[0].detach()), (maps,))
    far = torch.tensor([[[0.2, 0.2, 0.2, 0.2]]], requires_grad=True)
    crop_glimpses(torch.rand(1, 1, 9, 9), far).sum().backward()
    assert far.grad is not None
    assert far.grad.isfinite().all()
