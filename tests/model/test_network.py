import pytest
import torch

from labelassemble.model.build import build_network
from labelassemble.model.network import Network
from labelassemble.settings import ModelSettings


def test_dense_predictions_pool_to_the_prediction(network: Network) -> None:
    image = torch.rand(2, 1, 64, 80)
    with torch.no_grad():
        dense, pooled = network(image, dense=True), network(image)
    assert dense.shape == (2, 3, 4, 5)
    assert pooled.shape == (2, 3)
    torch.testing.assert_close(dense.mean(dim=(2, 3)), pooled)


@pytest.mark.parametrize("attention", ["generated", "cross"])
def test_heads_that_look_pool_by_themselves(attention: str) -> None:
    settings = ModelSettings(
        backbone="small", query_features=16, adapter_hidden=24, query_attention=attention
    )
    network = build_network(settings, "label-assemble", ["mass", "edema"], seed=0).eval()
    image = torch.rand(2, 1, 64, 80)
    with torch.no_grad():
        assert network(image).shape == (2, 2)
        assert network(image, dense=True).shape == (2, 2, 4, 5)
        assert torch.equal(network(image), network.head.pool(network.backbone(image)))


def test_classes_are_the_heads(network: Network) -> None:
    assert network.classes == ("mass", "nodule", "edema")


def test_heads_divide_the_queries() -> None:
    with pytest.raises(ValueError, match="attention_heads = 3 does not divide"):
        ModelSettings(query_features=16, query_attention="cross", attention_heads=3)
