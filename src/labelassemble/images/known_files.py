"""Which content a file had when it was last read, so that it need not be read again to know."""

from pathlib import Path
from types import TracebackType


class KnownFiles:
    """Path, size and time of change of a file to its SHA-256, kept in a table that only grows.

    Args:
        table: the file that keeps it; lines that a kill cut off are passed over.
    """

    def __init__(self, table: Path) -> None:
        self.table = table
        self.known: dict[str, str] = {}
        self.new: dict[str, str] = {}

    def __enter__(self) -> "KnownFiles":
        if self.table.exists():
            for line in self.table.read_text(encoding="utf-8", errors="replace").splitlines():
                state, _, content = line.rpartition("\t")
                if len(content) == 64:
                    self.known[state] = content
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.new:
            # A new line first: what a kill cut off before must not swallow the next entry.
            lines = "".join(f"\n{state}\t{content}" for state, content in self.new.items())
            with self.table.open("a", encoding="utf-8", errors="replace") as file:
                file.write(f"{lines}\n")

    def content_of(self, path: Path) -> str | None:
        """Give the SHA-256 of the file's bytes, if it is as it was when it was read; else None."""
        state = _state(path)
        return None if state is None else self.known.get(state)

    def remember(self, path: Path, content: str) -> None:
        """Note what was read."""
        state = _state(path)
        if state is not None and state not in self.known:
            self.known[state] = self.new[state] = content


def _state(path: Path) -> str | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return f"{status.st_size}\t{status.st_mtime_ns}\t{path}"
