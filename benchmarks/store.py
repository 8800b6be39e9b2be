"""Reading decoded images from the store against decoding their files every time."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from benchmarks.row import Row
from benchmarks.take_turns import take_turns
from labelassemble.files.read_image import read_image
from labelassemble.images.build_store import build_store
from labelassemble.images.radiograph import prepare_radiograph
from labelassemble.settings import ImageSettings

SIDE, SIZE, RECORDS, BATCH = 1024, 224, 24, 8


def measure() -> Iterator[Row]:
    """Images a second, 1024 px PNG to 224 px, one core."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = _write_records(folder)
        store = build_store(files, ImageSettings(size=SIZE), folder / "store")
        rows = np.array([store.row[record] for record in files], dtype=np.int64)

        def read() -> None:
            for start in range(0, RECORDS, BATCH):
                store.read(rows[start : start + BATCH])

        def decode() -> None:
            for path in files.values():
                prepare_radiograph(read_image(path), SIZE, "crop")

        taken = take_turns({"ours": read, "plain": decode})
    yield Row(
        "read images for training",
        f"plain: decode {SIDE} px PNG to {SIZE} px every time",
        "images/s",
        [RECORDS / seconds for seconds in taken["ours"]],
        [RECORDS / seconds for seconds in taken["plain"]],
    )


def _write_records(folder: Path) -> dict[str, Path]:
    """Smooth shapes with grain, which compress about as much as radiographs do."""
    generator = np.random.default_rng(0)
    files = {}
    for number in range(RECORDS):
        coarse = generator.uniform(0, 220, (12, 12)).astype(np.float32)
        smooth = cv2.resize(coarse, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
        grain = generator.normal(0, 3, (SIDE, SIDE))
        path = folder / f"{number}.png"
        cv2.imwrite(str(path), np.clip(smooth + grain, 0, 255).astype(np.uint8))
        files[f"a/{number}"] = path
    return files
