"""Work that threads do ahead of who takes its results, in order, and never far ahead."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

_In = TypeVar("_In")
_Out = TypeVar("_Out")


def decode_ahead(
    items: Iterable[_In], decode: Callable[[_In], _Out], workers: int, ahead: int
) -> Iterator[_Out]:
    """Give ``decode`` of every item, in the items' order.

    Args:
        items: taken as they are needed.
        decode: called in threads; what it raises is raised when its turn comes.
        workers: threads; 0: none, each item is decoded when its turn comes.
        ahead: results that may wait: memory holds no more of them.

    >>> list(decode_ahead("abc", str.upper, workers=2, ahead=2))
    ['A', 'B', 'C']
    """
    if workers == 0:
        yield from map(decode, items)
        return
    waiting: deque[Future[_Out]] = deque()
    pool = ThreadPoolExecutor(workers)
    try:
        for item in items:
            waiting.append(pool.submit(decode, item))
            if len(waiting) > ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
