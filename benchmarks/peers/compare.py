"""One comparison: a worker a way, all of them asked in turn."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from types import ModuleType

import numpy as np

from benchmarks.peers.workers import Worker
from benchmarks.row import Row
from benchmarks.take_turns import ROUNDS, tell_round


def compare(name: str) -> Iterator[Row]:
    """Rows of speed and memory, one of each a peer; a peer that cannot work here is reported so."""
    module = import_module(f"benchmarks.peers.{name}")
    with tempfile.TemporaryDirectory() as place, ExitStack() as stack:
        folder = Path(place)
        missing = module.make(folder)
        if missing:
            yield Row(module.WHAT, f"not measured: {missing}")
            return
        workers = {}
        for way in module.WAYS:
            try:
                workers[way] = stack.enter_context(Worker(name, way, folder))
            except RuntimeError as error:
                if way == "ours":
                    raise
                yield Row(f"{module.WHAT}: {way}", f"not measured: {error}")
        _check(module, folder, list(workers))
        taken: dict[str, list[tuple[float, float]]] = {way: [] for way in workers}
        rounds = getattr(module, "ROUNDS", ROUNDS)
        for number in range(rounds):
            for way, worker in workers.items():
                taken[way].append(worker.measure())
            tell_round(number, {way: each[-1][0] for way, each in taken.items()}, rounds)
        told = {one.stem: one.read_text() for one in folder.glob("told_*.txt")}
    for way in list(taken)[1:]:
        yield from _rows(module, way, taken, told)


def _check(module: ModuleType, folder: Path, ways: list[str]) -> None:
    if not hasattr(module, "agree"):
        return
    predictions = {way: np.load(folder / f"probability_{way}.npy") for way in ways}
    for way in ways[1:]:
        if not module.agree(predictions["ours"], predictions[way]):
            raise RuntimeError(f"{way} and ours disagree; a faster wrong number is no gain")


def _rows(
    module: ModuleType,
    way: str,
    taken: dict[str, list[tuple[float, float]]],
    told: dict[str, str],
) -> Iterator[Row]:
    def measured(who: str, place: int) -> list[float]:
        values = [one[place] for one in taken[who]]
        return [module.ITEMS / one for one in values] if rate and not place else values

    rate = module.UNIT.endswith("/s")
    said = [f"{who}: {told[f'told_{who}']}" for who in ("ours", way) if f"told_{who}" in told]
    note = "; ".join([module.NOTE, *said])
    yield Row(f"{module.WHAT}: {way}", note, module.UNIT, measured("ours", 0), measured(way, 0))
    yield Row(
        f"{module.WHAT}: {way}, peak memory", note, "MB", measured("ours", 1), measured(way, 1)
    )
