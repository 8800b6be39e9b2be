"""How much memory this process has taken at most."""

import contextlib
import resource
import sys
from pathlib import Path

STATUS, FORGET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def peak_bytes() -> int:
    """This process's own peak memory; on Linux ``ru_maxrss`` would begin with its parent's."""
    if STATUS.is_file():
        line = next(one for one in STATUS.read_text().splitlines() if one.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def forget_peak() -> int:
    """Start anew from what is held now, where the system can (Linux); gives the peak then."""
    with contextlib.suppress(OSError):
        FORGET.write_text("5")
    return peak_bytes()
