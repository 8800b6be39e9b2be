"""Rows of predictions to standard output, or to a file that a killed run carries on with."""

import csv
import hashlib
import io
import json
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from labelassemble.errors import SettingsError, some
from labelassemble.inference.format_probability import format_probability
from labelassemble.storage.object_place import is_outgoing, tell_place
from labelassemble.storage.send_object import is_sent, send_object, tell_object
from labelassemble.storage.write_aside import write_aside, write_text

SUFFIXES = (".csv", ".jsonl", ".parquet")
"""What an output may be called: CSV, JSON lines, Parquet."""

PROBABILITY = "probability"
"""Kind of a column whose numbers have four digits in text."""

Columns = Mapping[str, str]
"""Names of columns, in their order, to their kind: text, number or ``PROBABILITY``."""

RowCells = Mapping[str, Any]


class PredictionOutput(Protocol):
    """Where rows go.

    Attributes:
        done: images whose rows are there already, from the first on; ``refused`` of them
            cannot be read.
    """

    done: int
    refused: int

    def write(self, rows: Sequence[RowCells], images: int, refused: int) -> None:
        """Write the rows of the next images, of which some cannot be read."""

    def finish(self) -> None:
        """Say that all images are done."""


class StreamOutput:
    """CSV, a line a row, as soon as it is there.

    Args:
        columns: of the rows.
        say: takes a line.
    """

    def __init__(self, columns: Columns, say: Callable[[str], None]) -> None:
        self.columns, self.say = columns, say
        self.done = self.refused = 0
        say(_join(list(columns)))

    def write(self, rows: Sequence[RowCells], images: int, refused: int) -> None:
        """Write the rows of the next images."""
        for row in rows:
            self.say(_csv_line(self.columns, row))
        self.done, self.refused = self.done + images, self.refused + refused

    def finish(self) -> None:
        """Nothing is left to do."""


class FileOutput:
    """CSV, JSON lines or Parquet, by the file's suffix; beside it, what it was made with.

    Rows are on the disk batch by batch, and ``NAME.run.json`` says how many images are done. Opened
    again with the same ``made_with`` it goes on behind them, so that the file comes out the same.
    Parquet cannot grow: its rows wait in ``NAME.part`` until all are there. Rows for a location in
    an object store wait on this machine, and are sent as one object when all are there.

    Args:
        path: of the file.
        columns: of the rows.
        made_with: what the rows depend on; plain values that JSON holds.

    Raises:
        SettingsError: another suffix, no such folder, or a file that lies there and was made with
            something else, or nobody knows how.
    """

    def __init__(self, path: Path, columns: Columns, made_with: Mapping[str, Any]) -> None:
        self.path, self.columns, self.made_with = path, columns, dict(made_with)
        self.suffix = path.suffix.lower()
        if self.suffix not in SUFFIXES:
            raise SettingsError(
                f"an output called {', '.join(f'*{one}' for one in SUFFIXES)}",
                f"{path.name}",
                "Choose one of these suffixes for --output",
            )
        self.growing = path.with_name(f"{path.name}.part") if self.suffix == ".parquet" else path
        self.state = path.with_name(f"{path.name}.run.json")
        self.done = self.refused = self.bytes = 0
        self.finished, self.sent = False, ""
        self.far = is_outgoing(path)
        self.there = tell_object(path) if self.far else None
        if self.far:
            path.parent.mkdir(parents=True, exist_ok=True)
        self.sum = hashlib.sha256()
        self._resume()

    def write(self, rows: Sequence[RowCells], images: int, refused: int) -> None:
        """Write the rows of the next images, and that they are done."""
        self.bytes += self._append("".join(self._line(row) for row in rows))
        self.done, self.refused = self.done + images, self.refused + refused
        self._save()

    def finish(self) -> None:
        """Make the file whole."""
        if not self.finished:
            if self.suffix == ".parquet":
                self._write_parquet()
            self.finished = True
            self._save()
        if self.far and self.there is None:
            self.sent = self.there = send_object(self.path)
            self._save()
        if self.growing != self.path:
            self.growing.unlink(missing_ok=True)

    def _resume(self) -> None:
        there = [one for one in (self.path, self.growing) if os.path.lexists(one)]
        if there:
            before = self._read_state()
            self.done, self.refused = before["done"], before["refused"]
            self.bytes, self.finished = before["bytes"], before["finished"]
            sent = self.there in (None, before.get("sent"))
            if self.far and not sent and not (self.finished and is_sent(self.path)):
                raise self._refuse("another object than this run sent there")
            if self.finished:
                self.sent = self.there or ""
                return
            with self.growing.open("r+b") as file:
                file.truncate(self.bytes)
                while data := file.read(2**20):
                    self.sum.update(data)
            # Earlier versions noted none.
            if before.get("sha256", self.sum.hexdigest()) != self.sum.hexdigest():
                raise self._refuse("one whose rows were changed since they were written")
            return
        if self.there is not None:
            raise self._refuse("an object of which this machine does not know how it was made")
        try:
            self.growing.touch()
        except OSError as error:
            raise SettingsError(
                f"a folder that can be written, for {self.path}",
                error.strerror or str(error),
                "Make it, or choose another --output",
            ) from error
        if self.suffix == ".csv":
            self.bytes = self._append(f"{_join(list(self.columns))}\n")
        self._save()

    def _read_state(self) -> dict[str, Any]:
        before: dict[str, Any] = {}
        with suppress(OSError, ValueError):
            before = json.loads(self.state.read_text(encoding="utf-8"))
        differs = [key for key, value in self.made_with.items() if before.get(key) != value]
        file = self.path if before.get("finished") else self.growing
        size = file.stat().st_size if file.is_file() else -1
        if not before:
            got = "a file of which nobody knows how it was made"
        elif differs:
            told = [
                f"{key} {_tell(before.get(key))} (now {_tell(self.made_with[key])})"
                for key in differs
            ]
            got = f"one of other {some(told, 4)}"
        elif size < before["bytes"] and file == self.growing:
            got = "one that lost rows since it was written"
        else:
            return before
        raise self._refuse(got)

    def _refuse(self, got: str) -> SettingsError:
        place = tell_place(self.path)
        return SettingsError(
            f"no file yet at {place}, or one that the same run began with the same list",
            got,
            "Choose another --output, or delete that file",
        )

    def _append(self, text: str) -> int:
        data = text.encode("utf-8", "backslashreplace")
        with self.growing.open("ab") as file:
            file.write(data)
        self.sum.update(data)
        return len(data)

    def _save(self) -> None:
        told = {
            **self.made_with,
            "done": self.done,
            "refused": self.refused,
            "bytes": self.bytes,
            "sha256": self.sum.hexdigest(),
            "finished": self.finished,
            **({"sent": self.sent} if self.far else {}),
        }
        write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n", self.state)

    def _line(self, row: RowCells) -> str:
        if self.suffix == ".csv":
            return f"{_csv_line(self.columns, row)}\n"
        # A table for machines keeps every bit.
        cells = (
            row
            if self.suffix == ".parquet"
            else {
                name: None if value is None else _round(value, self.columns[name])
                for name, value in row.items()
            }
        )
        return (
            json.dumps({name: cells.get(name) for name in self.columns}, ensure_ascii=False) + "\n"
        )

    def _write_parquet(self) -> None:
        # Here: other forms are written without it.
        import polars as pl

        schema = {
            name: pl.String if kind == "text" else pl.Float64 for name, kind in self.columns.items()
        }
        with write_aside(self.path) as aside:
            if self.growing.stat().st_size:
                with self.growing.open("rb") as file:
                    rows = pl.scan_ndjson(file, schema=schema)
                    rows.sink_parquet(aside, compression="zstd")
            else:
                pl.DataFrame(schema=schema).write_parquet(aside, compression="zstd")


def _round(value: Any, kind: str) -> Any:
    if kind == PROBABILITY:
        return float(format_probability(value))
    return float(f"{value:.6g}") if isinstance(value, float) else value


def _csv_line(columns: Columns, row: RowCells) -> str:
    return _join([_text(row.get(name), kind) for name, kind in columns.items()])


def _text(value: Any, kind: str) -> str:
    if value is None:
        return ""
    if kind == PROBABILITY:
        return format_probability(value)
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _join(cells: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(cells)
    return text.getvalue()


def _tell(value: Any) -> str:
    text = str(value)
    return text[:12] if len(text) == 64 else text
