"""Images in an object store, fetched ahead of who decodes them, never too many at once."""

from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Lock

from labelassemble.storage.fetch_object import bring, is_absent
from labelassemble.storage.object_store import options_in_use


def bring_all(paths: Iterable[str]) -> None:
    """Fetch files that are kept, several at once.

    Raises:
        StoreError: as ``fetch_object.bring``.
    """
    absent = [path for path in map(Path, paths) if is_absent(path)]
    if not absent:
        return
    pool = ThreadPoolExecutor(options_in_use().in_flight)
    try:
        deque(pool.map(bring, absent), maxlen=0)
    finally:
        pool.shutdown(cancel_futures=True)


def count_far_readers(paths: Iterable[object]) -> int:
    """Give how many threads read files at once where some lie in an object store; else 0."""
    far = any(is_absent(path) for path in paths if isinstance(path, Path))
    return options_in_use().in_flight if far else 0


class ReadAhead:
    """Bytes of files, of which those in an object store are fetched before they are asked for.

    Args:
        paths: files in the order in which they will be asked for.
        read: gives the bytes of one; it may raise.
    """

    def __init__(self, paths: Iterable[str], read: Callable[[Path], bytes]) -> None:
        self.read, self.options = read, options_in_use()
        self._waiting = deque(path for path in paths if is_absent(Path(path)))
        self._fetched: dict[str, Future[bytes]] = {}
        self._size: dict[str, int] = {}
        self._bytes, self._lock = 0, Lock()
        self._pool = ThreadPoolExecutor(self.options.in_flight) if self._waiting else None

    def __enter__(self) -> "ReadAhead":
        with self._lock:
            self._fill()
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    @property
    def is_far(self) -> bool:
        """Whether some of the files lie in an object store."""
        return self._pool is not None

    def take(self, path: str) -> bytes:
        """Give the bytes of a file.

        Raises:
            Exception: what ``read`` raised.
        """
        with self._lock:
            future = self._fetched.get(path)
            if future is None and path in self._waiting:
                self._waiting.remove(path)
        try:
            return self.read(Path(path)) if future is None else future.result()
        finally:
            with self._lock:
                if self._fetched.pop(path, None) is not None:
                    self._bytes -= self._size.pop(path)
                self._fill()

    def _fill(self) -> None:
        """Begin to fetch what there is room for; of the largest there is room for one."""
        while self._waiting and self._pool and len(self._fetched) < self.options.in_flight:
            size = Path(self._waiting[0]).stat().st_size
            if self._fetched and self._bytes + size > self.options.memory_mib * 2**20:
                break
            path = self._waiting.popleft()
            self._size[path], self._bytes = size, self._bytes + size
            self._fetched[path] = self._pool.submit(self.read, Path(path))
