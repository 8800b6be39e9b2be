"""The total loss of a batch, forward and backward, against a plain loop over its cells."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from benchmarks.row import Row
from benchmarks.take_turns import take_turns
from labelassemble.losses.total import total_loss

BATCH, CLASSES = 64, 15
TEMPERATURE, THRESHOLD = 2.0, 0.5
AIM = 100.0


def measure() -> Iterator[Row]:
    """On one drawn batch of which 40 % is known."""
    weak, strong, label, known = _draw_batch()

    def ours() -> Tensor:
        return total_loss(
            weak, strong, label, known, temperature=TEMPERATURE, threshold=THRESHOLD
        ).total

    def plain() -> Tensor:
        return _loop_over_cells(weak, strong, label, known)

    for mine, slow in zip(
        _gradients(ours, weak, strong), _gradients(plain, weak, strong), strict=True
    ):
        if not torch.allclose(mine, slow, rtol=1e-4, atol=1e-7):
            raise RuntimeError("the two ways disagree; a faster wrong number is no gain")
    taken = take_turns(
        {
            "ours": lambda: _gradients(ours, weak, strong),
            "plain": lambda: _gradients(plain, weak, strong),
        },
        rounds=5,
    )
    yield Row(
        f"total loss, forward and backward, {BATCH} x {CLASSES}",
        f"plain: the formulas cell by cell; same gradients; aim: >= {AIM:g}",
        "ms",
        [1000 * seconds for seconds in taken["ours"]],
        [1000 * seconds for seconds in taken["plain"]],
    )


def _draw_batch() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    weak = torch.randn(BATCH, CLASSES, generator=generator).requires_grad_()
    strong = torch.randn(BATCH, CLASSES, generator=generator).requires_grad_()
    label = torch.randint(0, 2, (BATCH, CLASSES), generator=generator).float()
    known = torch.rand(BATCH, CLASSES, generator=generator) < 0.4
    return weak, strong, label, known


def _loop_over_cells(weak: Tensor, strong: Tensor, label: Tensor, known: Tensor) -> Tensor:
    bce, pseudo, consist = [], [], []
    for image in range(BATCH):
        for name in range(CLASSES):
            weak_probability = torch.sigmoid(weak[image, name])
            if known[image, name]:
                chance = weak_probability if label[image, name] == 1 else 1 - weak_probability
                bce.append(-torch.log(chance))
            rest = 1 - weak_probability if weak_probability >= THRESHOLD else -weak_probability
            pseudo_label = weak_probability + rest / TEMPERATURE
            pseudo.append((weak_probability - pseudo_label) ** 2)
            consist.append((torch.sigmoid(strong[image, name]) - pseudo_label) ** 2)
    return torch.stack(bce).mean() + torch.stack(pseudo).mean() + torch.stack(consist).mean()


def _gradients(call: Callable[[], Tensor], weak: Tensor, strong: Tensor) -> tuple[Tensor, ...]:
    return torch.autograd.grad(call(), (weak, strong))
