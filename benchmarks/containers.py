"""Reading small images inside other files, against the same images loose."""

import io
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import polars as pl

from benchmarks.row import Row
from benchmarks.take_turns import take_turns
from labelassemble.files.read_image import read_image

COUNT = 5_000
SIDE = 64


def measure() -> Iterator[Row]:
    """Seconds to read and decode all of them; kinds in turn."""
    with tempfile.TemporaryDirectory() as folder:
        places = make(Path(folder))
        taken = take_turns({kind: partial(_read, paths) for kind, paths in places.items()})
    loose = taken.pop("loose files")
    for kind, seconds in taken.items():
        yield Row(
            f"read {COUNT:,} small PNG in {kind}",
            f"{SIDE} x {SIDE} pixels, containers listed before; plain: the same as loose files",
            "s",
            seconds,
            loose,
        )


def _read(paths: list[Path]) -> None:
    for path in paths:
        read_image(path)


def make(folder: Path) -> dict[str, list[Path]]:
    """Write the same images in each kind of container; gives the path of each."""
    generator = np.random.default_rng(0)
    files = {}
    for number in range(COUNT):
        pixels = generator.integers(0, 256, (SIDE, SIDE), dtype=np.uint8)
        files[f"{number}.png"] = cv2.imencode(".png", pixels)[1].tobytes()
    (folder / "loose").mkdir()
    with (
        zipfile.ZipFile(folder / "a.zip", "w", zipfile.ZIP_DEFLATED) as packed,
        tarfile.open(folder / "a.tar", "w") as tape,
    ):
        for name, data in files.items():
            (folder / "loose" / name).write_bytes(data)
            packed.writestr(name, data)
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tape.addfile(info, io.BytesIO(data))
    cells = [{"bytes": data, "path": name} for name, data in files.items()]
    table = pl.DataFrame({"image": cells}, schema={"image": CELL})
    table.write_parquet(folder / "a.parquet", row_group_size=100)
    return {
        "loose files": [folder / "loose" / name for name in files],
        "a zip file": [Path(f"{folder}/a.zip#{name}") for name in files],
        "a tar file": [Path(f"{folder}/a.tar#{name}") for name in files],
        "a Parquet file": [Path(f"{folder}/a.parquet#image/{row}") for row in range(COUNT)],
    }


CELL = pl.Struct({"bytes": pl.Binary, "path": pl.String})
