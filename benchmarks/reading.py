"""Strict reading of big real label tables, against pandas, or against another checkout.

``LABELASSEMBLE_RIVAL=/path/to/other/src python -m benchmarks reading`` races the package in that
folder instead: processes in turn, medians of their own processor time.
"""

import gzip
import io
import json
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.row import Row
from benchmarks.take_turns import tell_round

TURNS = 7
TIMES = 3
SOURCES = {
    "nih_chestxray14": (
        "Data_Entry_2017_v2020.csv.gz",
        "train_val_list.txt.gz",
        "test_list.txt.gz",
    ),
    "nih_google": ("google2019_nih-chest-xray-labels.csv.gz",),
    "rsna_pneumonia": (
        "stage_2_detailed_class_info.csv.gz",
        "kaggle_stage_2_train_labels.csv.zip",
    ),
    "siim_pneumothorax": ("siim-pneumothorax-train-rle.csv.gz",),
    "vindr_cxr_kaggle": ("vinbigdata-train.csv.gz",),
}
"""Built-in manifests, and the tables that they read."""


def measure() -> Iterator[Row]:
    """Seconds of processor time to read all five sources, in processes of their own, in turn."""
    tables = find_tables()
    if not tables.is_dir():
        yield Row("read real tables", f"not measured: no tables at {tables}")
        return
    rival = os.environ.get("LABELASSEMBLE_RIVAL")
    own = str(Path(__file__).parents[1] / "src")
    ours, plain = [], []
    rows = 0
    for turn in range(TURNS):
        seconds, rows = run("read", own)
        ours.append(seconds)
        plain.append(run("read", rival)[0] if rival else run("parse", own)[0])
        tell_round(turn, {"ours": ours[-1], "plain": plain[-1]}, TURNS)
    against = f"plain: {rival}" if rival else "plain: pandas.read_csv of the same files as text"
    yield Row(
        f"read {rows:,} rows of {len(SOURCES)} sources strictly",
        f"processor time, the best of {TIMES} in a process; {against}",
        "s",
        ours,
        plain,
    )


def find_tables() -> Path:
    """The folder of the real tables."""
    default = Path(__file__).parents[2] / "shared" / "data"
    return Path(os.environ.get("LABELASSEMBLE_REAL_DATA", default)) / "tables"


def run(way: str, package: str) -> tuple[float, int]:
    """Seconds of a process that uses the package in a folder, and the rows that it read."""
    command = [sys.executable, "-m", "benchmarks.reading", way, str(find_tables().absolute())]
    environment = {**os.environ, "PYTHONPATH": package, "POLARS_MAX_THREADS": "1"}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    said = json.loads(done.stdout.splitlines()[-1])
    return said["seconds"], said["rows"]


def read_sources(tables: Path) -> int:
    """Read each source strictly; gives the rows of their tables."""
    from labelassemble.settings import SourceSettings
    from labelassemble.sources.manifest_file import load_manifest
    from labelassemble.sources.read import read_source

    rows = 0
    for name in SOURCES:
        source = SourceSettings(
            name=name,
            manifest=name,
            folder=tables,
            images=tables / "none",
            missing_images="keep",
        )
        rows += sum(one.rows for one in read_source(source, load_manifest(name)).inputs)
    return rows


def parse_tables(tables: Path) -> int:
    """Read the same files with pandas, as text, without understanding them."""
    import pandas as pd

    rows = 0
    for name in (name for names in SOURCES.values() for name in names):
        content = (tables / name).read_bytes()
        if name.endswith(".zip"):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                content = archive.read(archive.namelist()[0])
        else:
            content = gzip.decompress(content)
        rows += len(pd.read_csv(io.BytesIO(content), dtype=str, index_col=False))
    return rows


def main(way: str, tables: str) -> None:
    work = {"read": read_sources, "parse": parse_tables}[way]
    rows = work(Path(tables))  # the first time, modules are loaded and files come from the disk
    seconds = []
    for _ in range(TIMES):
        started = time.process_time()
        work(Path(tables))
        seconds.append(time.process_time() - started)
    print(json.dumps({"seconds": min(seconds), "rows": rows}))


if __name__ == "__main__":
    main(*sys.argv[1:])
