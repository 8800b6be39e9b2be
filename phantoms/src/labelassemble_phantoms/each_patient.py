"""Simulated patients, in turn or several at once; each has random numbers of its own."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

import cv2

from labelassemble.end_with_parent import end_with_parent
from labelassemble.errors import SettingsError

_Made = TypeVar("_Made")

PatientNumber = tuple[int, int]
"""Number of the hospital, and of the patient there."""


def each_patient(
    simulate: Callable[[PatientNumber], _Made], patients: Sequence[PatientNumber], workers: int
) -> Iterator[_Made]:
    """Simulate patients; what comes back is in their order, whatever the number of processes.

    Args:
        simulate: can be sent to another process, and so can what it gives back.
        patients: who.
        workers: processes; 1: none but this one.

    Raises:
        SettingsError: fewer than one.

    >>> list(each_patient(sum, [(0, 1), (0, 2)], 1))
    [1, 2]
    """
    if workers < 1:
        raise SettingsError("workers of 1 or more", f"workers = {workers}", "Choose one in range")
    if workers == 1:
        yield from map(simulate, patients)
        return
    pool = ProcessPoolExecutor(workers, get_context("spawn"), initializer=_start_worker)
    try:
        yield from pool.map(simulate, patients, chunksize=max(1, min(8, len(patients) // workers)))
    finally:
        pool.shutdown(cancel_futures=True)


def _start_worker() -> None:
    end_with_parent()
    cv2.setNumThreads(1)
