"""One way of one comparison, in whichever environment runs it: a measurement a line asked for.

    python -m benchmarks.peers.work COMPARISON WAY FOLDER

Says ``ready`` when its inputs are read and its call was made once; then, for each line it gets, one
line of JSON: processor seconds of a call, and highest memory above that before in MB.
"""

import ctypes
import json
import resource
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import numpy as np

from benchmarks.memory import forget_peak, peak_bytes

MIN_SECONDS, MAX_CALLS = 0.1, 4096


def main(comparison: str, way: str, folder: str) -> None:
    # What packages print must not stand between the lines that are read.
    predictions, sys.stdout = sys.stdout, sys.stderr
    if way != "ours":
        declare_torchvision()
    call = import_module(f"benchmarks.peers.{comparison}").WAYS[way](Path(folder))
    probability = call()
    if probability is not None:
        np.save(Path(folder) / f"probability_{way}.npy", np.asarray(probability))
    del probability
    print("ready", file=predictions, flush=True)
    for _ in sys.stdin:
        print(json.dumps(measure(call)), file=predictions, flush=True)


def declare_torchvision() -> None:
    """Let torchvision be imported beside a build of torch that its compiled part does not fit.

    It then lacks operators that it names while it is imported; no comparison uses them.
    """
    import torch

    schema = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
    for name in ("nms", "qnms"):
        if not hasattr(torch.ops.torchvision, name):
            torch.library.define(f"torchvision::{name}", schema)


def measure(call: Callable[[], object]) -> dict[str, float]:
    give_back()
    before, calls, begin = forget_peak(), 0, processor_seconds()
    while (spent := processor_seconds() - begin) < MIN_SECONDS and calls < MAX_CALLS:
        call()
        calls += 1
    return {"seconds": spent / calls, "peak": (peak_bytes() - before) / 1e6}


def give_back() -> None:
    """Give freed memory back, so that what a call needs counts; where the C library is glibc."""
    library = ctypes.CDLL(None) if sys.platform == "linux" else None
    if hasattr(library, "malloc_trim"):
        library.malloc_trim(0)


def processor_seconds() -> float:
    """Of this process and of those that it started and saw end."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


if __name__ == "__main__":
    main(*sys.argv[1:])
