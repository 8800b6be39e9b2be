"""Several annotation files of one source, each read by itself, put together as one."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from labelassemble.errors import SourceError
from labelassemble.sources.find_files import find_files, read_bytes
from labelassemble.sources.input_file import InputFile
from labelassemble.sources.patients import find_patients
from labelassemble.sources.problems import NothingLeftError, Problems
from labelassemble.sources.rows import Rows


def read_annotation_files(
    folder: Path,
    names: Sequence[str],
    read_one: Callable[[bytes, Path], Rows],
    patient_pattern: tuple[str | None, str],
    problems: Problems,
) -> tuple[Rows, tuple[InputFile, ...]]:
    """Read every file that the names mean; one that cannot be read is noted, the others count.

    Args:
        folder: the source's folder.
        names: below the folder, or patterns.
        read_one: from a file's bytes and path to its rows.
        patient_pattern: searched for the patient, and the fact in which.
        problems: takes what is wrong in a file.

    Raises:
        SourceError: a file that is missing.
        NothingLeftError: no file could be read.
    """
    parts, inputs = [], []
    for path in find_files(folder, names):
        content = read_bytes(path)
        with problems.catch():
            parts.append(read_one(content, path))
            inputs.append(
                InputFile(
                    path=path.relative_to(folder).as_posix(),
                    sha256=hashlib.sha256(content).hexdigest(),
                    size=len(content),
                    rows=parts[-1].facts.height,
                )
            )
    if not parts:
        raise NothingLeftError
    facts = pl.concat([part.facts for part in parts])
    pattern, column = patient_pattern
    if pattern is not None:
        facts = find_patients(facts, pattern, column, problems)
    whole = replace(
        parts[0],
        facts=facts,
        cells=pl.concat([part.cells for part in parts]),
        count=pl.concat([part.count for part in parts]),
        boxes=pl.concat([part.boxes for part in parts]).unique(maintain_order=True),
        excluded=pl.concat([part.excluded for part in parts]),
    )
    return whole, tuple(inputs)


def parse_json(text: str, place: str, lines: bool = False) -> Any:
    """Parse JSON, or with ``lines`` also an object a line.

    Raises:
        SourceError: neither.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        if lines:
            try:
                return [json.loads(line) for line in text.splitlines() if line.strip()]
            except (ValueError, RecursionError):
                pass
        raise SourceError(
            f"JSON at {place}",
            (str(error) or "nothing").splitlines()[0],
            "Is the file whole? Download it again",
        ) from error
