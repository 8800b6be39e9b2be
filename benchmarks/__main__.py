"""Run benchmarks, all or those that are named, and save each row: ``benchmarks/out/bench.json``."""

import importlib
import sys
from functools import partial
from pathlib import Path

from benchmarks.registry import BENCHMARKS, ON_REQUEST
from benchmarks.run import Measure, choose, end, run

OUT = Path(__file__).parent / "out" / "bench.json"


def load(name: str) -> Measure:
    """The ``measure`` of a module of this folder."""
    measure: Measure = importlib.import_module(f"benchmarks.{name}").measure
    return measure


if __name__ == "__main__":
    names = choose(sys.argv[1:], BENCHMARKS, ON_REQUEST)
    end(run({name: partial(load, name) for name in names}, OUT), OUT)
