"""A network that was never trained, its checkpoint, and a store of a few images."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from labelassemble.images.build_store import build_store
from labelassemble.images.store import ImageStore
from labelassemble.inference.checkpoint_file import CHECKPOINT_KEY, PREFIX, NetworkDescription
from labelassemble.model.build import build_network
from labelassemble.model.network import Network
from labelassemble.settings import ImageSettings, ModelSettings

SIZE = 32
CLASSES = ("effusion", "nodule", "edema")


@pytest.fixture(scope="session")
def description() -> NetworkDescription:
    return NetworkDescription(
        version="1",
        method="label-assemble",
        source=None,
        seed=0,
        classes=CLASSES,
        vocabulary="toy",
        vocabulary_version="1",
        # Weights that are not on this machine: a checkpoint does not need them.
        model=ModelSettings(
            backbone="small", query_features=4, adapter_hidden=8, pretrained="gone.safetensors"
        ),
        images=ImageSettings(size=SIZE, fit="pad"),
    )


@pytest.fixture(scope="session")
def network(description: NetworkDescription) -> Network:
    model = description.model.model_copy(update={"pretrained": None})
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = build_network(model, description.method, description.classes)
        # Running statistics unlike the first ones: they must come back too.
        network.train()(torch.rand(8, 1, SIZE, SIZE))
    return network.eval()


@pytest.fixture(scope="session")
def checkpoint(network: Network, description: NetworkDescription) -> dict[str, Any]:
    state = {PREFIX + name: value for name, value in network.state_dict().items()}
    return {CHECKPOINT_KEY: description.model_dump(mode="json"), "state_dict": state, "epoch": 3}


@pytest.fixture
def save(tmp_path: Path) -> Callable[[Any], Path]:
    def save_one(content: Any) -> Path:
        path = tmp_path / "checkpoints" / "best.ckpt"
        path.parent.mkdir(exist_ok=True)
        torch.save(content, path)
        return path

    return save_one


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Seven images that are not square."""
    folder, generator = tmp_path_factory.mktemp("records"), np.random.default_rng(0)
    files = {}
    for number in range(7):
        path = folder / f"{number}.png"
        Image.fromarray(generator.integers(0, 256, (40, 50), dtype=np.uint8)).save(path)
        files[f"toy/{number}"] = path
    return files


@pytest.fixture(scope="session")
def store(
    files: dict[str, Path],
    description: NetworkDescription,
    tmp_path_factory: pytest.TempPathFactory,
) -> ImageStore:
    return build_store(files, description.images, tmp_path_factory.mktemp("store"))
