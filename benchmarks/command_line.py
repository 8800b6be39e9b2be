"""How long the command line takes to answer where no network is needed."""

import statistics
import subprocess
import sys
import time


def seconds(words: list[str], repeats: int = 5) -> float:
    """Median wall time of a whole process."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        subprocess.run([sys.executable, *words], check=True, capture_output=True)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def measure() -> list[dict[str, object]]:
    """Against the plain alternative: a command line that imports torch at its top."""
    call = ["-c", "import sys; from labelassemble.cli import main; sys.exit(main(sys.argv[1:]))"]
    torch = seconds(["-c", "import torch"], 3)
    rows: list[dict[str, object]] = []
    for words in (["--help"], ["sources"]):
        ours = seconds([*call, *words])
        rows.append(
            {
                "what": f"labelassemble {words[0]}",
                "ours": ours,
                "plain": ours + torch,
                "unit": "s",
                "ratio": (ours + torch) / ours,
                "note": "plain: the same after importing torch; aim: under 1 s",
            }
        )
    return rows
