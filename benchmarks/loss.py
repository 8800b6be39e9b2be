"""The total loss of a batch, forward and backward, against a plain loop over its cells."""

import statistics
import time
from collections.abc import Callable

import torch
from torch import Tensor

from labelassemble.losses.total import total_loss

BATCH, CLASSES = 64, 15
TEMPERATURE, THRESHOLD = 2.0, 0.5
AIM = 100.0


def measure() -> list[dict[str, object]]:
    """Median of several repeats, the two in turn, on one drawn batch of which 40 % is known."""
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
    fast: list[float] = []
    slowly: list[float] = []
    for _ in range(5):
        slowly.append(_milliseconds(plain, weak, strong))
        fast.extend(_milliseconds(ours, weak, strong) for _ in range(50))
    fast_median, slow_median = statistics.median(fast), statistics.median(slowly)
    return [
        {
            "what": f"total loss, forward and backward, {BATCH} x {CLASSES}",
            "ours": fast_median,
            "plain": slow_median,
            "unit": "ms",
            "ratio": slow_median / fast_median,
            "note": f"plain: the formulas cell by cell; same gradients; aim: >= {AIM:g}",
        }
    ]


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
            weak_answer = torch.sigmoid(weak[image, name])
            if known[image, name]:
                chance = weak_answer if label[image, name] == 1 else 1 - weak_answer
                bce.append(-torch.log(chance))
                continue
            value = weak_answer.item()
            rest = 1 - value if value >= THRESHOLD else -value
            pseudo_label = value + rest / TEMPERATURE
            pseudo.append((weak_answer - pseudo_label) ** 2)
            consist.append((torch.sigmoid(strong[image, name]) - pseudo_label) ** 2)
    return torch.stack(bce).mean() + torch.stack(pseudo).mean() + torch.stack(consist).mean()


def _gradients(call: Callable[[], Tensor], weak: Tensor, strong: Tensor) -> tuple[Tensor, ...]:
    return torch.autograd.grad(call(), (weak, strong))


def _milliseconds(call: Callable[[], Tensor], weak: Tensor, strong: Tensor) -> float:
    start = time.perf_counter()
    _gradients(call, weak, strong)
    return 1000 * (time.perf_counter() - start)
