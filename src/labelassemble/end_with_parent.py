"""Worker processes that do not outlive the process that started them."""

import os
from multiprocessing import parent_process
from multiprocessing.process import BaseProcess
from threading import Thread


def end_with_parent() -> None:
    """End this worker as soon as the process that started it has ended, however it did.

    Where that is killed, its workers would wait for ever, or work on beside those of the next try.
    In a process that is no worker nothing happens.
    """
    parent = parent_process()
    if parent is not None:
        Thread(target=_wait_and_end, args=(parent,), daemon=True).start()


def _wait_and_end(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)
