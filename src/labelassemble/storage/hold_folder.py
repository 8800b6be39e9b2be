"""One command at a time writes a folder or a file."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from labelassemble.errors import BusyError
from labelassemble.setting_types import WhenBusy
from labelassemble.storage.write_aside import forget_asides

LOCK = ".{}.lock"
"""Name of the lock beside a place; the system frees it when its process ends, however it does."""


@contextmanager
def hold_folder(
    folder: Path,
    forget: Callable[[Path], None] | None = None,
    *,
    work: str = "training",
    when_busy: WhenBusy = "refuse",
) -> Iterator[None]:
    """Hold a folder against other commands; forget what one leaves that did not come far.

    What a killed writer had not yet renamed there goes.

    Args:
        folder: where the command writes; made if it is not there.
        forget: called with the folder where the command ends in an error; None: nothing is.
        work: what it does there, for the message to the second one.
        when_busy: ``refuse`` the second command, or let it ``wait``, which it says.

    Raises:
        BusyError: another process holds the folder.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as place, hold_folder(Path(place) / "run"):
    ...     with hold_folder(Path(place) / "run"):
    ...         pass
    Traceback (most recent call last):
    labelassemble.errors.BusyError: Expected one training at a time in ...
    """
    with hold_place(folder, work=work, when_busy=when_busy):
        folder.mkdir(parents=True, exist_ok=True)
        forget_asides(folder)
        try:
            yield
        except BaseException:
            if forget is not None:
                forget(folder)
            raise


@contextmanager
def hold_place(place: Path, *, work: str, when_busy: WhenBusy = "refuse") -> Iterator[None]:
    """Hold a file or folder, there already or not; the folder that it lies in is made.

    Where the command ends in an error and nothing else lies there, that folder goes again.

    Raises:
        BusyError: another process holds it.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(place.with_name(LOCK.format(place.name)))
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        if when_busy == "refuse":
            raise BusyError(
                f"one {work} at a time in {place}",
                "another process that works there",
                "Wait until that one ends and give the same command again, or choose another "
                "output",
            ) from error
        sys.stderr.write(f"Waiting: another process works in {place}\n")
        lock.acquire()
    except NotImplementedError:
        pass  # A file system without locks; there, two commands at once remain the user's care.
    try:
        yield
    except BaseException:
        _leave(place.parent, Path(lock.lock_file))
        raise
    finally:
        lock.release()


@contextmanager
def hold_output(path: Path, *, work: str, make: bool = False) -> Iterator[None]:
    """Hold a file or folder that a command is about to write where a user wants it.

    Its lock goes when it ends. A folder that is not there, or cannot be written, is left to whoever
    writes there to tell.

    Args:
        path: what is written.
        work: what is done, for the message to the second command.
        make: whether to make the folder that it lies in; where that ends in an error it goes again.

    Raises:
        BusyError: another process holds it.
    """
    made = make and not path.parent.exists()
    with suppress(OSError):
        if make:
            path.parent.mkdir(parents=True, exist_ok=True)
    if not path.parent.is_dir():
        yield
        return
    lock = FileLock(path.with_name(LOCK.format(path.name)))
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise BusyError(
            f"one {work} at a time to {path}",
            "another process that writes it",
            "Wait until that one ends and give the same command again, or choose another output",
        ) from error
    except (OSError, NotImplementedError):
        yield
        return
    try:
        yield
    except BaseException:
        if made:
            _leave(path.parent, Path(lock.lock_file))
        raise
    finally:
        with suppress(OSError):
            Path(lock.lock_file).unlink()
        lock.release()


def _leave(folder: Path, lock: Path) -> None:
    """Remove a folder in which nothing lies but the lock that this process holds."""
    with suppress(OSError):
        if [path for path in folder.iterdir() if path != lock] == []:
            lock.unlink()
            folder.rmdir()
