"""Decoded images from a store on the disk, or from MONAI's caches, in batches of 8."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.peers.inputs import REAL, missing

SIZE, ITEMS, BATCH = 128, 512, 8
WHAT, UNIT = "512 decoded radiographs, 128 px, in batches of 8", "images/s"
NOTE = (
    "after they were decoded once; ours (8-bit grey) and PersistentDataset lie on the disk, "
    "CacheDataset in memory; both of MONAI give float32 tensors with metadata"
)


def make(folder: Path) -> str | None:
    if said := missing("nih/images"):
        return said
    (folder / "images").mkdir()
    for path in sorted((REAL / "nih" / "images").glob("*.jpg"))[:ITEMS]:
        shutil.copy(path, folder / "images")
    return None


def _ours(folder: Path) -> Callable[[], None]:
    from labelassemble.images.build_store import build_store
    from labelassemble.settings import ImageSettings

    files = {path.stem: path for path in sorted((folder / "images").iterdir())}
    store = build_store(files, ImageSettings(size=SIZE), folder / "store")
    rows = np.array([store.row[name] for name in files])

    def call() -> None:
        for start in range(0, ITEMS, BATCH):
            store.read(rows[start : start + BATCH])

    return call


def _monai(kind: str) -> Callable[[Path], Callable[[], None]]:
    def start(folder: Path) -> Callable[[], None]:
        import torch
        from monai import data, transforms

        torch.set_num_threads(1)
        steps = transforms.Compose(
            [
                transforms.LoadImage(image_only=True, reader="PILReader"),
                transforms.EnsureChannelFirst(),
                transforms.Resize((SIZE, SIZE)),
                transforms.ScaleIntensity(),
            ]
        )
        paths = [str(path) for path in sorted((folder / "images").iterdir())]
        if kind == "PersistentDataset":
            cached = data.PersistentDataset(paths, steps, cache_dir=folder / "persistent")
        else:
            cached = data.CacheDataset(paths, steps, progress=False, num_workers=1)

        def call() -> None:
            for begin in range(0, ITEMS, BATCH):
                torch.stack([cached[place] for place in range(begin, begin + BATCH)])

        return call

    return start


WAYS = {
    "ours": _ours,
    "MONAI PersistentDataset": _monai("PersistentDataset"),
    "MONAI CacheDataset": _monai("CacheDataset"),
}
