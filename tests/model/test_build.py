"""Building, adding classes, and starting from another network."""

from pathlib import Path

import pytest
import torch

from labelassemble.errors import ModelError
from labelassemble.model.build import QUERY, add_class, build_network, load_by_class
from labelassemble.model.linear_head import LinearHead
from labelassemble.model.network import Network
from labelassemble.model.query_head import QueryHead
from labelassemble.settings import ModelSettings

SMALL = ModelSettings(backbone="small", query_features=16, adapter_hidden=24)


def test_methods_differ_in_their_head() -> None:
    assert isinstance(build_network(SMALL, "label-assemble", ["a"]).head, QueryHead)
    assert isinstance(build_network(SMALL, "masked", ["a"]).head, LinearHead)
    assert isinstance(build_network(SMALL, "single", ["a"]).head, LinearHead)


@pytest.mark.parametrize("pooling", ["average", "max", "logsumexp"])
@pytest.mark.parametrize("batch", [1, 5])
def test_a_new_class_changes_no_old_answer_by_a_bit(pooling: str, batch: int) -> None:
    torch.manual_seed(0)
    settings = SMALL.model_copy(update={"pooling": pooling})
    network = build_network(settings, "label-assemble", ["c0"]).eval()
    image = torch.rand(batch, 1, 64, 64)
    shapes = {name: value.shape for name, value in network.named_parameters() if name != QUERY}
    with torch.no_grad():
        pooled, dense = network(image), network(image, dense=True)
        for number in range(1, 18):
            add_class(network, f"c{number}")
            more, more_dense = network(image), network(image, dense=True)
            assert more.shape == (batch, number + 1)
            assert torch.equal(more[:, :number], pooled)
            assert torch.equal(more_dense[:, :number], dense)
            pooled, dense = more, more_dense
    assert shapes == {name: v.shape for name, v in network.named_parameters() if name != QUERY}


def test_the_papers_backbone_keeps_its_answers_too() -> None:
    torch.manual_seed(0)
    network = build_network(ModelSettings(), "label-assemble", [f"c{n}" for n in range(8)]).eval()
    image = torch.rand(2, 1, 64, 64)
    with torch.no_grad():
        before = network(image)
        add_class(network, "new")
        assert torch.equal(network(image)[:, :8], before)


def test_a_linear_head_takes_no_class() -> None:
    with pytest.raises(ModelError, match="one with a LinearHead"):
        add_class(build_network(SMALL, "masked", ["a"]), "b")


def test_starting_from_a_network_with_other_classes(network: Network) -> None:
    torch.manual_seed(1)
    other = build_network(SMALL, "label-assemble", ["edema", "new", "mass"]).eval()
    fresh = other.state_dict()[QUERY][1].clone()
    assert load_by_class(other, network.state_dict(), network.classes) == ("new",)
    assert torch.equal(other.state_dict()[QUERY][1], fresh)
    image = torch.rand(2, 1, 64, 64)
    with torch.no_grad():
        old, new = network(image), other(image)
    # Same weights; the classes stand at other places of a block.
    torch.testing.assert_close(new[:, 2], old[:, 0])
    torch.testing.assert_close(new[:, 0], old[:, 2])


def test_weights_that_do_not_fit(network: Network) -> None:
    wider = SMALL.model_copy(update={"adapter_hidden": 32})
    with pytest.raises(ModelError, match="size mismatch"):
        load_by_class(
            build_network(wider, "label-assemble", ["mass"]), network.state_dict(), network.classes
        )
    with pytest.raises(ModelError, match="one without"):
        load_by_class(build_network(SMALL, "masked", ["mass"]), network.state_dict(), ["mass"])


def test_pretrained_weights_are_loaded(tmp_path: Path, network: Network) -> None:
    torch.save(network.backbone.layers.state_dict(), tmp_path / "weights.pt")
    settings = SMALL.model_copy(update={"pretrained": str(tmp_path / "weights.pt")})
    built = build_network(settings, "masked", ["a"])
    for name, value in network.backbone.state_dict().items():
        if not name.endswith("num_batches_tracked"):
            assert torch.equal(built.backbone.state_dict()[name], value)
