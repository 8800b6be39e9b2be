"""Sliding window over a volume, all classes in one pass: the same network, or none."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

SHAPE, PATCH, OVERLAP, BATCH = (256, 128, 128), (64, 64, 64), 0.5, 3
CLASSES, FEATURES, ROUNDS = 8, 8, 9
WHAT, UNIT = "sliding window over 256 x 128 x 128, 8 classes", "Mvoxel/s"
ITEMS = float(np.prod(SHAPE)) / 1e6
Predict = Callable[["torch.Tensor"], "torch.Tensor"]
NOTE = "windows of 64, overlap 0.5, 3 a call, Gaussian weights; two convolutions as the network"


def make(folder: Path) -> None:
    np.save(folder / "image.npy", np.random.default_rng(0).random(SHAPE, dtype=np.float32))


def agree(ours: np.ndarray, theirs: np.ndarray) -> bool:
    return bool(np.abs(ours - theirs).max() < 1e-5)


def ours(folder: Path, network: Predict) -> Callable[[], np.ndarray]:
    from labelassemble.volumes.sliding_window import sliding_window

    image = np.load(folder / "image.npy")
    return lambda: sliding_window(
        network, image, classes=CLASSES, patch=PATCH, overlap=OVERLAP, batch=BATCH
    )


def monai(folder: Path, network: Predict) -> Callable[[], np.ndarray]:
    import torch
    from monai.inferers.utils import sliding_window_inference

    image = torch.from_numpy(np.load(folder / "image.npy"))[None, None]

    def call() -> np.ndarray:
        with torch.inference_mode():
            return sliding_window_inference(image, PATCH, BATCH, network, OVERLAP, mode="gaussian")[
                0
            ].numpy()

    return call


def _network() -> Predict:
    import torch
    from torch import nn

    torch.set_num_threads(1)
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv3d(1, FEATURES, 3, padding=1),
        nn.ReLU(),
        nn.Conv3d(FEATURES, CLASSES, 1),
        nn.Sigmoid(),
    ).eval()


WAYS = {
    "ours": lambda folder: ours(folder, _network()),
    "MONAI": lambda folder: monai(folder, _network()),
}
