import math
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from labelassemble.model.build import build_network
from labelassemble.settings import ModelSettings, TrainingSettings
from labelassemble.training.optimiser import (
    build_optimiser,
    clip_gradients,
    forget_gradients,
    learning_rate,
)
from labelassemble.weights_settings import FineTuneSettings


@pytest.mark.parametrize("method", ["label-assemble", "masked", "med3d", "dodnet"])
def test_norms_biases_and_queries_do_not_decay(method: str) -> None:
    model = ModelSettings(backbone="small", query_features=4, adapter_hidden=8)
    network = build_network(model, method, ("a", "b"), sources=("north", "east"))
    optimiser = build_optimiser(network, TrainingSettings(weight_decay=0.3))
    name = {id(parameter): name for name, parameter in network.named_parameters()}
    names = {
        decay: {
            name[id(parameter)]
            for group in optimiser.param_groups
            if group["weight_decay"] == decay
            for parameter in group["params"]
        }
        for decay in (0.3, 0.0)
    }
    decays, kept = names[0.3], names[0.0]
    assert decays | kept == set(name.values())
    assert not decays & kept
    shapes = {name: parameter.ndim for name, parameter in network.named_parameters()}
    assert all(shapes[one] >= 2 for one in decays)
    # Everything of one axis is a norm or a bias here; of the rest, only the queries are spared.
    spared = {one for one in kept if shapes[one] >= 2}
    assert spared == ({"head.queries.query"} if method == "label-assemble" else set())


def test_queries_and_adapter_have_a_rate_of_their_own() -> None:
    model = ModelSettings(backbone="small", query_features=4, adapter_hidden=8)
    network = build_network(model, "label-assemble", ("a", "b"))
    optimiser = build_optimiser(network, TrainingSettings(adapter_rate=0.2))
    share = {id(one): group["share"] for group in optimiser.param_groups for one in group["params"]}
    for name, parameter in network.named_parameters():
        assert share[id(parameter)] == (0.2 if name.startswith("head.") else 1.0), name
    linear = build_optimiser(build_network(model, "masked", ("a",)), TrainingSettings())
    assert {group["share"] for group in linear.param_groups} == {1.0}


def shares(backbone: str, **fine_tune: Any) -> dict[str, tuple[float, float]]:
    """Share of the rate and weight decay of every parameter, by its name."""
    model = ModelSettings(backbone=backbone)
    network = build_network(model, "masked", ("a",))
    settings = TrainingSettings(weight_decay=0.3, fine_tune=FineTuneSettings(**fine_tune))
    name = {id(parameter): name for name, parameter in network.named_parameters()}
    groups = build_optimiser(network, settings).param_groups
    return {
        name[id(one)]: (group["share"], group["weight_decay"])
        for group in groups
        for one in group["params"]
    }


def test_layers_of_a_transformer_learn_as_xiao_2023_says() -> None:
    """Layer l of 13 has 0.55^(13 - l): 0 patches, positions and token, 1 to 12 blocks, 13 head."""
    found = shares("vit_ti16", layer_decay=0.55)
    for name, (share, _) in found.items():
        own = name.removeprefix("backbone.layers.")
        layer = 13 if own.startswith(("norm.", "head.", "pooling.")) else 0
        if own.startswith("blocks."):
            layer = 1 + int(own.split(".")[1])
        assert share == pytest.approx(0.55 ** (13 - layer)), name
    spared = {name for name, (_, decay) in found.items() if decay == 0.0}
    assert {"backbone.layers.pos_embed", "backbone.layers.cls_token"} <= spared
    assert all(
        one.endswith((".bias", ".weight", "_embed", "_token", "sharpness")) for one in spared
    )


def test_stages_of_a_convolutional_network_learn_more_slowly_towards_the_image() -> None:
    found = shares("small", layer_decay=0.5)
    assert found["head.linear.weight"][0] == 1.0
    assert found["backbone.layers.levels.3.first.weight"][0] == 0.5
    assert found["backbone.layers.levels.0.first.weight"][0] == 0.5**4
    assert found["backbone.layers.stem.0.weight"][0] == 0.5**5
    assert {share for share, _ in shares("small").values()} == {1.0}


def test_everything_decays_on_request() -> None:
    found = shares("small", decay_all=True)
    assert {decay for name, (_, decay) in found.items() if "pooling" not in name} == {0.3}


def test_frozen_parameters_are_excluded() -> None:
    network = nn.Linear(2, 2)
    network.weight.requires_grad_(False)
    groups = build_optimiser(network, TrainingSettings()).param_groups
    assert [group["params"] for group in groups] == [[network.bias]]


@given(
    steps=st.integers(1, 500),
    warm_up=st.floats(0, 1),
    highest=st.floats(1e-6, 10),
)
def test_rate_rises_in_a_line_and_falls_as_a_cosine(
    steps: int, warm_up: float, highest: float
) -> None:
    settings = TrainingSettings(learning_rate=highest, warm_up=warm_up)
    rates = [learning_rate(step, steps, settings) for step in range(steps)]
    rising = round(warm_up * steps)
    assert all(0 < rate <= highest * (1 + 1e-12) for rate in rates)
    for step in range(rising):
        assert rates[step] == pytest.approx(highest * (step + 1) / rising)
    for step in range(rising, steps):
        share = (step - rising) / (steps - rising)
        assert rates[step] == pytest.approx(highest * (1 + math.cos(math.pi * share)) / 2)
    # Past the end it stays at the end.
    assert learning_rate(steps + 5, steps, settings) == pytest.approx(0.0, abs=1e-12 * highest)


def test_the_cosine_ends_at_the_floor() -> None:
    settings = TrainingSettings(learning_rate=1e-3, rate_floor=1e-5, warm_up=0.5)
    assert learning_rate(5, 10, settings) == pytest.approx(1e-3)
    assert learning_rate(10, 10, settings) == pytest.approx(1e-5)
    assert learning_rate(0, 10, settings) == pytest.approx(2e-4)


def test_clips_the_common_norm() -> None:
    network = nn.Linear(3, 2)
    for parameter in network.parameters():
        parameter.grad = torch.full_like(parameter, 5.0)
    clip_gradients(network, 0.0)
    assert all((parameter.grad == 5.0).all() for parameter in network.parameters())
    clip_gradients(network, 1.0)
    grads = [
        parameter.grad.flatten() for parameter in network.parameters() if parameter.grad is not None
    ]
    assert torch.cat(grads).norm().item() == pytest.approx(1.0, abs=1e-4)


def test_a_sharded_model_clips_its_own_way() -> None:
    class Sharded(nn.Linear):
        asked: float | None = None

        def clip_grad_norm_(self, most: float) -> None:
            self.asked = most

    network = Sharded(1, 1)
    clip_gradients(network, 0.5)
    assert network.asked == 0.5


def test_norms_may_learn_first() -> None:
    network = build_network(ModelSettings(), "rpsal", ("a",), seed=0)
    for parameter in network.parameters():
        parameter.grad = torch.ones_like(parameter)
    forget_gradients(network.backbone)
    learning = {name for name, one in network.named_parameters() if one.grad is not None}
    names = {name.removeprefix("backbone.layers.") for name in learning}
    assert "lateral.0.weight" in names
    assert "body.0.norm5.weight" in names
    assert "body.0.conv0.weight" not in names
    assert not any(name.endswith("conv1.weight") for name in names)
    assert {name for name in dict(network.named_parameters()) if "head." in name} <= learning
