"""Large folders: identify, check and draft; and importing every built-in manifest."""

import gzip
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np

from benchmarks.reading import find_tables
from benchmarks.row import Row
from benchmarks.take_turns import ROUNDS, take_turns

NIH = ("Data_Entry_2017_v2020.csv.gz", "train_val_list.txt.gz", "test_list.txt.gz")
MANY = 200_000
DRAFTED = 20_000
LINKS = 20_000
"""So many names share one image: file systems limit them."""


def measure() -> Iterator[Row]:
    """Processor seconds: of commands against listing the folder, of the import against TOML."""
    yield _import_manifests()
    tables = find_tables()
    with tempfile.TemporaryDirectory() as place:
        if (tables / NIH[0]).exists():
            yield from _measure_nih(tables, Path(place) / "nih")
        else:
            yield Row("identify NIH's table", f"not measured: no tables at {tables}")
        yield _measure_draft(Path(place) / "drafted")


def _measure_nih(tables: Path, folder: Path) -> Iterator[Row]:
    from labelassemble.pipeline.check_source import check_source
    from labelassemble.pipeline.identify_source import identify_source

    (folder / "images").mkdir(parents=True)
    for name in NIH:
        (folder / name).write_bytes((tables / name).read_bytes())
    with gzip.open(folder / NIH[0], "rt", encoding="utf-8") as file:
        names = [line.partition(",")[0] for line in file][1:]
    link_records(folder / "images", names)
    found = identify_source(folder).sets
    assert found[0].fitting[0].name == "nih_chestxray14", found
    count = f"NIH, {len(names):,} files"
    yield _row(f"identify {count}", lambda: identify_source(folder), folder)
    yield _row(f"check {count}", lambda: check_source("nih_chestxray14", folder), folder)
    link_records(folder / "more", [f"{at:08}_999.png" for at in range(MANY - len(names))])
    yield _row(f"identify NIH, {MANY:,} files", lambda: identify_source(folder), folder)


def _measure_draft(folder: Path) -> Row:
    from labelassemble.pipeline.draft_manifest import draft_manifest

    names = [f"scan{at:05}.png" for at in range(DRAFTED)]
    link_records(folder / "records", names)
    words = ("Effusion", "Nodule", "normal")
    lines = [f"{name},p{at // 3},{words[at % 3]}" for at, name in enumerate(names)]
    (folder / "labels.csv").write_text("\n".join(("image,person,finding", *lines)) + "\n")
    output = folder.parent / "drafted.toml"

    def draft() -> None:
        output.unlink(missing_ok=True)
        drafted = draft_manifest(folder, output)
        assert drafted.check is not None
        assert drafted.check.table is not None
        assert drafted.check.table.images.height == DRAFTED

    return _row(f"draft a folder of {DRAFTED:,} images", draft, folder)


def link_records(folder: Path, names: list[str]) -> None:
    """Make one image under many names.

    Args:
        folder: is made.
        names: of the files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(0).integers(0, 255, (64, 64), dtype=np.uint8)
    _, content = cv2.imencode(".png", pixels)
    first = folder
    for at, name in enumerate(names):
        if at % LINKS == 0:
            first = folder / name
            first.write_bytes(content.tobytes())
        else:
            os.link(first, folder / name)


def _row(what: str, run: Callable[[], object], folder: Path) -> Row:
    taken = take_turns(
        {"ours": run, "plain": lambda: [files for _, _, files in os.walk(folder)]},
        clock=time.process_time,
    )
    note = "processor time; plain: os.walk of the folder"
    return Row(what, note, "s", taken["ours"], taken["plain"])


def _import_manifests() -> Row:
    """In processes of their own, so that nothing is kept from before."""
    load = "from labelassemble.sources.manifest_file import builtin_manifests as m; go = m"
    parse = (
        "import tomllib; from importlib.resources import files; "
        "f = files('labelassemble.sources') / 'manifests'; "
        "go = lambda: [tomllib.loads(p.read_text('utf-8')) for p in f.iterdir()"
        " if p.name.endswith('.toml')]"
    )
    pairs = [(_time_process(load), _time_process(parse)) for _ in range(ROUNDS)]
    ours, plain = zip(*pairs, strict=True)
    note = "processor time of processes of their own, without imports; plain: tomllib of the files"
    return Row("load every built-in manifest", note, "s", ours, plain)


def _time_process(code: str) -> float:
    timed = f"{code}\nimport time; t = time.process_time(); go(); print(time.process_time() - t)"
    done = subprocess.run([sys.executable, "-c", timed], capture_output=True, text=True, check=True)
    return float(done.stdout)
