"""A whole volume, all classes in one pass, against MONAI's sliding window and a pass a class."""

import multiprocessing
import time
from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.memory import forget_peak, peak_bytes
from benchmarks.row import Row
from benchmarks.take_turns import ROUNDS, tell_round
from labelassemble.volumes.sliding_window import sliding_window

SHAPE, PATCH, OVERLAP, BATCH = (256, 128, 128), (64, 64, 64), 0.5, 3
CLASSES, FEATURES = 8, 8
REPEATS = 3
WAYS = ("ours", "monai", "monai, one class")


def measure() -> Iterator[Row]:
    """Each turn of each way in a process of its own, so that its highest memory is its own.

    One thread and its processor time, which other programs on the machine hardly change.
    """
    seconds, peaks = ({way: [] for way in WAYS} for _ in range(2))
    for number in range(ROUNDS):
        sums = []
        for way in WAYS:
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                taken, peak, one = pool.apply(_run, (way,))
            seconds[way].append(taken)
            peaks[way].append(peak)
            sums.append(one)
        if any(not np.allclose(one, sums[0][: len(one)], rtol=1e-4) for one in sums):
            raise RuntimeError("the ways disagree; a faster wrong number is no gain")
        tell_round(number, {way: each[-1] for way, each in seconds.items()})
    size, million = " x ".join(map(str, SHAPE)), float(np.prod(SHAPE)) / 1e6
    speeds = {way: [million / one for one in each] for way, each in seconds.items()}
    note = f"{CLASSES} classes, windows of {PATCH[0]}, overlap {OVERLAP:g}; plain: "
    what = f"sliding window over {size}, "
    yield Row(f"{what}speed", f"{note}MONAI", "Mvoxel/s", speeds["ours"], speeds["monai"])
    yield Row(f"{what}peak memory", f"{note}MONAI", "MB", peaks["ours"], peaks["monai"])
    by_class = [speed / CLASSES for speed in speeds[WAYS[-1]]]
    yield Row(f"{what}speed", f"{note}MONAI, a pass a class", "Mvoxel/s", speeds["ours"], by_class)


def _run(way: str) -> tuple[float, float, list[float]]:
    """Fewest seconds, highest memory above that before in MB, and each class's sum."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    backbone = nn.Sequential(nn.Conv3d(1, FEATURES, 3, padding=1), nn.ReLU()).eval()
    head = nn.Conv3d(FEATURES, CLASSES, 1).eval()
    image = np.random.default_rng(0).random(SHAPE, dtype=np.float32)
    call = _choose(way, backbone, head, image)
    # Kernels are chosen and threads started before the clock.
    with torch.inference_mode():
        head(backbone(torch.zeros(BATCH, 1, *PATCH)))
    before, seconds, sums = forget_peak(), [], []
    for _ in range(REPEATS):
        start = time.process_time()
        predictions = call()
        seconds.append(time.process_time() - start)
        sums = [float(one.sum(dtype=np.float64)) for one in predictions]
        del predictions
    return min(seconds), (peak_bytes() - before) / 1e6, sums


def _choose(
    way: str, backbone: nn.Module, head: nn.Conv3d, image: np.ndarray
) -> Callable[[], list[np.ndarray]]:
    def all_classes(patch: Tensor) -> Tensor:
        return torch.sigmoid(head(backbone(patch)))

    if way == "ours":
        return lambda: list(
            sliding_window(
                all_classes, image, classes=CLASSES, patch=PATCH, overlap=OVERLAP, batch=BATCH
            )
        )
    from monai.inferers.utils import sliding_window_inference

    def walk(predict: Callable[[Tensor], Tensor]) -> np.ndarray:
        with torch.inference_mode():
            tensor = torch.from_numpy(image)[None, None]
            return sliding_window_inference(
                tensor, PATCH, BATCH, predict, OVERLAP, mode="gaussian"
            )[0].numpy()

    def one_class(patch: Tensor) -> Tensor:
        return torch.sigmoid(nn.functional.conv3d(backbone(patch), head.weight[:1], head.bias[:1]))

    return lambda: list(walk(all_classes if way == "monai" else one_class))
