"""Which images that are unlike the training images are told, by which score.

    python -m benchmarks.unlike [seeds] [folder]

Three simulated hospitals, then three real ones where the folder of real samples is there
(``LABELASSEMBLE_REAL_DATA``): a small network is trained on all of them, scores are fitted to the
pooled features of its training images, and the threshold of each is the distance that 95 % of the
validation images stay within. Test images are then altered one by one. Saves
``benchmarks/results/unlike.csv``: the share that is above the threshold. In the folder what was
simulated and trained is kept, and taken up again.
"""

import csv
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import cv2
import matplotlib
import numpy as np
import polars as pl
import torch

from benchmarks.fingerprint_quality import DEFAULT
from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.assembly.table_folder import is_assembled
from labelassemble.images.radiograph import prepare_radiograph, unit_grey
from labelassemble.images.scale_grey import scale_grey
from labelassemble.inference.dicom_checks import TrainedHeaders
from labelassemble.inference.fineness import choose_fineness, measure_fineness
from labelassemble.inference.load_network import load_network
from labelassemble.inference.pool_map import pool_quarters, pool_whole
from labelassemble.inference.unlike import (
    FALSE_ALARMS,
    choose_distance,
    fit_unlike,
    measure_across,
)
from labelassemble.metrics.shrunk_covariance import shrunk_covariance
from labelassemble.model.network import Network
from labelassemble.pipeline.assemble_sources import assemble_sources, open_assembled
from labelassemble.pipeline.train_networks import train_networks
from labelassemble.recipe import check_recipe, read_recipe
from labelassemble.settings import Recipe
from labelassemble_phantoms.hospitals import simulate_hospitals

SIZE, ALTERED, NEIGHBOURS = 64, 200, 10
RESULTS = Path(__file__).parent / "results" / "unlike.csv"

Features = np.ndarray
Score = Callable[[Features], np.ndarray]
"""Features of images in, a distance each out."""


class Seen(NamedTuple):
    """What a network makes of images: features of them and of their quarters, and the largest
    probability; and how fine they are."""

    feature: Features
    quarters: Features
    probability: np.ndarray
    fineness: np.ndarray


def box(image: np.ndarray, drawn: np.random.Generator) -> np.ndarray:
    """Lay the image, smaller, on a black or white page."""
    page = np.full_like(image, drawn.choice([0, 255]))
    height, width = (int(drawn.uniform(0.35, 0.6) * side) for side in image.shape)
    top = int(drawn.integers(0, image.shape[0] - height + 1))
    left = int(drawn.integers(0, image.shape[1] - width + 1))
    shown = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    page[top : top + height, left : left + width] = shown
    return page


def squeeze(image: np.ndarray) -> np.ndarray:
    """Half as wide, with black on both sides."""
    width = image.shape[1]
    shown = cv2.resize(image, (width // 2, image.shape[0]), interpolation=cv2.INTER_AREA)
    left = width // 4
    return np.pad(shown, ((0, 0), (left, width - width // 2 - left)))


def swap_quarters(image: np.ndarray) -> np.ndarray:
    """Each quarter stands where the opposite one was."""
    height, width = (side // 2 for side in image.shape)
    return np.roll(image[: 2 * height, : 2 * width], (height, width), (0, 1))


EDITS: dict[str, Callable[[np.ndarray, np.random.Generator], np.ndarray]] = {
    "noise": lambda image, drawn: drawn.integers(0, 256, image.shape, dtype=np.uint8),
    "inverted": lambda image, _: 255 - image,
    "quarter turn": lambda image, drawn: np.rot90(image, drawn.choice([1, 3])),
    "half turn": lambda image, _: image[::-1, ::-1],
    "upside down": lambda image, _: image[::-1],
    "boxed": box,
    "dark": lambda image, _: (0.25 * image).astype(np.uint8),
    "squeezed": lambda image, _: squeeze(image),
    "quarters swapped": lambda image, _: swap_quarters(image),
    "blurred": lambda image, _: cv2.GaussianBlur(image, (0, 0), image.shape[0] / 20),
    "mirrored": lambda image, _: image[:, ::-1],
}


def photographs(drawn: np.random.Generator) -> Iterator[np.ndarray]:
    """Cuts of the photograph that comes with matplotlib, of any place and size."""
    path = Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg"
    whole = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    for _ in range(ALTERED):
        side = int(drawn.integers(100, min(whole.shape)))
        top, left = (int(drawn.integers(0, one - side + 1)) for one in whole.shape)
        yield whole[top : top + side, left : left + side]


def grey(paths: Sequence[str | Path]) -> list[np.ndarray]:
    return [cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) for path in paths]


@torch.inference_mode()
def look(network: Network, images: Sequence[np.ndarray]) -> Seen:
    """Features and probabilities of images, prepared as `predict` does."""
    stack = np.stack(
        [prepare_radiograph(unit_grey(np.ascontiguousarray(one)), SIZE, "crop") for one in images]
    )
    features, quarters, largest = [], [], []
    for start in range(0, len(stack), 64):
        feature = network.backbone(scale_grey(torch.from_numpy(stack[start : start + 64])))
        features.append(pool_whole(feature))
        quarters.append(pool_quarters(feature))
        largest.append(network.predict_feature(feature).sigmoid().amax(dim=1))
    return Seen(
        np.concatenate(features),
        np.concatenate(quarters),
        torch.cat(largest).numpy(),
        measure_fineness(stack),
    )


def mahalanobis_by_source(train: Features, source: np.ndarray, relative: bool) -> Score:
    """To the nearest source's mean (Lee 2018), or less the distance to all (Ren 2021)."""
    mean, scale = train.mean(axis=0), train.std(axis=0) + 1e-9
    scaled = (train - mean) / scale
    centres = [scaled[source == one].mean(axis=0) for one in np.unique(source)]
    own = scaled.copy()
    for one, centre in zip(np.unique(source), centres, strict=True):
        own[source == one] -= centre
    within, whole = (np.linalg.inv(shrunk_covariance(one)) for one in (own, scaled))

    def score(feature: Features) -> np.ndarray:
        given = (feature - mean) / scale
        each = [((given - one) @ within * (given - one)).sum(axis=1) for one in centres]
        background = (given @ whole * given).sum(axis=1) if relative else 0.0
        found: np.ndarray = np.min(each, axis=0) - background
        return found

    return score


def nearest(train: Features) -> Score:
    """Distance to the tenth nearest training image, features of length one (Sun 2022)."""

    def unit(feature: Features) -> Features:
        return feature / np.maximum(np.linalg.norm(feature, axis=1, keepdims=True), 1e-9)

    known = unit(train)
    return lambda feature: -np.sort(unit(feature) @ known.T, axis=1)[:, -NEIGHBOURS]


def mahalanobis(train: Features, validate: Features) -> Score:
    """What a run keeps (``inference/unlike.py``)."""
    found = fit_unlike(train, validate, TrainedHeaders())
    assert found is not None
    return found.measure


def simulated(folder: Path, seed: int) -> Recipe:
    """Three hospitals, 220 patients each, whose patients are drawn into the splits."""
    place = folder / "hospitals" / "recipe.toml"
    if not place.is_file():
        simulate_hospitals(folder / "hospitals", 220, 3, size=SIZE, seed=seed)
    recipe = read_recipe(place)
    sources = [one for one in recipe.sources if one.name != "reference"]
    drawn = [one.model_copy(update={"split": "joint"}) for one in sources]
    return recipe.model_copy(update={"sources": tuple(drawn), "output": folder / "out"})


def real(data: Path, folder: Path) -> Recipe:
    """NIH ChestX-ray14, covid-chestxray and the children of Kermany 2018."""
    sources = {
        "nih_chestxray14": (data / "tables", data / "nih" / "images"),
        "covid_chestxray": (data / "covid_chestxray", None),
        "kermany_pneumonia": (data / "kermany", None),
    }
    content = {
        "name": "real",
        "output": folder / "out",
        "vocabulary": "chest_radiograph",
        "sources": [
            {
                "name": name,
                "manifest": name,
                "folder": tables,
                "images": images,
                "missing_images": "exclude",
                "unreadable_images": "exclude",
            }
            for name, (tables, images) in sources.items()
        ],
    }
    return check_recipe(content, "benchmarks/unlike.py")


def settle(recipe: Recipe, seed: int, epochs: int) -> Recipe:
    changes = {
        "images": {"size": SIZE},
        "model": {"backbone": "small"},
        "training": {"epochs": epochs, "batch_size": 32, "accelerator": "cpu"},
        "assembly": {
            "test_fraction": 0.3,
            "validation_fraction": 0.2,
            "allow_unscored_classes": True,
            "similar_images": "ignore",
            "seed": seed,
        },
    }
    settled = {
        name: getattr(recipe, name).model_copy(update=change) for name, change in changes.items()
    }
    return recipe.model_copy(update={**settled, "methods": ("masked",), "seeds": (seed,)})


def measure(
    table: AssembledTable, network: Network, others: Mapping[str, Sequence[np.ndarray]], seed: int
) -> Iterator[dict[str, object]]:
    """A row a score: how many images of each kind are above its threshold."""
    drawn = np.random.default_rng(seed)
    split = table.records.partition_by("split", as_dict=True)
    of = {name: grey(split[name,]["path"].to_list()) for name in ("train", "validate", "test")}
    seen = {name: look(network, images) for name, images in of.items()}
    some = [of["test"][at] for at in drawn.permutation(len(of["test"]))[:ALTERED]]
    kinds = {
        name: look(network, [edit(image, drawn) for image in some]) for name, edit in EDITS.items()
    }
    kinds["photograph"] = look(network, list(photographs(drawn)))
    kinds |= {name: look(network, images) for name, images in others.items()}
    train, source = seen["train"].feature, split["train",]["source"].to_numpy()
    quarters = seen["train"].quarters, seen["validate"].quarters
    kept = "Mahalanobis, quarters"
    scores: dict[str, Score] = {
        kept: mahalanobis(*quarters),
        "Mahalanobis": mahalanobis(train, seen["validate"].feature),
        "Mahalanobis, nearest source": mahalanobis_by_source(train, source, relative=False),
        "relative Mahalanobis": mahalanobis_by_source(train, source, relative=True),
        "10th nearest neighbour": nearest(train),
        "largest probability": lambda probability: -probability,
    }
    yield from rate(seen, kinds, of)
    for name, score in scores.items():
        part = "quarters" if name == kept else "feature"
        part = "probability" if name == "largest probability" else part
        value = {kind: score(getattr(one, part)) for kind, one in {**seen, **kinds}.items()}
        place = int(np.ceil((1 - FALSE_ALARMS) * (len(value["validate"]) + 1))) - 1
        threshold = np.sort(value["validate"])[min(place, len(value["validate"]) - 1)]
        if name == kept:
            across = measure_across(quarters[0], TrainedHeaders())
            threshold = choose_distance(across, value["validate"])
        caught = {kind: float((value[kind] > threshold).mean()) for kind in ("test", *kinds)}
        sizes = {f"{one} images": len(images) for one, images in of.items()}
        false = {"false alarms": caught.pop("test")}
        yield {"score": name, **sizes, **false, **caught}


def rate(
    seen: Mapping[str, Seen], kinds: Mapping[str, Seen], of: Mapping[str, Sequence[np.ndarray]]
) -> Iterator[dict[str, object]]:
    """What a run keeps, blur and distance together, as `predict` tells it."""
    finest = choose_fineness(np.concatenate([seen["train"].fineness, seen["validate"].fineness]))
    quarters = seen["train"].quarters, seen["validate"].quarters
    found = fit_unlike(*quarters, TrainedHeaders(), finest)
    assert found is not None
    assert found.threshold is not None
    assert finest is not None
    caught = {}
    for kind, one in {"test": seen["test"], **kinds}.items():
        unlike = found.measure(one.quarters) > found.threshold
        caught[kind] = float((unlike | (one.fineness < finest)).mean())
    sizes = {f"{one} images": len(images) for one, images in of.items()}
    false = {"false alarms": caught.pop("test")}
    yield {"score": "Mahalanobis, quarters, and blur", **sizes, **false, **caught}


def run(recipe: Recipe, others: Mapping[str, Sequence[np.ndarray]], seed: int) -> Iterator[dict]:
    if not is_assembled(recipe.output):
        assemble_sources(recipe)
    table, _ = open_assembled(recipe)
    folder = train_networks(recipe, *open_assembled(recipe))[0]
    network = load_network(folder / "checkpoints" / "best.ckpt", torch.device("cpu"))
    yield from measure(table, network, others, seed)


@contextmanager
def open_folder(kept: Path | None, name: str) -> Iterator[Path]:
    """A folder below the one that is kept, or one that is deleted behind us."""
    if kept is not None:
        (kept / name).mkdir(parents=True, exist_ok=True)
        yield kept / name
        return
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def main(seeds: int, kept: Path | None) -> None:
    data = Path(os.environ.get("LABELASSEMBLE_REAL_DATA", DEFAULT))
    others: dict[str, list[np.ndarray]] = {}
    if data.is_dir():
        scans = sorted((data / "busi" / "images").iterdir())
        others["other modality"] = grey(scans[:: len(scans) // ALTERED][:ALTERED])
    rows: list[dict[str, object]] = []
    for seed in range(seeds):
        with open_folder(kept, f"sim{seed}") as folder:
            recipe = settle(simulated(folder, seed), seed, epochs=12)
            found = run(recipe, others, seed)
            rows += [{"hospitals": "simulated", "seed": seed, **row} for row in found]
    if data.is_dir():
        with open_folder(kept, "real") as folder:
            found = run(settle(real(data, folder), 0, epochs=6), others, 0)
            rows += [{"hospitals": "real", "seed": 0, **row} for row in found]
    with RESULTS.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(
            {
                key: f"{value:.3f}" if isinstance(value, float) else value
                for key, value in row.items()
            }
            for row in rows
        )
    print(pl.read_csv(RESULTS))


if __name__ == "__main__":
    main(
        int(sys.argv[1]) if len(sys.argv) > 1 else 3,
        Path(sys.argv[2]) if len(sys.argv) > 2 else None,
    )
