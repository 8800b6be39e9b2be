"""Which runs a run came from: what it started from, who taught it, and what these came from."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from labelassemble.storage.sums import hash_file
from labelassemble.training.lineage import Beginning, find_checkpoint, find_run, read_recipe_of
from labelassemble.training.run_folder import CAME_FROM, read_json

Origins = Sequence[Mapping[str, Any]]
"""One a run that another came from: how (``Beginning.how``), run (the folder's name,
or the checkpoint's where it lies in no run folder), recipe (its title, null where nobody tells),
sha256 (of the checkpoint), and came_from (the same of it)."""


def trace_origins(beginnings: Sequence[Beginning]) -> Origins:
    """Find what a new run comes from, through any number of runs.

    Args:
        beginnings: ``list_beginnings``.

    Raises:
        RunError: a run folder whose account is damaged, or a checkpoint that is not there.
    """
    found = [(how, find_run(place), find_checkpoint(place)) for how, place in beginnings]
    return [
        {
            "how": how,
            "run": checkpoint.name if run is None else run.name,
            "recipe": None if run is None else read_recipe_of(run).get("name"),
            "sha256": hash_file(checkpoint) if checkpoint.is_file() else None,
            "came_from": [] if run is None else read_origins(run),
        }
        for how, run, checkpoint in found
    ]


def read_origins(run: Path) -> Origins:
    """Read what a run came from, as it was told when it began; none where nothing is told.

    Raises:
        RunError: the account is damaged.
    """
    place = run / CAME_FROM
    told = read_json(place).get("came_from") if place.is_file() else []
    return told if isinstance(told, list) else []


def describe_origins(origins: Origins, indent: str = "") -> list[str]:
    """Name all runs that a run came from, a line each, what these came from below them.

    >>> first = {"how": "taught by", "run": "a", "recipe": None, "sha256": None, "came_from": []}
    >>> second = {**first, "how": "started from", "recipe": "West", "came_from": [first]}
    >>> describe_origins([second])
    ['- started from a of West', '  - taught by a, of which nothing is told']
    """
    lines = []
    for one in origins:
        known = f" of {one['recipe']}" if one["recipe"] else ", of which nothing is told"
        digest = f" (SHA-256 {one['sha256'][:12]})" if one["sha256"] else ""
        lines.append(f"{indent}- {one['how']} {one['run']}{known}{digest}")
        lines += describe_origins(one["came_from"], f"{indent}  ")
    return lines
