"""How long the command line takes to predict where no network is needed."""

import subprocess
import sys
from collections.abc import Iterator

from benchmarks.row import Row
from benchmarks.take_turns import take_turns

CALL = ["-c", "import sys; from labelassemble.cli import main; sys.exit(main(sys.argv[1:]))"]


def measure() -> Iterator[Row]:
    """Against the plain alternative: a command line that imports torch at its top."""
    for words in (["--help"], ["sources"]):
        taken = take_turns(
            {
                "ours": lambda words=words: _start([*CALL, *words]),
                "torch": lambda: _start(["-c", "import torch"]),
            },
            rounds=5,
        )
        yield Row(
            f"labelassemble {words[0]}",
            "plain: the same after importing torch; aim: under 1 s",
            "s",
            taken["ours"],
            [sum(pair) for pair in zip(taken["ours"], taken["torch"], strict=True)],
        )


def _start(words: list[str]) -> None:
    subprocess.run([sys.executable, *words], check=True, capture_output=True)
