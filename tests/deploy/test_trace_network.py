"""Networks of other heads and forms, as programs."""

import numpy as np
import pytest
import torch
from tests.deploy.conftest import CLASSES

from labelassemble.deploy.trace_network import Deployed, trace_network
from labelassemble.model.build import build_network
from labelassemble.settings import (
    DenseAugmentSettings,
    DetectionSettings,
    ModelSettings,
    PatchSettings,
)


def hold(network, sides):
    traced = trace_network(Deployed(network.eval(), {}).eval(), sides)
    module = traced.program.module()
    dense = network.backbone.__class__.__name__ == "DenseBackbone"
    for length in (1, 3, 16):
        generator = torch.Generator().manual_seed(length)
        image = torch.rand(length, 1, *sides, generator=generator)
        with torch.no_grad():
            wanted = network(image, dense=dense).sigmoid()
            np.testing.assert_allclose(module(image), wanted, atol=1e-5)
    return traced


@pytest.mark.parametrize("method", ["med3d", "dodnet", "swinchex", "xprotonet"])
def test_heads_that_learn_source_by_source_or_class_by_class(method):
    torch.manual_seed(0)
    model = ModelSettings(backbone="small")
    hold(build_network(model, method, CLASSES, sources=("a", "b")), (32, 32))


def test_a_vision_transformer_has_a_free_batch_and_its_own_sides():
    torch.manual_seed(0)
    model = ModelSettings(backbone="vit_ti16")
    assert not hold(build_network(model, "masked", CLASSES), (64, 64)).free_sides


@pytest.mark.parametrize("dimensions", [2, 3])
def test_a_network_that_finds_lesions(dimensions):
    size = (16,) * dimensions
    settings = DetectionSettings(
        task="detection",
        dimensions=dimensions,
        width=8,
        levels=2,
        patches=PatchSettings(size=size),
        augment=DenseAugmentSettings(
            flip=(0.0,) * dimensions, rotation_degrees=(5.0,) * (1 if dimensions == 2 else 3)
        ),
    )
    torch.manual_seed(0)
    network = build_network(ModelSettings(), "label-assemble", CLASSES, detection=settings)
    assert not hold(network, size).free_sides
