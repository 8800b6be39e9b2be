"""What a run was made with, and what it cost: versions, machine, time, memory, energy."""

import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch

from labelassemble import __version__
from labelassemble.training.run_folder import MADE_WITH, read_json, write_json

PACKAGES = ("torch", "lightning", "monai", "numpy", "polars", "opencv-python-headless", "pydicom")
"""Whose versions can move a number."""

_RAPL = Path("/sys/class/powercap")
_JOULES = 1e6  # RAPL counts millionths.


def describe_machine() -> dict[str, Any]:
    """Say what computes here: versions, system, processor, threads, GPUs."""
    return {
        "labelassemble": __version__,
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in PACKAGES},
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _name_processor(),
        "threads": torch.get_num_threads(),
        "gpus": [torch.cuda.get_device_name(at) for at in range(torch.cuda.device_count())],
    }


@contextmanager
def measure_part(folder: Path, epoch: int) -> Iterator[None]:
    """Add a part of a run to its ``made_with.json``: what it was made with, and what it cost.

    A part that was killed is not in it; one that failed is.

    Args:
        folder: the run folder.
        epoch: its first, from 1 on.
    """
    began, energy = time.perf_counter(), _read_energy()
    for at in range(torch.cuda.device_count()):
        torch.cuda.reset_peak_memory_stats(at)
    try:
        yield
    finally:
        part = {
            "from_epoch": epoch,
            "seconds": round(time.perf_counter() - began, 1),
            "peak_memory_mib": _peak_memory(),
            "gpu_memory_mib": [
                torch.cuda.max_memory_allocated(at) >> 20 for at in range(torch.cuda.device_count())
            ],
            "energy_j": _spent(energy, _read_energy()),
            **describe_machine(),
        }
        with suppress(OSError):  # What went wrong before is what counts.
            write_json({"parts": [*read_parts(folder), part]}, folder / MADE_WITH)


def read_parts(folder: Path) -> list[dict[str, Any]]:
    """Give the parts of a run, in their order; none of a run of before.

    Raises:
        RunError: the file is damaged.
    """
    if not (folder / MADE_WITH).is_file():
        return []
    return list(read_json(folder / MADE_WITH).get("parts") or ())


def describe_cost(folder: Path) -> str:
    """Say what a run cost, in words; blank where nothing is known."""
    parts = read_parts(folder)
    if not parts:
        return ""
    seconds = sum(one["seconds"] for one in parts)
    memory = max(one["peak_memory_mib"] or 0 for one in parts)
    words = [f"{seconds:,.0f} s", *([f"{memory:,} MiB"] if memory else [])]
    if gpu := max((most for one in parts for most in one["gpu_memory_mib"]), default=0):
        words.append(f"{gpu:,} MiB of a GPU")
    spent = [one["energy_j"] for one in parts]
    if None not in spent:
        words.append(f"{sum(spent):,.0f} J")
    return ", ".join(words)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _name_processor() -> str:
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()


def _peak_memory() -> int | None:
    """Mebibytes that this process held at most; None where the system does not say."""
    try:
        import resource
    except ImportError:
        return None
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(most >> 20 if platform.system() == "Darwin" else most >> 10)


def _read_energy() -> dict[str, tuple[float, float]]:
    """Joules counted so far, and where the counter begins again: by processor and by GPU."""
    found = {}
    for place in sorted(_RAPL.glob("intel-rapl:?")) if _RAPL.is_dir() else ():
        with suppress(OSError, ValueError):  # Often for the superuser alone.
            at, end = (
                float((place / name).read_text()) / _JOULES
                for name in ("energy_uj", "max_energy_range_uj")
            )
            found[place.name] = at, end
    for at in range(torch.cuda.device_count()):
        with suppress(Exception):  # NVML is an extra of an extra, and old cards do not count.
            import pynvml  # type: ignore[import-not-found]

            pynvml.nvmlInit()
            counted = pynvml.nvmlDeviceGetTotalEnergyConsumption(
                pynvml.nvmlDeviceGetHandleByIndex(at)
            )
            found[f"gpu {at}"] = counted / 1e3, 0.0
    return found


def _spent(before: dict[str, tuple[float, float]], after: dict[str, tuple[float, float]]) -> Any:
    """Joules between two readings; None where nothing counts them.

    >>> _spent({"a": (5.0, 10.0)}, {"a": (2.0, 10.0)})
    7.0
    """
    if not before or before.keys() != after.keys():
        return None
    spent = [(now - before[name][0], end) for name, (now, end) in after.items()]
    return round(sum(joules if joules >= 0 else joules + end for joules, end in spent), 1)
