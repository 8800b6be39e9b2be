"""Reading decoded pictures from the store against decoding their files every time."""

import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

from labelassemble.files.read_image import read_image
from labelassemble.images.build_store import build_store
from labelassemble.images.radiograph import prepare_radiograph
from labelassemble.settings import ImageSettings

SIDE, SIZE, PICTURES, BATCH, PASSES = 1024, 224, 24, 8, 200


def measure() -> list[dict[str, object]]:
    """Pictures a second, 1024 px PNG to 224 px, one core."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = _write_pictures(folder)
        store = build_store(files, ImageSettings(size=SIZE), folder / "store")
        rows = np.array([store.row[picture] for picture in files], dtype=np.int64)
        store.read(rows)
        begin = time.perf_counter()
        for _ in range(PASSES):
            for start in range(0, PICTURES, BATCH):
                store.read(rows[start : start + BATCH])
        ours = PASSES * PICTURES / (time.perf_counter() - begin)
        begin = time.perf_counter()
        for path in files.values():
            prepare_radiograph(read_image(path), SIZE, "crop")
        plain = PICTURES / (time.perf_counter() - begin)
    return [
        {
            "what": "read pictures for training",
            "ours": ours,
            "plain": plain,
            "unit": "images/s",
            "ratio": ours / plain,
            "note": f"plain: decode {SIDE} px PNG to {SIZE} px every time",
        }
    ]


def _write_pictures(folder: Path) -> dict[str, Path]:
    """Smooth shapes with grain, which compress about as much as radiographs do."""
    generator = np.random.default_rng(0)
    files = {}
    for number in range(PICTURES):
        coarse = generator.uniform(0, 220, (12, 12)).astype(np.float32)
        smooth = cv2.resize(coarse, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
        grain = generator.normal(0, 3, (SIDE, SIDE))
        path = folder / f"{number}.png"
        cv2.imwrite(str(path), np.clip(smooth + grain, 0, 255).astype(np.uint8))
        files[f"a/{number}"] = path
    return files
