"""One network, traced once for all forms, and a run that it came from."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import jaxtyping
import numpy as np
import pytest
import torch
from PIL import Image

from labelassemble.deploy.check_images import check_images
from labelassemble.deploy.describe_model import describe_model
from labelassemble.deploy.hold_parity import Checked
from labelassemble.deploy.trace_network import Deployed, Traced, trace_network
from labelassemble.inference.checkpoint_file import CHECKPOINT_KEY, PREFIX, NetworkDescription
from labelassemble.inference.operating_file import (
    ClassOperation,
    ClassPoint,
    Operation,
    ShareInterval,
    write_operation,
)
from labelassemble.inference.predictor import Predictor
from labelassemble.model.build import build_network
from labelassemble.settings import ImageSettings, ModelSettings

SIZE = 64
CLASSES = ("nodule", "nodule_or_mass", "edema")


@pytest.fixture(autouse=True, scope="session")
def shapes_unchecked() -> Iterator[None]:
    """Shapes of what is traced are symbols, and asking about them would settle them."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


def write_run(folder: Path, **changes: Any) -> Path:
    """A finished run of a network whose running statistics are unlike the first ones."""
    description = NetworkDescription(
        version="1",
        method="label-assemble",
        source=None,
        seed=0,
        classes=CLASSES,
        vocabulary="chest_radiograph",
        vocabulary_version="1",
        implied={"nodule": ("nodule_or_mass",)},
        model=ModelSettings(backbone="small", query_features=4, adapter_hidden=8),
        images=ImageSettings(size=SIZE, fit="pad"),
    ).model_copy(update=changes)
    network = build_network(
        description.model,
        description.method,
        description.classes,
        seed=0,
        detection=description.detection,
    )
    if description.detection is None:
        network.train()(torch.rand(8, 1, SIZE, SIZE, generator=torch.Generator().manual_seed(0)))
    state = {PREFIX + name: value for name, value in network.state_dict().items()}
    (folder / "checkpoints").mkdir(parents=True)
    content = {CHECKPOINT_KEY: description.model_dump(mode="json"), "state_dict": state}
    torch.save(content, folder / "checkpoints" / "best.ckpt")
    (folder / "done.json").write_text("{}")
    (folder / "settings.json").write_text('{"recipe": {"name": "toy"}}')
    return folder


class Toy(NamedTuple):
    run: Path
    images: list[Path]
    predictor: Predictor
    traced: Traced
    told: dict[str, Any]
    checked: Checked


@pytest.fixture(scope="session")
def images(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Larger and smaller than the network takes, higher and wider."""
    folder, generator = tmp_path_factory.mktemp("images"), np.random.default_rng(0)
    paths = []
    for number, shape in enumerate([(90, 70), (64, 64), (40, 52), (200, 131), (64, 30)]):
        coarse = generator.integers(0, 256, (6, 5), dtype=np.uint8)
        path = folder / f"{number}.png"
        Image.fromarray(coarse).resize(shape[::-1], Image.Resampling.BICUBIC).save(path)
        paths.append(path)
    return paths


@pytest.fixture(scope="session")
def toy(tmp_path_factory: pytest.TempPathFactory, images: list[Path]) -> Toy:
    run = write_run(tmp_path_factory.mktemp("runs") / "toy")
    share = ShareInterval(score=0.8)
    point = ClassPoint(
        threshold=0.4,
        threshold_low=None,
        threshold_high=None,
        sensitivity=share,
        specificity=share,
    )
    known = ClassOperation(
        positive_patients=20,
        negative_patients=30,
        slope=0.7,
        intercept=-0.3,
        points={"youden": point},
    )
    unknown = ClassOperation(positive_patients=1, negative_patients=3, note="too few patients")
    operation = Operation(
        version="1",
        chosen_on="validation",
        rule="youden",
        asked={},
        min_patients=10,
        confidence=0.95,
        sources={"all": {"nodule": known, "nodule_or_mass": known, "edema": unknown}},
    )
    write_operation(operation, run / "operating.json")
    predictor = Predictor(run, torch.device("cpu"))
    traced = trace_network(Deployed(predictor.network, predictor.implied).eval(), (SIZE, SIZE))
    told = describe_model(predictor.description, traced, predictor.operation, {"run": "toy"})
    return Toy(run, images, predictor, traced, told, check_images(predictor, images))
