"""Speed and agreement of the runtimes that can compute a run, on this machine."""

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from labelassemble.deploy.check_images import check_images
from labelassemble.deploy.onnx_model import write_onnx
from labelassemble.deploy.open_run import known_images, open_run, trace_run
from labelassemble.deploy.runtimes import Compute, need, open_onnx, open_openvino

_BATCHES = (1, 16)


class Speed(NamedTuple):
    """One runtime.

    Attributes:
        name: of it.
        images_a_second: for batches of ``_BATCHES``: median.
        difference: of a probability from the run, the largest.
    """

    name: str
    images_a_second: tuple[float, ...]
    difference: float


def benchmark_model(
    run: Path, check: Sequence[Path] = (), threads: int = 1, seconds: float = 2.0
) -> list[Speed]:
    """Measure torch, onnxruntime and OpenVINO in turns, so that a busy machine is so for all.

    Args:
        run: a finished run, or a packed model.
        check: images; empty: those that the run knows.
        threads: that each may use.
        seconds: of measuring, for each runtime and batch.

    Raises:
        ExtraError, RunError, ModelError, ImageError: as ``export_model``.
    """
    for name in ("onnx", "onnxscript", "onnxruntime", "openvino"):
        need(name)
    predictor = open_run(run)
    checked = check_images(predictor, check or known_images(run))
    traced = trace_run(predictor)
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    network, dense = predictor.network, predictor.description.detection is not None

    @torch.inference_mode()
    def compute(batch: np.ndarray) -> np.ndarray:
        return np.asarray(network(torch.from_numpy(batch), dense=dense).sigmoid().numpy())

    try:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "model.onnx"
            write_onnx(traced, {}, file)
            runtimes: dict[str, Compute] = {
                "torch": compute,
                "onnxruntime": open_onnx(file, threads),
                "OpenVINO": open_openvino(file, threads),
            }
            speeds = _measure(runtimes, checked.images, seconds)
        return [
            Speed(
                name,
                tuple(speeds[name]),
                float(np.abs(one(checked.images) - _plain(compute, checked.images)).max()),
            )
            for name, one in runtimes.items()
        ]
    finally:
        torch.set_num_threads(before)


def describe_speeds(speeds: Sequence[Speed], threads: int) -> str:
    """Write a table of what was measured."""
    head = f"{'':12}" + "".join(f"{f'batch {one}':>12}" for one in _BATCHES) + "  differs by"
    rows = [
        f"{one.name:12}"
        + "".join(f"{rate:>12.1f}" for rate in one.images_a_second)
        + f"  {one.difference:.1e}"
        for one in speeds
    ]
    return "\n".join([f"Images a second, {threads} thread(s):", head, *rows])


def _plain(compute: Compute, images: np.ndarray) -> np.ndarray:
    return np.concatenate([compute(images[row : row + 1]) for row in range(len(images))])


def _measure(
    runtimes: dict[str, Compute], images: np.ndarray, seconds: float
) -> dict[str, list[float]]:
    speeds: dict[str, list[float]] = {name: [] for name in runtimes}
    for length in _BATCHES:
        batch = np.ascontiguousarray(images[np.arange(length) % len(images)])
        times: dict[str, list[float]] = {name: [] for name in runtimes}
        for one in runtimes.values():
            one(batch)
        stop = time.perf_counter() + seconds * len(runtimes)
        while time.perf_counter() < stop or not times["torch"]:
            for name, one in runtimes.items():
                start = time.perf_counter()
                one(batch)
                times[name].append(time.perf_counter() - start)
        for name, own in times.items():
            speeds[name].append(length / float(np.median(own)))
    return speeds
