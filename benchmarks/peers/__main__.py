"""Compare with the peers, all or those that are named: ``benchmarks/out/peers.json``.

``python -m benchmarks.peers table FILE`` prints the table of ``docs/performance.md`` from a file.
"""

import sys
from functools import partial
from pathlib import Path

from benchmarks.peers.compare import compare
from benchmarks.peers.registry import COMPARISONS
from benchmarks.peers.table import write_table
from benchmarks.run import choose, end, run

OUT = Path(__file__).parents[1] / "out" / "peers.json"


if __name__ == "__main__":
    if sys.argv[1:2] == ["table"]:
        print(write_table(Path(sys.argv[2]) if sys.argv[2:] else OUT))
    else:
        names = choose(sys.argv[1:], COMPARISONS)
        end(run({name: lambda name=name: partial(compare, name) for name in names}, OUT), OUT)
