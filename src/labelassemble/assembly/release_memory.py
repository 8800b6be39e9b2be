"""Giving memory that is free again back to the system."""

import ctypes
import sys


def release_memory() -> None:
    """Give back what was freed between pieces that are still held; the C library keeps it else.

    Where the C library has no such call (all but glibc) nothing happens.

    >>> release_memory()
    """
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
