"""Building, adding classes, and starting from another network."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import torch

from labelassemble.errors import ModelError
from labelassemble.model.adapter import Adapter
from labelassemble.model.build import BY_CLASS, QUERY, add_class, build_network, load_by_class
from labelassemble.model.class_queries import ClassQueries
from labelassemble.model.controller_head import ControllerHead
from labelassemble.model.linear_head import LinearHead
from labelassemble.model.name_vectors import name_vectors
from labelassemble.model.network import Network
from labelassemble.model.pooling import ClassPooling
from labelassemble.model.query_head import QueryHead
from labelassemble.model.source_heads import SourceHeads
from labelassemble.settings import Method, ModelSettings, Pooling
from labelassemble.weights_settings import InputSettings

SMALL = ModelSettings(backbone="small", query_features=16, adapter_hidden=24)


def test_methods_differ_in_their_head() -> None:
    assert isinstance(build_network(SMALL, "label-assemble", ["a"]).head, QueryHead)
    assert isinstance(build_network(SMALL, "masked", ["a"]).head, LinearHead)
    assert isinstance(build_network(SMALL, "single", ["a"]).head, LinearHead)
    assert isinstance(build_network(SMALL, "full", ["a"]).head, LinearHead)
    assert isinstance(build_network(SMALL, "unknown-as-negative", ["a"]).head, LinearHead)
    assert isinstance(build_network(SMALL, "med3d", ["a"], sources=["s"]).head, SourceHeads)
    controller = build_network(SMALL, "dodnet", ["a"], sources=["s"]).head
    assert isinstance(controller, ControllerHead)
    assert controller.narrow[-1].out_channels == 8
    without = SMALL.model_copy(update={"class_queries": False})
    assert isinstance(build_network(without, "label-assemble", ["a"]).head, LinearHead)


@pytest.mark.parametrize("method", ["med3d", "dodnet"])
def test_a_head_a_source_needs_sources(method: Method) -> None:
    with pytest.raises(ModelError, match="Got      no source"):
        build_network(SMALL, method, ["a"])
    wider = SMALL.model_copy(update={"dynamic_features": 5, "pooling": "average"})
    network = build_network(wider, method, ["a", "b", "c"], sources=["s", "t"]).eval()
    image, source = torch.rand(2, 1, 64, 80), torch.tensor([1, 0])
    with torch.no_grad():
        for asked in (None, source):
            dense, pooled = network(image, dense=True, source=asked), network(image, source=asked)
            assert dense.shape == (2, 3, 4, 5)
            torch.testing.assert_close(dense.mean(dim=(2, 3)), pooled)
        apart = [network(image, source=torch.full((2,), number)) for number in (0, 1)]
        torch.testing.assert_close(network(image), torch.stack(apart).mean(dim=0))


@pytest.mark.parametrize("method", ["label-assemble", "masked"])
def test_other_heads_do_not_look_at_the_source(method: Method) -> None:
    network = build_network(SMALL, method, ["a", "b"]).eval()
    image = torch.rand(2, 1, 64, 64)
    with torch.no_grad():
        assert torch.equal(network(image, source=torch.tensor([4, 9])), network(image))


def test_queries_that_start_from_names() -> None:
    named = SMALL.model_copy(update={"query_start": "names"})
    network = build_network(named, "label-assemble", ["mass", "edema"], seed=0)
    drawn = build_network(SMALL, "label-assemble", ["mass", "edema"], seed=0)
    assert torch.equal(network.state_dict()[QUERY], name_vectors(("mass", "edema"), 16))
    # All else starts the same, so that a comparison sees the start alone.
    for name, value in drawn.state_dict().items():
        assert torch.equal(network.state_dict()[name], value) == (name != QUERY)
    add_class(network, "hernia")
    assert torch.equal(network.state_dict()[QUERY][2:], name_vectors(("hernia",), 16))
    add_class(network, "mass_like", torch.Generator().manual_seed(1), start="random")
    expected = torch.randn(1, 16, generator=torch.Generator().manual_seed(1))
    assert torch.equal(network.state_dict()[QUERY][3:], expected)
    other = build_network(named, "label-assemble", ["scar", "edema"], seed=1)
    assert load_by_class(other, drawn.state_dict(), ["mass", "edema"]) == ("scar",)
    assert torch.equal(other.state_dict()[QUERY][:1], name_vectors(("scar",), 16))
    assert torch.equal(other.state_dict()[QUERY][1], drawn.state_dict()[QUERY][1])


@pytest.mark.parametrize(
    "change",
    [
        *({"pooling": pooling} for pooling in get_args(Pooling)),
        {"query_attention": "generated"},
        {"query_attention": "cross"},
        {"class_queries": False, "pooling": "logsumexp"},
    ],
    ids=lambda change: "-".join(map(str, change.values())),
)
@pytest.mark.parametrize("batch", [1, 5])
def test_a_new_class_changes_no_old_prediction_by_a_bit(change: dict[str, Any], batch: int) -> None:
    torch.manual_seed(0)
    settings = SMALL.model_copy(update=change)
    network = build_network(settings, "label-assemble", ["c0"]).eval()
    image = torch.rand(batch, 1, 64, 64)
    with torch.no_grad():
        for name, value in network.named_parameters():
            if name in BY_CLASS:
                value.normal_()
    shapes = shared_shapes(network)
    with torch.no_grad():
        pooled, dense = network(image), network(image, dense=True)
        for number in range(1, 18):
            add_class(network, f"c{number}")
            more, more_dense = network(image), network(image, dense=True)
            assert more.shape == (batch, number + 1)
            assert torch.equal(more[:, :number], pooled)
            assert torch.equal(more_dense[:, :number], dense)
            pooled, dense = more, more_dense
    assert shapes == shared_shapes(network)


def shared_shapes(network: Network) -> dict[str, torch.Size]:
    return {name: one.shape for name, one in network.named_parameters() if name not in BY_CLASS}


@pytest.fixture
def threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("threads")
@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("shape", [(1, 9, 9), (3, 4, 4), (64, 6, 6)])
def test_neither_threads_nor_batch_nor_size_let_a_new_class_show(
    number: int, shape: tuple[int, int, int]
) -> None:
    torch.set_num_threads(number)
    batch, height, width = shape
    # As a backbone gives it: channels last. What comes before knows no classes.
    feature = torch.rand(batch, 128, height, width).to(memory_format=torch.channels_last)
    for classes in (1, 5, 7, 8, 14, 15, 16):
        queries = ClassQueries(tuple(f"c{n}" for n in range(classes)), 16)
        head = QueryHead(queries, Adapter(16, 24, 128))
        with torch.no_grad():
            before = head(feature)
            queries.add_class("new")
            after = head(feature)
            assert torch.equal(after[:, :classes], before)
            for pooling in get_args(Pooling):
                pooled = ClassPooling(pooling, classes + 1)(after)[:, :classes]
                assert torch.equal(pooled, ClassPooling(pooling, classes)(before))


def test_a_seed_gives_the_same_network_and_leaves_the_callers_random_state() -> None:
    state = torch.get_rng_state()
    first, again, other = (
        build_network(SMALL, "label-assemble", ["a", "b"], seed=seed) for seed in (3, 3, 4)
    )
    assert torch.equal(torch.get_rng_state(), state)
    for name, value in first.state_dict().items():
        assert torch.equal(again.state_dict()[name], value)
    assert not torch.equal(first.state_dict()[QUERY], other.state_dict()[QUERY])


@pytest.mark.parametrize("method", ["label-assemble", "masked"])
def test_a_class_twice_is_refused(method: Method) -> None:
    with pytest.raises(ModelError, match="Got      b twice"):
        build_network(SMALL, method, ["a", "b", "b"])


def test_queries_of_other_classes_than_named(network: Network) -> None:
    other = build_network(SMALL, "label-assemble", ["mass"])
    with pytest.raises(ModelError, match=r"Expected 2 queries of length 16\.\nGot .*\(3, 16\)"):
        load_by_class(other, network.state_dict(), ["mass", "edema"])


def test_the_papers_backbone_keeps_its_predictions_too() -> None:
    torch.manual_seed(0)
    network = build_network(ModelSettings(), "label-assemble", [f"c{n}" for n in range(8)]).eval()
    image = torch.rand(2, 1, 64, 64)
    with torch.no_grad():
        before = network(image)
        add_class(network, "new")
        assert torch.equal(network(image)[:, :8], before)


@pytest.mark.parametrize("method", ["med3d", "dodnet"])
def test_a_head_a_source_takes_no_class(method: Method) -> None:
    network = build_network(SMALL, method, ["a"], sources=["s"])
    with pytest.raises(ModelError, match=f"one with a {type(network.head).__name__}"):
        add_class(network, "b")
    with pytest.raises(ModelError, match=f"one with a {type(network.head).__name__}"):
        load_by_class(network, network.state_dict(), ["a"])


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


@pytest.mark.parametrize(
    "change", [{"pooling": "logsumexp"}, {"query_attention": "cross"}], ids=["logsumexp", "cross"]
)
def test_what_each_class_learned_goes_with_it(change: dict[str, str]) -> None:
    settings = SMALL.model_copy(update=change)
    old = build_network(settings, "label-assemble", ["mass", "nodule"], seed=0).eval()
    with torch.no_grad():
        for name, value in old.named_parameters():
            if name in BY_CLASS:
                value.normal_()
    other = build_network(settings, "label-assemble", ["new", "nodule"], seed=1).eval()
    assert load_by_class(other, old.state_dict(), old.classes) == ("new",)
    image = torch.rand(2, 1, 64, 64)
    with torch.no_grad():
        torch.testing.assert_close(other(image)[:, 1], old(image)[:, 1])


def test_weights_that_do_not_fit(network: Network) -> None:
    wider = SMALL.model_copy(update={"adapter_hidden": 32})
    with pytest.raises(ModelError, match="size mismatch"):
        load_by_class(
            build_network(wider, "label-assemble", ["mass"]), network.state_dict(), network.classes
        )
    linear = build_network(SMALL, "masked", ["mass"])
    with pytest.raises(ModelError, match=r"a linear head\.\nGot      one without"):
        load_by_class(linear, network.state_dict(), ["mass"])
    with pytest.raises(ModelError, match=r"class queries\.\nGot      one without"):
        load_by_class(network, linear.state_dict(), ["mass"])
    with pytest.raises(ModelError, match=r"Expected 2 rows of length"):
        load_by_class(linear, linear.state_dict(), ["mass", "edema"])
    with pytest.raises(ModelError, match="'mass', which it knows"):
        add_class(linear, "mass")


def test_pretrained_weights_are_loaded(tmp_path: Path, network: Network) -> None:
    torch.save(network.backbone.layers.state_dict(), tmp_path / "weights.pt")
    settings = SMALL.model_copy(update={"pretrained": str(tmp_path / "weights.pt")})
    with pytest.raises(ModelError, match=r"neither the file nor a config") as caught:
        build_network(settings, "masked", ["a"])
    assert "--model.input.mean 0.485 0.456 0.406" in caught.value.do
    scale = InputSettings(mean=(0.4,), deviation=(0.2,))
    settings = settings.model_copy(update={"input": scale})
    built = build_network(settings, "masked", ["a"])
    for name, value in network.backbone.state_dict().items():
        if not name.endswith("num_batches_tracked"):
            assert torch.equal(built.backbone.state_dict()[name], value)
    assert built.backbone.scale == (0.0, 1.0, (0.4,), (0.2,), 1)
