"""A page of explained images beside predicting for them, and a search for the nearest images."""

import hashlib
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from benchmarks.predict import write_images, write_run
from benchmarks.row import Row
from benchmarks.take_turns import ROUNDS
from labelassemble.inference.neighbours import (
    TrainingImages,
    read_neighbours,
    write_neighbours,
)
from labelassemble.pipeline.explain_images import explain_images
from labelassemble.pipeline.predict_images import predict_images
from labelassemble.pipeline.predict_options import PredictOptions
from labelassemble.sources.assessments import STATES
from labelassemble.training.unlike_images import MAX_IMAGES

SHOWN, SIZE, FEATURES = 20, 224, 1024


def measure() -> Iterator[Row]:
    """CPU seconds of all threads, an image: other programs change them less than a clock."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = write_images(folder / "images")[:SHOWN]
        run = write_run(folder / "run", SIZE)
        (run / "settings.json").write_text('{"recipe": {}}')
        ours, plain = [], []
        for number in range(ROUNDS):
            page, rows = folder / f"{number}.html", PredictOptions(folder / f"{number}.csv")
            ours.append(_time(lambda page=page: explain_images(run, paths, page)) / SHOWN)
            plain.append(
                _time(lambda rows=rows: predict_images(run, paths, str, str, rows)) / SHOWN
            )
        yield Row(
            f"explain {SHOWN} PNGs of 1024 px, network small at {SIZE} px, 14 classes",
            "CPU seconds an image; plain: predict the same",
            "s",
            ours,
            plain,
        )
        path, checkpoint = folder / "neighbours.safetensors", run / "checkpoints" / "best.ckpt"
        images = draw_images()
        weights = hashlib.sha256(checkpoint.read_bytes()).hexdigest()
        write_neighbours(images, weights, path)
        np.save(folder / "plain.npy", images.feature)
        query = images.feature[0].astype(np.float32)
        yield Row(
            f"features of {MAX_IMAGES:,} training images, {FEATURES} each "
            f"({path.stat().st_size / 2**20:.1f} MiB): read, and the nearest 6 of one image",
            "CPU seconds; plain: numpy reads them, and sorts distances that are not scaled",
            "s",
            [_time(lambda: _search(path, checkpoint, query)) for _ in range(ROUNDS)],
            [_time(lambda: _search_plainly(folder / "plain.npy", query)) for _ in range(ROUNDS)],
        )


def draw_images() -> TrainingImages:
    generator = np.random.default_rng(0)
    names = tuple(f"north/images/{number:06}.png" for number in range(MAX_IMAGES))
    return TrainingImages(
        feature=generator.normal(size=(MAX_IMAGES, FEATURES)).astype(np.float16),
        state=generator.integers(0, len(STATES), (MAX_IMAGES, 14)).astype(np.uint8),
        records=names,
        sources=("north",) * MAX_IMAGES,
        content=tuple(hashlib.sha256(name.encode()).hexdigest() for name in names),
        classes=tuple(f"class_{number}" for number in range(14)),
        total=MAX_IMAGES,
    )


def _search(path: Path, checkpoint: Path, query: np.ndarray) -> None:
    images = read_neighbours(path, checkpoint)
    assert images is not None
    assert images.find_nearest(query, 6)[0][0] == 0


def _search_plainly(path: Path, query: np.ndarray) -> None:
    apart = np.load(path).astype(np.float32) - query
    assert np.argsort((apart**2).sum(axis=1))[0] == 0


def _time(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started
