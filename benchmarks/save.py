"""Rows on the disk, each as soon as it is measured."""

import json
import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


class SavedRows:
    """A JSON file of rows; a run replaces those of the benchmarks that it begins, no others."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows: list[dict[str, Any]] = []
        if path.is_file():
            try:
                self.rows = [
                    dict(row) for row in json.loads(path.read_bytes())["rows"] if "benchmark" in row
                ]
            except (ValueError, KeyError, TypeError):
                print(f"{path} holds no rows; it is written anew.")

    def begin(self, benchmark: str) -> None:
        """Drop what an earlier run measured of a benchmark."""
        self.rows = [row for row in self.rows if row["benchmark"] != benchmark]

    def add(self, benchmark: str, row: Mapping[str, Any]) -> None:
        """Keep a row; a run that is broken off keeps it too."""
        when = datetime.now(UTC).isoformat(timespec="seconds")
        load = round(os.getloadavg()[0], 2)
        self.rows.append({"benchmark": benchmark, "when": when, "load": load, **row})
        machine = {"python": platform.python_version(), "cores": os.cpu_count()}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        whole = self.path.with_suffix(".part")
        whole.write_text(json.dumps({"machine": machine, "rows": self.rows}, indent=2) + "\n")
        whole.replace(self.path)
