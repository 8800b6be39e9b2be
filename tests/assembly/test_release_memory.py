import ctypes
import sys
from pathlib import Path

import numpy as np
import pytest

from labelassemble.assembly.release_memory import release_memory

PIECE, PIECES = 100_000, 1_500


def held_bytes():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@pytest.mark.skipif(sys.platform != "linux", reason="reads what Linux says of memory")
def test_what_is_freed_between_what_is_held_goes_back():
    if not hasattr(ctypes.CDLL(None), "malloc_trim"):
        pytest.skip("this C library cannot give memory back")
    pieces = [np.ones(PIECE, dtype=np.uint8) for _ in range(PIECES)]
    held = pieces[::30]
    del pieces
    before = held_bytes()
    release_memory()
    assert before - held_bytes() > 0.5 * PIECE * PIECES
    assert all(piece[0] == 1 for piece in held)
