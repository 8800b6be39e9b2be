"""Several ways to do the same, timed in turn, so that all of them meet the same machine."""

import sys
import time
from collections.abc import Callable, Mapping

ROUNDS = 3
MIN_SECONDS = 0.05
"""A measurement repeats its call until it lasts as long: clocks are coarse."""


def take_turns(
    ways: Mapping[str, Callable[[], object]],
    rounds: int = ROUNDS,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, list[float]]:
    """Seconds of a call of each way, ``rounds`` times, in turn: A B A B …

    Each is called once before the clock starts: modules are loaded, kernels chosen.
    """
    repeats = {}
    for name, call in ways.items():
        begin = clock()
        call()
        repeats[name] = 1
        if clock() - begin < MIN_SECONDS:
            while _time(call, repeats[name], clock) < MIN_SECONDS:
                repeats[name] *= 2
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds):
        for name, call in ways.items():
            taken[name].append(_time(call, repeats[name], clock) / repeats[name])
        tell_round(number, {name: seconds[-1] for name, seconds in taken.items()}, rounds)
    return taken


def tell_round(number: int, seconds: Mapping[str, float], rounds: int = ROUNDS) -> None:
    """Say on standard error how far a benchmark is."""
    said = ", ".join(f"{name} {one:.4g} s" for name, one in seconds.items())
    print(f"    {number + 1} of {rounds}: {said}", file=sys.stderr, flush=True)


def _time(call: Callable[[], object], repeats: int, clock: Callable[[], float]) -> float:
    begin = clock()
    for _ in range(repeats):
        call()
    return clock() - begin
