"""A whole volume, all classes in one pass, against MONAI's sliding window and a pass a class."""

import multiprocessing
import resource
import time
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from labelassemble.volumes.sliding_window import sliding_window

SHAPE, PATCH, OVERLAP, BATCH = (256, 128, 128), (64, 64, 64), 0.5, 3
CLASSES, FEATURES = 8, 8
REPEATS = 3
WAYS = ("ours", "monai", "monai, a pass a class")


def measure() -> list[dict[str, object]]:
    """Each way in a process of its own, so that its highest memory is its own."""
    told = {}
    for way in WAYS:
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            told[way] = pool.apply(_run, (way,))
    sums = np.array([told[way][2] for way in WAYS])
    if not np.allclose(sums, sums[0], rtol=1e-4):
        raise RuntimeError("the ways disagree; a faster wrong number is no gain")
    size, ours = " x ".join(map(str, SHAPE)), told["ours"]
    note = f"{CLASSES} classes, windows of {PATCH[0]}, overlap {OVERLAP:g}; plain: "
    rows: list[dict[str, object]] = []
    for way, plain in (("monai, a pass a class", "MONAI, a pass a class"), ("monai", "MONAI")):
        million = np.prod(SHAPE) / 1e6
        speeds = [float(million / seconds) for seconds in (ours[0], told[way][0])]
        peaks = (ours[1], told[way][1])
        for what, unit, (own, other), ratio in (
            ("speed", "Mvoxel/s", speeds, speeds[0] / speeds[1]),
            ("peak memory", "MB", peaks, peaks[1] / peaks[0]),
        ):
            rows.append(
                {
                    "what": f"sliding window over {size}, {what}",
                    "ours": own,
                    "plain": other,
                    "unit": unit,
                    "ratio": ratio,
                    "note": note + plain,
                }
            )
    return rows


def _run(way: str) -> tuple[float, float, list[float]]:
    """Fewest seconds, highest memory above that before in MB, and each class's sum."""
    torch.set_num_threads(2)
    torch.manual_seed(0)
    backbone = nn.Sequential(nn.Conv3d(1, FEATURES, 3, padding=1), nn.ReLU()).eval()
    head = nn.Conv3d(FEATURES, CLASSES, 1).eval()
    image = np.random.default_rng(0).random(SHAPE, dtype=np.float32)
    call = _choose(way, backbone, head, image)
    # Kernels are chosen and threads started before the clock.
    with torch.inference_mode():
        head(backbone(torch.zeros(BATCH, 1, *PATCH)))
    before, seconds, sums = _peak(), [], []
    # A pass a class is a repetition by itself.
    for _ in range(1 if way == WAYS[-1] else REPEATS):
        start = time.perf_counter()
        answers = call()
        seconds.append(time.perf_counter() - start)
        sums = [float(one.sum(dtype=np.float64)) for one in answers]
        del answers
    return min(seconds), _peak() - before, sums


def _choose(
    way: str, backbone: nn.Module, head: nn.Conv3d, image: np.ndarray
) -> Callable[[], list[np.ndarray]]:
    def all_classes(patch: Tensor) -> Tensor:
        return torch.sigmoid(head(backbone(patch)))

    if way == "ours":
        return lambda: list(sliding_window(all_classes, image, CLASSES, PATCH, OVERLAP, BATCH))
    from monai.inferers.utils import sliding_window_inference

    def walk(predict: Callable[[Tensor], Tensor]) -> np.ndarray:
        with torch.inference_mode():
            tensor = torch.from_numpy(image)[None, None]
            return sliding_window_inference(
                tensor, PATCH, BATCH, predict, OVERLAP, mode="gaussian"
            )[0].numpy()

    def one_class(number: int) -> Callable[[Tensor], Tensor]:
        weight, bias = head.weight[number : number + 1], head.bias[number : number + 1]
        return lambda patch: torch.sigmoid(nn.functional.conv3d(backbone(patch), weight, bias))

    if way == "monai":
        return lambda: list(walk(all_classes))
    return lambda: [walk(one_class(number))[0] for number in range(CLASSES)]


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
