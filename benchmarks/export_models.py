"""Every backbone and head as a model of every runtime: parity with the run, size, time and speed.

    python -m benchmarks.export_models [seconds] [name ...]

Networks have random weights, so that running statistics, and not training, is what they need: one
batch in training mode. Each is written as a finished run and exported by ``export-model`` in a
process of its own, which holds the file against the run on 16 images (radiographs of the folder of
real samples where it is there, ``LABELASSEMBLE_REAL_DATA``; else simulated ones) in batches of 1, 3
and 16. Then torch, onnxruntime and OpenVINO compute it in turns, one thread, for so many seconds
each (2). Saves a row as soon as it is measured: ``benchmarks/results/export_models.csv`` and
``benchmarks/results/runtimes.csv``. Rows that are there are not measured again.
"""

import csv
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch

from benchmarks.fingerprint_quality import DEFAULT
from labelassemble.deploy.write_model import MODEL_FORMS
from labelassemble.errors import ModelError
from labelassemble.inference.checkpoint_file import CHECKPOINT_KEY, PREFIX, NetworkDescription
from labelassemble.model.backbone import BACKBONES
from labelassemble.model.build import build_network
from labelassemble.pipeline.benchmark_model import benchmark_model
from labelassemble.pipeline.export_model import export_model
from labelassemble.settings import ImageSettings, ModelSettings
from labelassemble_phantoms.hospitals import simulate_hospitals

RESULTS = Path(__file__).parent / "results"
FORMS = tuple(name for name in MODEL_FORMS if name != "web")
"""The page holds the same model as ``onnx``."""
EXPORTED = ("what", "network", "side", "millions", "form", "MB", "seconds", "difference", "free")
COMPUTED = ("what", "network", "side", "runtime", "batch 1", "batch 16", "difference")
CLASSES = ("atelectasis", "cardiomegaly", "edema", "effusion", "nodule")
LIMIT = 1500.0
"""Seconds a network may take for everything; then it is stopped and told."""


class Case(NamedTuple):
    """One network.

    Attributes:
        what: ``backbone``, ``head``, ``queries`` or ``pooling``.
        side: of images, in pixels.
        method: that has such a head.
        model: settings other than the defaults.
    """

    what: str
    side: int
    method: str
    model: Mapping[str, Any]


def list_cases() -> dict[str, Case]:
    """Every backbone under a linear head, every head and way to pool on the small one."""
    cases = {
        name: Case("backbone", 224, "masked", {"backbone": name}) for name in sorted(BACKBONES)
    }
    small = {"backbone": "small"}
    for method in ("label-assemble", "med3d", "dodnet", "swinchex", "xprotonet", "medical-mae"):
        cases[method] = Case("head", 64, method, small)
    cases["rpsal, a pyramid"] = Case("head", 64, "rpsal", {"backbone": "densenet121"})
    cases["rpsal, no pyramid"] = Case("head", 64, "rpsal", {**small, "pyramid": False})
    cases["ma-reconstructed"] = Case("head", 64, "ma-reconstructed", small)
    for way in ("generated", "cross"):
        cases[way] = Case("queries", 64, "label-assemble", {**small, "query_attention": way})
    for way in ("average", "max", "logsumexp", "residual_attention"):
        cases[way] = Case("pooling", 64, "label-assemble", {**small, "pooling": way})
    return cases


def write_run(folder: Path, case: Case) -> int:
    """Write a finished run, as ``train`` leaves it; gives its number of parameters."""
    description = NetworkDescription(
        version="1",
        method=case.method,
        source=None,
        seed=0,
        classes=CLASSES,
        sources=("north", "south"),
        vocabulary="chest_radiograph",
        vocabulary_version="1",
        model=ModelSettings.model_validate(dict(case.model)),
        images=ImageSettings(size=case.side),
    )
    network = build_network(
        description.model, description.method, CLASSES, seed=0, sources=description.sources
    )
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        network.train()(torch.rand(4, 1, case.side, case.side, generator=generator))
    content = {
        CHECKPOINT_KEY: description.model_dump(mode="json"),
        "state_dict": {PREFIX + name: value for name, value in network.state_dict().items()},
    }
    (folder / "checkpoints").mkdir(parents=True)
    torch.save(content, folder / "checkpoints" / "best.ckpt")
    (folder / "done.json").write_text("{}")
    (folder / "settings.json").write_text('{"recipe": {"name": "export"}}')
    return sum(one.numel() for one in network.parameters())


def measure_case(name: str, case: Case, images: list[Path], seconds: float) -> None:
    """Export one network in every form, and compute it with every runtime."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as place:
        run = Path(place) / "run"
        millions = f"{write_run(run, case) / 1e6:.1f}"
        known = {"what": case.what, "network": name, "side": case.side, "millions": millions}
        for form in FORMS:
            start = time.perf_counter()
            try:
                made = export_model(
                    run, form, Path(place) / f"{form}{MODEL_FORMS[form].suffix}", images
                )
            except ModelError as error:
                keep("export_models", EXPORTED, {**known, "form": form, "difference": error.got})
                continue
            told = {
                "MB": f"{made.size / 1e6:.1f}",
                "seconds": f"{time.perf_counter() - start:.0f}",
                "difference": f"{made.difference:.1e}",
                "free": "yes" if made.free_sides else "no",
            }
            keep("export_models", EXPORTED, {**known, "form": form, **told})
        del known["millions"]
        for one in benchmark_model(run, images, 1, seconds):
            told = dict(
                zip(COMPUTED[4:6], (f"{rate:.1f}" for rate in one.images_a_second), strict=True)
            )
            told["difference"] = f"{one.difference:.1e}"
            keep("runtimes", COMPUTED, {**known, "runtime": one.name, **told})


def keep(table: str, columns: tuple[str, ...], row: Mapping[str, Any]) -> None:
    """Add a row to a table of results, and print it."""
    path = RESULTS / f"{table}.csv"
    new = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        if new:
            writer.writeheader()
        writer.writerow(row)
    print(*row.values(), flush=True)


def measured() -> set[str]:
    """Networks that were computed by every runtime already."""
    path = RESULTS / "runtimes.csv"
    if not path.exists():
        return set()
    with path.open(encoding="utf-8", newline="") as file:
        return {row["network"] for row in csv.DictReader(file)}


def find_images(folder: Path) -> list[Path]:
    """Sixteen radiographs."""
    real = Path(os.environ.get("LABELASSEMBLE_REAL_DATA", DEFAULT)) / "nih" / "images"
    if not real.is_dir():
        simulate_hospitals(folder, 8, 8, size=224)
        real = folder
    found = [one for one in real.rglob("*") if one.suffix in {".png", ".jpg"}]
    return sorted(found)[:16]


def main(seconds: float, names: list[str]) -> None:
    """Measure each network in a process of its own, which is stopped where it takes too long."""
    cases = list_cases()
    start = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        images = find_images(Path(folder))
        for name in [one for one in (names or cases) if one not in measured()]:
            process = start.Process(target=measure_case, args=(name, cases[name], images, seconds))
            process.start()
            process.join(LIMIT)
            if process.exitcode != 0:
                process.kill()
                told = "stopped" if process.exitcode is None else f"exit {process.exitcode}"
                row = {"what": cases[name].what, "network": name, "side": cases[name].side}
                keep("runtimes", COMPUTED, {**row, "runtime": f"not measured: {told}"})


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 2.0, sys.argv[2:])
