from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from labelassemble.errors import RunError
from labelassemble.inference.checkpoint_file import CHECKPOINT_KEY, PREFIX, NetworkDescription
from labelassemble.model.build import build_network
from labelassemble.settings import ImageSettings, Method, ModelSettings
from labelassemble.training.start_network import start_network

MODEL = {"backbone": "small", "query_features": 4, "adapter_hidden": 8}


def describe(
    method: Method = "label-assemble", classes: tuple[str, ...] = ("a", "b"), **model: Any
) -> NetworkDescription:
    return NetworkDescription(
        version="1",
        method=method,
        source=None,
        seed=0,
        classes=classes,
        vocabulary="toy",
        vocabulary_version="1",
        model=ModelSettings.model_validate({**MODEL, **model}),
        images=ImageSettings(size=32),
    )


@pytest.fixture
def save(tmp_path: Path) -> Callable[[NetworkDescription], Path]:
    def save_one(description: NetworkDescription) -> Path:
        network = build_network(description.model, description.method, description.classes)
        state = {PREFIX + name: value for name, value in network.state_dict().items()}
        path = tmp_path / "start.ckpt"
        torch.save({CHECKPOINT_KEY: description.model_dump(mode="json"), "state_dict": state}, path)
        return path

    return save_one


def test_queries_go_by_name(save: Callable[[NetworkDescription], Path]) -> None:
    path = save(describe())
    before = torch.load(path, weights_only=True)["state_dict"][f"{PREFIX}head.queries.query"]
    after = describe(classes=("new", "b", "a"))
    network = build_network(after.model, after.method, after.classes)
    own = network.state_dict()["head.queries.query"].clone()
    assert start_network(network, path, after) == ("new",)
    query = network.state_dict()["head.queries.query"]
    assert torch.equal(query, torch.stack([own[0], before[1], before[0]]))


@pytest.mark.parametrize(
    ("before", "after", "got"),
    [
        (describe("masked"), describe(), "the method 'masked' in"),
        (describe(), describe("masked"), "and the method 'masked' in this run"),
        (
            describe(class_queries=False),
            describe(),
            "the method 'label-assemble' without class queries in",
        ),
        (
            describe(),
            describe(query_features=5),
            "model.query_features = 5 (there: 4)",
        ),
        (
            describe(),
            describe(backbone="resnet18", adapter_hidden=9),
            "model.backbone = 'resnet18' (there: 'small'); model.adapter_hidden = 9 (there: 8)",
        ),
    ],
)
def test_what_does_not_fit_is_told(
    before: NetworkDescription,
    after: NetworkDescription,
    got: str,
    save: Callable[[NetworkDescription], Path],
) -> None:
    network = build_network(describe().model, "label-assemble", after.classes)
    with pytest.raises(RunError) as caught:
        start_network(network, save(before), after)
    assert got in caught.value.got
