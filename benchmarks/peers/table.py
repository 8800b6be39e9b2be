"""The saved rows as the Markdown table of ``docs/performance.md``."""

import json
from pathlib import Path

from benchmarks.row import Row, tell_spread

MIN_MB, NOISE_MB = 10.0, 1.0
"""Peaks are shown where one of the two reaches the first; no ratio is told of less than the second,
which is the noise of an allocator."""


def write_table(path: Path) -> str:
    """A line a row: median [least, most] of both and of the ratios of pairs; then the notes."""
    notes: list[str] = []
    lines = ["| what: peer | ours | peer | unit | ratio |", "|---|---|---|---|---|"]
    for kept in json.loads(path.read_bytes())["rows"]:
        if "failed" in kept:
            lines.append(f"| {kept['what']} | failed: {kept['failed']} | | | |")
            continue
        fields = {name: kept[name] for name in Row._fields if name in kept}
        row = Row(**{**fields, "plain": kept.get("plain", ())})
        if not row.ours:
            lines.append(f"| {row.what} | {row.note} | | | |")
            continue
        if row.unit == "MB" and max(*row.ours, *row.plain) < MIN_MB:
            continue
        spread = [tell_spread(values) for values in (row.ours, row.plain)]
        tiny = row.unit == "MB" and min(*row.ours, *row.plain) < NOISE_MB
        ratio = tell_spread(() if tiny else row.ratios)
        lines.append(f"| {row.what} | {spread[0]} | {spread[1]} | {row.unit} | {ratio} |")
        what, _, peer = row.what.rpartition(": ")
        if row.unit != "MB":
            notes.append(f"- {what}, {peer}: {row.note}.")
    return "\n".join([*lines, "", *notes])
