"""Predictions for many large images against decoding alone; and what a single file costs."""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import torch

from benchmarks.row import Row
from benchmarks.take_turns import ROUNDS, tell_round
from labelassemble import __version__
from labelassemble.images.count_cores import count_cores
from labelassemble.inference.batch_size import BATCH_SIZE
from labelassemble.inference.checkpoint_file import CHECKPOINT_KEY, PREFIX, NetworkDescription
from labelassemble.inference.decode_ahead import decode_ahead
from labelassemble.inference.predictor import Predictor
from labelassemble.model.build import build_network
from labelassemble.pipeline.predict_images import predict_images
from labelassemble.pipeline.predict_options import PredictOptions
from labelassemble.settings import ImageSettings, ModelSettings
from labelassemble_phantoms.chest_radiograph import draw_patient, simulate_radiograph
from labelassemble_phantoms.hospital_style import ORDINARY_STYLE

IMAGES, DRAWN, SIDE = 1_000, 40, 1024
SIZES = (64, 224)
CALL = ["-c", "import sys; from labelassemble.cli import main; sys.exit(main(sys.argv[1:]))"]


def measure() -> Iterator[Row]:
    """Images a second of processor time with the small backbone; CPU seconds of processes."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = write_images(folder / "images")
        cores = count_cores()
        for size in SIZES:
            run = write_run(folder / f"run{size}", size)
            predictor = Predictor(run, torch.device("cpu"))
            taken: dict[str, list[float]] = {"ours": [], "plain": [], "parts": []}
            for number in range(ROUNDS):
                alone = decode(predictor, paths, cores)
                for way, seconds in (
                    ("ours", predict(run, paths, folder / f"{size}-{number}.csv")),
                    ("plain", alone),
                    ("parts", alone + compute(predictor, len(paths))),
                ):
                    taken[way].append(len(paths) / seconds)
                tell_round(number, {way: len(paths) / each[-1] for way, each in taken.items()})
            for way, what in (
                ("plain", f"decode and prepare them, in {cores} threads"),
                ("parts", "that, and the network on images in memory: the ceiling; aim: 0.9"),
            ):
                yield Row(
                    f"predict {len(paths):,} PNGs of {SIDE} px, network small at {size} px",
                    f"of processor time; plain: {what}",
                    "images/s",
                    taken["ours"],
                    taken[way],
                )
        one = [*CALL, "predict", str(run), str(paths[0])]
        for words, what in (
            (["-c", "import torch"], "import torch"),
            ([*CALL, "--help"], "--help"),
        ):
            pairs = [(cpu_seconds(one), cpu_seconds(words)) for _ in range(ROUNDS)]
            yield Row(
                f"predict one PNG, process, beside {what}",
                f"CPU seconds; plain: {what}; aim: under 2.5 s",
                "s",
                [ours for ours, _ in pairs],
                [plain for _, plain in pairs],
            )


def write_images(folder: Path) -> list[Path]:
    """Simulated radiographs; each drawn one stands there several times, as files of its own."""
    folder.mkdir()
    generator = np.random.default_rng(0)
    drawn = []
    for _ in range(DRAWN):
        patient = draw_patient(generator, ORDINARY_STYLE)
        image = simulate_radiograph(patient, ORDINARY_STYLE, SIDE, generator).image
        drawn.append(cv2.imencode(".png", image)[1].tobytes())
    paths = []
    for number in range(IMAGES):
        paths.append(folder / f"{number:04}.png")
        paths[-1].write_bytes(drawn[number % DRAWN])
    return paths


def write_run(folder: Path, size: int) -> Path:
    """A run folder whose network was never trained."""
    classes = tuple(f"class_{number}" for number in range(14))
    description = NetworkDescription(
        version=__version__,
        method="label-assemble",
        source=None,
        seed=0,
        classes=classes,
        vocabulary="none",
        vocabulary_version="1",
        implied={},
        model=ModelSettings(backbone="small"),
        images=ImageSettings(size=size),
    )
    network = build_network(description.model, description.method, classes, seed=0)
    state = {PREFIX + name: value for name, value in network.state_dict().items()}
    (folder / "checkpoints").mkdir(parents=True)
    content = {CHECKPOINT_KEY: description.model_dump(mode="json"), "state_dict": state}
    torch.save(content, folder / "checkpoints" / "best.ckpt")
    return folder


def predict(run: Path, paths: list[Path], output: Path) -> float:
    """CPU seconds of all threads: other programs change them less than the time of a clock."""
    started = time.process_time()
    predict_images(run, paths, str, str, PredictOptions(output=output))
    return time.process_time() - started


def decode(predictor: Predictor, paths: list[Path], cores: int) -> float:
    started = time.process_time()
    for _ in decode_ahead(paths, predictor.prepare_file, cores, 32):
        pass
    return time.process_time() - started


def compute(predictor: Predictor, images: int) -> float:
    """CPU seconds of the network alone, batch by batch, on images that lie in memory."""
    ((side, _),) = predictor.forms
    stack = np.random.default_rng(0).integers(0, 256, (BATCH_SIZE, side, side), np.uint8)
    started = time.process_time()
    for _ in range(0, images, BATCH_SIZE):
        predictor.look_at([stack])
    return time.process_time() - started


def cpu_seconds(words: list[str]) -> float:
    """Of a process and what it starts."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *words], check=True, capture_output=True, env=os.environ)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
