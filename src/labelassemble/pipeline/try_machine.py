"""What the machine has for us: processors, memory, GPU, SLURM, disks, text."""

import locale
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from labelassemble.pipeline.health import Health, HealthState, one_line
from labelassemble.settings import ModelSettings

GIB = 2**30
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS")
LITTLE_DISK = 1.0
"""GiB below which a disk is noted."""
FEW_FILES = 1024
"""Open files that a system allows, below which that is noted."""
SLURM = ("SLURM_JOB_ID", "SLURM_NNODES", "SLURM_NTASKS", "SLURM_CPUS_PER_TASK", "SLURM_JOB_GPUS")


def try_machine(folder: Path) -> list[Health]:
    """Try everything but packages and codecs.

    Args:
        folder: where output would go.
    """
    return [
        Health("Python", "ok", f"{platform.python_version()}, {platform.python_implementation()}"),
        Health("system", "ok", platform.platform()),
        *_try_processors(os.environ),
        *_try_gpu(),
        *_try_slurm(os.environ),
        *_try_places(folder),
        _try_text(),
    ]


def _try_processors(environment: Mapping[str, str]) -> Iterator[Health]:
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    yield Health("processors", "ok", f"{usable} usable of {os.cpu_count()}{_quota()}")
    named = [f"{name}={environment[name]}" for name in THREADS if name in environment]
    if "torch" in sys.modules:
        import torch

        named.append(f"torch uses {torch.get_num_threads()}")
    yield Health("threads", "ok", ", ".join(named) or "no variable limits them")
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        page = os.sysconf("SC_PAGE_SIZE")
        total = os.sysconf("SC_PHYS_PAGES") * page / GIB
        free = os.sysconf("SC_AVPHYS_PAGES") * page / GIB
        yield Health("memory", "ok", f"{total:.1f} GiB, {free:.1f} GiB of them unused{_limit()}")
    try:
        import resource
    except ImportError:
        return
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    few = 0 <= files < FEW_FILES
    text = f"{files} at once; allow more: ulimit -n 4096" if few else f"{files} at once"
    yield Health("open files", "note" if few else "ok", text)


def _quota() -> str:
    """Say how many processors the control group allows, where it says so."""
    words = _read_group("cpu.max").split()
    if len(words) != 2 or not all(word.isdigit() for word in words):
        return ""
    return f", {int(words[0]) / int(words[1]):.1f} by the control group"


def _limit() -> str:
    """Say how much memory the control group allows, where it says so."""
    allowed = _read_group("memory.max")
    return f", {int(allowed) / GIB:.1f} GiB by the control group" if allowed.isdigit() else ""


def _read_group(name: str) -> str:
    try:
        return Path("/sys/fs/cgroup", name).read_text("ascii").strip()
    except (OSError, ValueError):
        return ""


def _try_gpu() -> Iterator[Health]:
    try:
        import torch
    except Exception as error:
        yield Health("GPU", "note", f"not asked: import torch: {one_line(error)}")
        return
    if torch.backends.mps.is_available():
        yield Health("GPU", "ok", "Apple's (MPS)")
    if not torch.cuda.is_available():
        built = torch.version.cuda or torch.version.hip
        told = f"built for {built}" if built else "built for processors alone"
        yield Health("GPU", "note", f"none that torch can use; torch is {told}")
        return
    for place in range(torch.cuda.device_count()):
        card = torch.cuda.get_device_properties(place)
        said = f"{card.name}, {card.total_memory / GIB:.1f} GiB, CUDA {torch.version.cuda}"
        try:
            square = torch.ones(64, 64, device=f"cuda:{place}")
            right = float((square @ square).sum()) == 64.0**3
        except RuntimeError as error:
            yield Health(f"GPU {place}", "broken", f"{said}: {one_line(error)}")
            continue
        if right:
            yield Health(f"GPU {place}", "ok", f"{said}, computes")
        else:
            yield Health(f"GPU {place}", "broken", f"{said}, computes a wrong product")


def _try_slurm(environment: Mapping[str, str]) -> Iterator[Health]:
    inside = [f"{name}={environment[name]}" for name in SLURM if name in environment]
    if inside:
        yield Health("SLURM", "ok", f"in a job: {', '.join(inside)}")
    else:
        there = shutil.which("sbatch") is not None
        yield Health("SLURM", "ok", "there, not in a job" if there else "not there")


def _try_places(folder: Path) -> Iterator[Health]:
    cache: Path = ModelSettings.model_fields["weights_cache"].default
    yield _try_place("output", folder, "broken")
    yield _try_place("temporary files", Path(tempfile.gettempdir()), "broken")
    yield _try_place("weights cache", cache.expanduser(), "note")


def _try_place(name: str, folder: Path, wrong: HealthState) -> Health:
    """Write a file in a folder, or in the nearest one above it that is there."""
    place = folder.absolute()
    while not place.is_dir() and place != place.parent:
        place = place.parent
    shown = hide_home(place)
    try:
        with tempfile.NamedTemporaryFile(dir=place, prefix=".doctor-") as file:
            file.write(bytes(4096))
            file.flush()
            os.fsync(file.fileno())
        free = shutil.disk_usage(place).free / GIB
    except OSError as error:
        told = error.strerror or one_line(error)
        return Health(name, wrong, f"{shown} cannot be written: {told}")
    little = free < LITTLE_DISK
    return Health(name, "note" if little else "ok", f"{shown} writable, {free:.1f} GiB free")


def hide_home(path: Path) -> str:
    """Write a path without the name of the user, which nobody wants in an issue.

    >>> hide_home(Path.home() / "a"), hide_home(Path("/data"))
    ('~/a', '/data')
    """
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)


def _try_text() -> Health:
    """See whether files may have names beyond ASCII."""
    told = ", ".join(
        [
            f"locale {'.'.join(part or '-' for part in locale.getlocale())}",
            f"files {sys.getfilesystemencoding()}",
            f"output {getattr(sys.stdout, 'encoding', None) or '-'}",
        ]
    )
    try:
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "caf\u00e9-\u80ba.txt").write_text("\u80ba", encoding="utf-8")
    except (OSError, UnicodeError) as error:
        return Health("text", "note", f"{told}; no file names beyond ASCII: {one_line(error)}")
    return Health("text", "ok", told)
