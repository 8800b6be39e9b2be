"""How many threads may work at once."""

import os


def count_cores() -> int:
    """Give the number of cores that this process may use; at least 1."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
