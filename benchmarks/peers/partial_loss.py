"""Binary cross entropy with unknown labels, forward and backward."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

WHAT, UNIT, ITEMS = "loss on labels of which 60 % are unknown, 64 x 18", "s", 1
NOTE = (
    "forward and backward; torchxrayvision's training script (scripts/train_utils.py) loops over "
    "classes; all three divided by the known cells, so that they agree"
)
BATCH, CLASSES = 64, 18


def make(folder: Path) -> None:
    generator = np.random.default_rng(0)
    label = generator.integers(0, 2, (BATCH, CLASSES)).astype(np.float32)
    label[generator.random(label.shape) < 0.6] = np.nan
    np.savez(
        folder / "batch.npz", logit=generator.normal(size=label.shape).astype("f4"), label=label
    )


def agree(ours: np.ndarray, theirs: np.ndarray) -> bool:
    return bool(np.allclose(ours, theirs, rtol=1e-4))


def _ours(folder: Path) -> Callable[[], np.ndarray]:
    from labelassemble.losses.bce import bce_loss

    return _backward(folder, lambda logit, label: bce_loss(logit, label, ~label.isnan()))


def _xrv(folder: Path) -> Callable[[], np.ndarray]:
    import torch

    entropy = torch.nn.BCEWithLogitsLoss(reduction="sum")

    def loss(logit: torch.Tensor, label: torch.Tensor) -> torch.Tensor:
        total, known = torch.zeros(()), 0
        for column in range(logit.shape[1]):
            mask = ~label[:, column].isnan()
            if mask.any():
                total = total + entropy(logit[mask, column], label[mask, column])
                known += int(mask.sum())
        return total / known

    return _backward(folder, loss)


def _mlcpl(folder: Path) -> Callable[[], np.ndarray]:
    from mlcpl.losses import PartialBCEWithLogitLoss

    loss = PartialBCEWithLogitLoss(reduction="sum")
    # It sums; ours is the mean over known cells.
    return _backward(folder, lambda logit, label: loss(logit, label) / (~label.isnan()).sum())


def _backward(folder: Path, loss: Callable[..., "torch.Tensor"]) -> Callable[[], np.ndarray]:
    import torch

    torch.set_num_threads(1)
    stored = np.load(folder / "batch.npz")
    logit, label = (torch.from_numpy(stored[name]) for name in ("logit", "label"))
    logit.requires_grad_()

    def call() -> np.ndarray:
        value = loss(logit, label)
        (gradient,) = torch.autograd.grad(value, logit)
        return np.append(gradient.numpy().ravel(), value.item())

    return call


WAYS = {"ours": _ours, "torchxrayvision": _xrv, "mlcpl": _mlcpl}
