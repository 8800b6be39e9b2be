"""Images and tables that the tests of this stage share."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from labelassemble.assembly.assembled_table import AssembledTable, make_frame


@pytest.fixture
def write_images(
    tmp_path: Path, draw_image: Callable[..., np.ndarray]
) -> Callable[..., dict[str, Path]]:
    """Write PNG files, one a seed, and give image -> file."""

    def write(count: int, first_seed: int = 0, side: int = 48) -> dict[str, Path]:
        files = {}
        for seed in range(first_seed, first_seed + count):
            path = tmp_path / "files" / f"{seed}.png"
            path.parent.mkdir(exist_ok=True)
            cv2.imwrite(str(path), draw_image(seed, side, side))
            files[f"hospital/{seed}"] = path
        return files

    return write


@pytest.fixture
def make_table() -> Callable[..., AssembledTable]:
    """A table from rows (image, source, split) and cells (image, class, label)."""

    def make(
        records: list[tuple[str, str, str]],
        cells: list[tuple[str, str, float | None]],
        classes: tuple[str, ...],
        sources: tuple[str, ...] = (),
    ) -> AssembledTable:
        frame = make_frame(
            "records",
            [
                {
                    "record": record,
                    "source": source,
                    "path": f"/nowhere/{record}.png",
                    "patient": record,
                    "group": row,
                    "split": split,
                }
                for row, (record, source, split) in enumerate(records)
            ],
        )
        judged = make_frame(
            "cells",
            [
                {
                    "record": record,
                    "class": name,
                    "state": "uncertain" if label is None else "positive" if label else "negative",
                    "label": label,
                    "source": record.split("/")[0],
                    "reason": "made up",
                }
                for record, name, label in cells
            ],
        )
        names = sources or tuple(dict.fromkeys(source for _, source, _ in records))
        return AssembledTable(
            classes=classes,
            records=frame,
            cells=judged,
            members=make_frame("members"),
            scopes=dict.fromkeys(names, classes),
            manifest={},
        )

    return make
