"""Boxes of regions: where they begin, how they are moved, and which one is chosen.

A box is left, top, right, lower edge, in parts of the image's width and height.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor

_Boxes = Float[Tensor, "*some 4"]
GRIDS = (16, 8, 4)
"""Steps between the centres of anchors along a side, of which each anchor is two wide: 64, 128 and
256 pixels of 512. Source: Hermoza 2020."""
_MOST = math.log(1000.0 / 16.0)
"""Largest logarithm of a side's factor, so that its exponential stays finite; Faster R-CNN's."""


def make_anchors() -> Float[Tensor, "395 4"]:
    """Give the squares that regions begin as: on three grids that include the borders, clipped.

    >>> make_anchors()[[0, 18]].tolist()
    [[0.0, 0.0, 0.0625, 0.0625], [0.0, 0.0, 0.125, 0.125]]

    Paper: Hermoza 2020, anchors.
    """
    found = []
    for steps in GRIDS:
        centre = torch.linspace(0.0, 1.0, steps + 1)
        down, across = torch.meshgrid(centre, centre, indexing="ij")
        middle = torch.stack([across, down], dim=-1).reshape(-1, 2)
        found.append(torch.cat([middle - 1.0 / steps, middle + 1.0 / steps], dim=1))
    return torch.cat(found).clamp(0.0, 1.0)


def move_boxes(box: Float[Tensor, "boxes 4"], shift: _Boxes) -> _Boxes:
    """Move each box's centre by parts of its sides and scale these, r = box + delta; clipped.

    Args:
        box: where they are.
        shift: delta: how far to the right and down, and the logarithms of both sides' factors.

    >>> move_boxes(torch.tensor([[0.2, 0.2, 0.4, 0.4]]), torch.tensor([[0.5, 0.0, 0.0, 0.0]]))
    tensor([[0.3000, 0.2000, 0.5000, 0.4000]])

    Paper: Hermoza 2020, refinement: the coding of Faster R-CNN with weights of 1.
    """
    side = box[:, 2:] - box[:, :2]
    centre = box[:, :2] + 0.5 * side + shift[..., :2] * side
    half = 0.5 * side * shift[..., 2:].clamp(max=_MOST).exp()
    moved: _Boxes = torch.cat([centre - half, centre + half], dim=-1).clamp(0.0, 1.0)
    return moved


def choose_boxes(
    score: Float[Tensor, "batch classes boxes"],
    box: Float[Tensor, "batch classes boxes 4"],
    noise: Float[Tensor, "batch classes boxes"] | None = None,
) -> Float[Tensor, "batch classes 4"]:
    """Choose one box a class, b_c = sum_n pick_n r_nc: of the highest score, or by chance.

    Args:
        score: of each box.
        box: r, as it was moved.
        noise: g ~ Gumbel(0, 1). With it the choice follows the softmax of the scores; its value is
            one box, its gradient that of softmax_n(score + g). None: the highest score.

    Source: Jang 2017, straight-through Gumbel-softmax at a temperature of 1.

    Paper: Hermoza 2020, choice.
    """
    if noise is None:
        best = score.argmax(dim=-1)[..., None, None].expand(*score.shape[:2], 1, 4)
        return box.gather(2, best)[:, :, 0]
    soft = (score + noise).softmax(dim=-1)
    hard = torch.zeros_like(soft).scatter(-1, soft.argmax(dim=-1, keepdim=True), 1.0)
    pick = hard + soft - soft.detach()
    return (pick[..., None] * box).sum(dim=2)


def draw_gumbel(shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    """Draw -log(-log u), u uniform, on the CPU.

    >>> draw_gumbel((1000,), torch.Generator().manual_seed(0)).mean().round(decimals=1)
    tensor(0.6000)
    """
    uniform = torch.rand(shape, generator=generator).clamp(1e-12, 1.0 - 1e-7)
    return -torch.log(-torch.log(uniform))
