"""Toys that can be learned: bright lesions (pdac) and dark ones (cysts) in a grey box in air.

Hospital ``north`` drew the bright ones only; ``south`` and ``truth`` drew both.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest
import torch
from PIL import Image

from labelassemble.assembly.assembled_table import AssembledTable, make_frame
from labelassemble.images.build_store import build_store
from labelassemble.images.store import ImageStore
from labelassemble.pipeline.assemble_sources import assemble_sources
from labelassemble.settings import ImageSettings, Recipe

SHAPE = (24, 24, 16)
RADIUS = 4.0
CLASSES = ("pdac", "pancreatic_cyst")
VALUES = {"north": '{ 1 = "pdac" }'}
BOTH = '{ 1 = "pdac", 2 = "pancreatic cyst" }'
COUNTS = {"north": 12, "south": 10, "truth": 8}
"""Volumes a source."""

SMALL: dict[str, Any] = {
    "vocabulary": "abdominal_ct",
    "classes": CLASSES,
    "assembly": {"validation_fraction": 0.3},
    "model": {"query_features": 8, "adapter_hidden": 16},
    "training": {"epochs": 3, "learning_rate": 0.02, "accelerator": "cpu"},
    "detection": {
        "task": "detection",
        "width": 8,
        "levels": 2,
        "volumes": {"spacing_mm": (1.0, 1.0, 1.0), "window_hu": (-200.0, 200.0)},
        "patches": {"size": (16, 16, 16)},
        "augment": {"strong_erase": 0.0, "rotation_degrees": (5.0, 5.0, 5.0)},
        "patches_per_epoch": 24,
        "batch_size": 2,
        "window_overlap": 0.25,
    },
}


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """Tiny patches lose more by handing work to threads than they gain."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def draw_volume(
    generator: np.random.Generator, bright: bool, dark: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Hounsfield units, and 1 where bright lesions are, 2 where dark ones are."""
    values = np.full(SHAPE, -1000.0)
    values[2:-2, 2:-2] = generator.normal(40, 10, (SHAPE[0] - 4, SHAPE[1] - 4, SHAPE[2]))
    mask = np.zeros(SHAPE, dtype=np.uint8)
    grid = np.stack(np.meshgrid(*(np.arange(side) for side in SHAPE), indexing="ij"))
    for there, value, height, left in ((bright, 1, 140, True), (dark, 2, -120, False)):
        if there:
            centre = generator.integers([4, 4, 4], [20, 20, 12])
            centre[0] = generator.integers(4, 9) if left else generator.integers(15, 20)
            ball = ((grid - centre[:, None, None, None]) ** 2).sum(axis=0) <= RADIUS**2
            values[ball] += height
            mask[ball] = value
    return values.astype(np.int16), mask


def write_source(folder: Path, name: str, values: str, count: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    affine = np.array([[-1.0, 0, 0, 50], [0, 1, 0, -20], [0, 0, 1, 7], [0, 0, 0, 1]])
    drawn = [value for value in (1, 2) if f"{value} =" in values]
    for part in ("images", "masks"):
        (folder / name / part).mkdir(parents=True)
    for number in range(count):
        volume, mask = draw_volume(generator, number % 2 == 0, number % 4 < 2)
        for part, array in (
            ("images", volume),
            ("masks", np.where(np.isin(mask, drawn), mask, 0).astype(np.uint8)),
        ):
            path = folder / name / part / f"{name}{number:02d}.nii.gz"
            nibabel.save(nibabel.Nifti1Image(array, affine), path)
    (folder / name / "manifest.toml").write_text(f"""name = "{name}"
[labels]
encoding = "mask_values"
case = 'images/(?P<case>.+)\\.nii\\.gz'
mask = "masks/{{case}}.nii.gz"
values = {values}
[images]
glob = "images/*.nii.gz"
""")


@pytest.fixture(scope="session")
def hospitals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hospitals")
    for seed, (name, count) in enumerate(COUNTS.items()):
        write_source(folder, name, VALUES.get(name, BOTH), count, seed)
    return folder


@pytest.fixture(scope="session")
def make_recipe(hospitals: Path) -> Callable[..., Recipe]:
    """Give a recipe of the volumes; settings may be changed: detection={...}."""

    def make(**changes: Any) -> Recipe:
        settings: dict[str, Any] = {}
        for name in {*SMALL, *changes}:
            own, new = SMALL.get(name, {}), changes.get(name, {})
            settings[name] = {**own, **new} if isinstance(own, dict) else new or own
        sources = [
            {
                "name": name,
                "manifest": str(hospitals / name / "manifest.toml"),
                "folder": hospitals / name,
                "split": "test" if name == "truth" else "train",
            }
            for name in COUNTS
        ]
        content = {"name": "Toy", "output": hospitals / "out", "sources": sources, **settings}
        return Recipe.model_validate(content)

    return make


@pytest.fixture(scope="session")
def volume_table(make_recipe: Callable[..., Recipe]) -> AssembledTable:
    """The volumes as ``labelassemble assemble`` makes a table of them."""
    return assemble_sources(make_recipe())


FLAT = 32
"""Side of the images."""


def draw_image(generator: np.random.Generator, lesion: bool) -> tuple[np.ndarray, list[float]]:
    """A grey image, and left, top, right, bottom of the bright square in it."""
    record = generator.integers(40, 120, (FLAT, FLAT)).astype(np.uint8)
    left, top = (float(one) for one in generator.integers(2, FLAT - 10, 2))
    if lesion:
        record[int(top) : int(top) + 7, int(left) : int(left) + 7] += 110
    return record, [left, top, left + 7, top + 7]


@pytest.fixture(scope="session")
def record_table(tmp_path_factory: pytest.TempPathFactory) -> AssembledTable:
    """Images with boxes: half positive; every third positive is known of the image alone."""
    folder, generator = tmp_path_factory.mktemp("records"), np.random.default_rng(5)
    records, cells, members, boxes = [], [], [], []
    for split, count in (("train", 18), ("validate", 8), ("test", 6)):
        for number in range(count):
            name, path = f"west/{split}{number:02d}", folder / f"{split}{number:02d}.png"
            there = number % 2 == 0
            record, box = draw_image(generator, there)
            Image.fromarray(record).save(path)
            whose = {"record": name, "source": "west"}
            records.append(
                {**whose, "path": str(path), "patient": name, "group": len(records)}
                | {"split": split, "split_reason": "joint"}
            )
            members.append(
                {**whose, "image": path.stem, "path": str(path), "patient": name}
                | {"evidence": "table"}
            )
            cells.append(
                {**whose, "class": "nodule", "label": float(there), "reason": "toy"}
                | {"state": "positive" if there else "negative"}
            )
            if there and number % 6:
                corners = dict(zip(("x_min", "y_min", "x_max", "y_max"), box, strict=True))
                boxes.append({**whose, "class": "nodule", "image": path.stem, **corners})
    return AssembledTable(
        classes=("nodule", "mass"),
        records=make_frame("records", records),
        cells=make_frame("cells", cells),
        members=make_frame("members", members),
        boxes=make_frame("boxes", boxes),
        scopes={"west": ("nodule",)},
        manifest={
            "vocabulary": {"name": "toy", "version": "1"},
            "settings": {},
            "sources": {"west": {"title": "West", "licence": "CC0"}},
        },
    )


@pytest.fixture(scope="session")
def record_store(
    record_table: AssembledTable, tmp_path_factory: pytest.TempPathFactory
) -> ImageStore:
    rows = record_table.records.select("record", "path").rows()
    files = {name: Path(path) for name, path in rows}
    return build_store(files, ImageSettings(size=FLAT), tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="session")
def make_flat_recipe(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Recipe]:
    """Give a recipe of the images; settings of ``detection`` may be changed."""
    output = tmp_path_factory.mktemp("flat")

    def make(**changes: Any) -> Recipe:
        detection = SMALL["detection"] | {
            "dimensions": 2,
            "patches": {"size": (FLAT, FLAT)},
            "augment": {"flip": (0.0, 0.0), "rotation_degrees": (5.0,), "strong_erase": 0.0},
        }
        return Recipe.model_validate(
            {
                "name": "Flat toy",
                "output": output,
                "sources": [{"name": "west", "manifest": "vindr_cxr", "folder": output}],
                "images": {"size": FLAT},
                "model": SMALL["model"],
                "training": SMALL["training"],
                "detection": {**detection, **changes},
            }
        )

    return make
