"""One training at a time in a folder, which keeps nothing of a training that learned nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from labelassemble.errors import RunError

LOCK = ".{}.lock"
"""Name of the lock beside a folder; the system frees it when its process ends, however it does."""


@contextmanager
def hold_folder(folder: Path, forget: Callable[[Path], None] | None = None) -> Iterator[None]:
    """Hold a folder against other trainings; forget what one leaves that did not come far.

    Args:
        folder: where the training writes; made if it is not there.
        forget: called with the folder where the training ends in an error; None: nothing is.

    Raises:
        RunError: another process trains there.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as place, hold_folder(Path(place) / "run"):
    ...     with hold_folder(Path(place) / "run"):
    ...         pass
    Traceback (most recent call last):
    labelassemble.errors.RunError: Expected one training at a time in ...
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder.with_name(LOCK.format(folder.name)))
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise RunError(
            f"one training at a time in {folder}",
            "another process that trains there",
            "Wait until that one ends and give the same command again, or choose another output "
            "folder: --output FOLDER",
        ) from error
    except NotImplementedError:
        pass  # A file system without locks; there, two trainings at once remain the user's care.
    try:
        yield
    except BaseException:
        if forget is not None:
            forget(folder)
        raise
    finally:
        lock.release()
