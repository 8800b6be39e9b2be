"""Weights fitted to backbones by their names, whole and broken."""

import argparse
import copy
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from labelassemble.errors import ModelError
from labelassemble.model.backbone import Backbone, build_backbone
from labelassemble.model.build import build_network
from labelassemble.model.pretrained import load_pretrained
from labelassemble.model.weights_file import read_weights_file
from labelassemble.settings import ModelSettings


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    path = tmp_path / "published" / "small.pt"
    path.parent.mkdir()
    torch.save(build_backbone("small").layers.state_dict(), path)
    return path


def same(backbone: Backbone, weights: dict[str, Tensor]) -> bool:
    own = backbone.layers.state_dict()
    return all(torch.equal(own[name], value) for name, value in weights.items())


def test_safetensors_prefixes_and_heads(tmp_path: Path) -> None:
    published = build_backbone("small").layers.state_dict()
    named = {f"module.{name}": value for name, value in published.items()}
    save_file({**named, "module.fc.weight": torch.zeros(3, 128)}, tmp_path / "a.safetensors")
    backbone = build_backbone("small")
    load_pretrained(backbone, read_weights_file(tmp_path / "a.safetensors"))
    learned = {k: v for k, v in published.items() if not k.endswith("num_batches_tracked")}
    assert same(backbone, learned)


def old_densenet_name(name: str) -> str:
    """A name of MONAI's DenseNet as torchvision published it: nested flat, and norm.1 for norm1."""
    flat = name.replace("0.", "features.", 1).replace(".layers.", ".")
    if "denselayer" in flat:
        for part in ("norm", "conv"):
            for number in ("1", "2"):
                flat = flat.replace(f".{part}{number}.", f".{part}.{number}.")
    return flat


@pytest.mark.parametrize(("name", "features"), [("densenet121", 1024), ("densenet169", 1664)])
def test_published_densenet_names_and_three_colours(
    name: str, features: int, tmp_path: Path
) -> None:
    source = build_backbone(name).layers.state_dict()
    published = {old_densenet_name(name): value for name, value in source.items()}
    assert "features.denseblock1.denselayer1.norm.1.weight" in published
    colour = torch.randn(64, 3, 7, 7)
    published |= {"features.conv0.weight": colour, "classifier.weight": torch.zeros(1000, features)}
    torch.save({"state_dict": published}, tmp_path / "a.pth")
    backbone = build_backbone(name)
    load_pretrained(backbone, read_weights_file(tmp_path / "a.pth"))
    expected = {**source, "0.conv0.weight": colour.sum(1, keepdim=True)}
    assert same(backbone, {k: v for k, v in expected.items() if "num_batches" not in k})


@pytest.mark.parametrize("name", ["resnet18", "resnet34", "resnet101"])
def test_published_resnet_names(name: str, tmp_path: Path) -> None:
    source = build_backbone(name).layers.state_dict()
    assert {"conv1.weight", "layer2.0.downsample.0.weight", "layer4.1.bn2.bias"} <= set(source)
    torch.save({**source, "fc.weight": torch.zeros(1000, 512)}, tmp_path / "a.pth")
    backbone = build_backbone(name)
    load_pretrained(backbone, read_weights_file(tmp_path / "a.pth"))
    assert same(backbone, {k: v for k, v in source.items() if "num_batches" not in k})


def test_published_efficientnet_names(tmp_path: Path) -> None:
    source = build_backbone("efficientnet_b0").layers.state_dict()
    assert {
        "_conv_stem.weight",
        "_bn0.running_var",
        "_blocks.0._depthwise_conv.weight",
        "_blocks.15._se_expand.bias",
        "_conv_head.weight",
    } <= set(source)
    published = {**source, "_fc.weight": torch.zeros(1000, 1280), "_fc.bias": torch.zeros(1000)}
    torch.save(published, tmp_path / "a.pth")
    backbone = build_backbone("efficientnet_b0")
    load_pretrained(backbone, read_weights_file(tmp_path / "a.pth"))
    assert same(backbone, {k: v for k, v in source.items() if "num_batches" not in k})


def publish_masked_autoencoder(folder: Path, positions: Tensor) -> dict[str, Tensor]:
    """Save ViT-Ti weights as masked autoencoders are published; gives the encoder's."""
    source = build_backbone("vit_ti16").layers.state_dict()
    source = {name: torch.randn_like(tensor) for name, tensor in source.items()}
    published = {
        **source,
        "patch_embed.proj.weight": torch.randn(192, 3, 16, 16),
        "pos_embed": positions,
        "mask_token": torch.zeros(1, 1, 64),
        "decoder_pos_embed": torch.zeros(1, 197, 64),
        "decoder_blocks.0.attn.qkv.weight": torch.zeros(192, 64),
        "head.weight": torch.zeros(14, 192),
    }
    words = argparse.Namespace(mask_ratio=0.9)
    torch.save({"model": published, "optimizer": {}, "epoch": 799, "args": words}, folder / "a.pth")
    return published


def test_published_masked_autoencoders(tmp_path: Path) -> None:
    published = publish_masked_autoencoder(tmp_path, torch.randn(1, 197, 192))
    backbone = build_backbone("vit_ti16")
    load_pretrained(backbone, read_weights_file(tmp_path / "a.pth"))
    own = backbone.layers.state_dict()
    colour = published["patch_embed.proj.weight"]
    torch.testing.assert_close(own["patch_embed.proj.weight"], colour.sum(1, keepdim=True))
    for name in ("blocks.11.attn.qkv.weight", "norm.bias", "cls_token", "pos_embed"):
        assert torch.equal(own[name], published[name])


def test_positions_of_another_image_size_are_read_between(tmp_path: Path) -> None:
    rows = torch.arange(24.0)[:, None].expand(24, 24).reshape(1, 576, 1).expand(1, 576, 192)
    first = torch.full((1, 1, 192), 7.0)
    publish_masked_autoencoder(tmp_path, torch.cat([first, rows], dim=1))
    backbone = build_backbone("vit_ti16")
    load_pretrained(backbone, read_weights_file(tmp_path / "a.pth"))
    found = backbone.layers.state_dict()["pos_embed"]
    assert torch.equal(found[:, :1], first)
    grid = found[0, 1:, 0].reshape(14, 14)
    torch.testing.assert_close(grid, grid[:, :1].expand(14, 14))
    expected = (torch.arange(14.0) + 0.5) * 24 / 14 - 0.5
    torch.testing.assert_close(grid[2:12, 0], expected[2:12], rtol=0.0, atol=0.1)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"stem.0.weight": None}, "1 missing (stem.0.weight)"),
        ({"extra.weight": torch.zeros(1)}, "1 unknown (extra.weight)"),
        ({"stem.1.weight": torch.zeros(3)}, "stem.1.weight (3,), not (16,)"),
    ],
)
def test_weights_of_another_network(
    tmp_path: Path, change: dict[str, Tensor | None], said: str
) -> None:
    weights = {**build_backbone("small").layers.state_dict(), **change}
    torch.save({k: v for k, v in weights.items() if v is not None}, tmp_path / "a.pt")
    with pytest.raises(ModelError) as caught:
        load_pretrained(build_backbone("small"), read_weights_file(tmp_path / "a.pt"))
    assert said in str(caught.value)


def test_files_that_hold_no_weights(tmp_path: Path) -> None:
    (tmp_path / "words.pt").write_text("not weights")
    (tmp_path / "words.safetensors").write_text("not weights")
    torch.save([1, 2], tmp_path / "list.pt")
    for name, said in (
        ("words.pt", "a state dict that torch saved"),
        ("words.safetensors", ".safetensors"),
        ("list.pt", "a list"),
    ):
        with pytest.raises(ModelError, match=said):
            load_pretrained(build_backbone("small"), read_weights_file(tmp_path / name))


@cache
def build_once(name: str, role: str) -> Backbone:
    """A backbone for all tests of a role: to draw weights takes longer than to read them."""
    return build_backbone(name)


def wrapped(kind: str, weights: dict[str, Tensor]) -> object:
    """Weights as programs wrap them."""

    def under(prefix: str) -> dict[str, Tensor]:
        return {prefix + name: value for name, value in weights.items()}

    worse = {name: torch.zeros_like(value) for name, value in weights.items()}
    optimiser = {"state": {0: {"exp_avg": torch.zeros(3)}}, "param_groups": [{"lr": 0.1}]}
    return {
        "torch.compile": under("_orig_mod."),
        "compiled within": {f"model._orig_mod.{name}": value for name, value in weights.items()},
        "distributed": under("module.module."),
        "torchxrayvision": {**weights, "op_threshs": torch.rand(18)},
        "averaged model": {"n_averaged": torch.tensor(3), **under("module.")},
        "name of the network": {**under("densenet121."), "classifier.0.bias": torch.zeros(14)},
        "net": {**under("net."), "criterion.pos_weight": torch.ones(14)},
        "any name": {**under("image_tower.trunk."), "text_tower.proj": torch.zeros(2, 2)},
        "model_state_dict": {"epoch": 3, "model_state_dict": weights, "optimizer": optimiser},
        "nested": {"state_dict": {"model": weights}, "best": np.float64(0.5)},
        "net_state": {"net": under("module."), "acc": 93.1},
        "list": [weights, optimiser],
        "ema": {"state_dict": worse, "state_dict_ema": weights},
        "student and teacher": {"student": worse, "teacher": under("backbone.")},
        "lightning": {
            "state_dict": {**under("model.backbone."), "model.head.weight": torch.zeros(2, 2)},
            "hyper_parameters": {"lr": 0.1},
            "optimizer_states": [optimiser],
        },
    }[kind]


@pytest.mark.parametrize(
    "kind",
    [
        *("torch.compile", "compiled within", "distributed", "torchxrayvision", "averaged model"),
        *("name of the network", "net", "any name", "model_state_dict", "nested", "net_state"),
        *("list", "ema", "student and teacher", "lightning"),
    ],
)
@pytest.mark.parametrize("backbone", ["small", "resnet18", "densenet121"])
def test_weights_as_programs_wrap_them(kind: str, backbone: str, tmp_path: Path) -> None:
    source = build_once(backbone, "published").layers.state_dict()
    published = source
    if backbone == "densenet121":
        published = {old_densenet_name(name): value for name, value in source.items()}
    torch.save(wrapped(kind, published), tmp_path / "a.pt")
    found = build_once(backbone, "found")
    for value in found.layers.state_dict().values():
        value.fill_(7)
    load_pretrained(found, read_weights_file(tmp_path / "a.pt"))
    assert same(found, {k: v for k, v in source.items() if "num_batches" not in k})


def test_the_content_says_what_a_file_is(tmp_path: Path, weights: Path) -> None:
    source = torch.load(weights, weights_only=True)
    save_file(source, tmp_path / "a.pt")
    found = build_backbone("small")
    load_pretrained(found, read_weights_file(tmp_path / "a.pt"))
    assert same(found, {k: v for k, v in source.items() if "num_batches" not in k})


def test_weights_that_are_not_finite(tmp_path: Path, weights: Path) -> None:
    broken = torch.load(weights, weights_only=True)
    broken["stem.0.weight"][0] = torch.nan
    torch.save(broken, tmp_path / "a.pt")
    with pytest.raises(ModelError, match=r"nan or infinity in 1 of .*stem\.0\.weight"):
        load_pretrained(build_backbone("small"), read_weights_file(tmp_path / "a.pt"))


def test_weights_of_our_own_runs(tmp_path: Path) -> None:
    network = build_network(
        ModelSettings(backbone="small", query_features=4, adapter_hidden=4), "label-assemble", ["a"]
    )
    weights = {f"network.{name}": value for name, value in network.state_dict().items()}
    torch.save({"state_dict": weights}, tmp_path / "best.ckpt")
    backbone = build_backbone("small")
    load_pretrained(backbone, read_weights_file(tmp_path / "best.ckpt"))
    learned = network.backbone.layers.state_dict().items()
    assert same(backbone, {k: v for k, v in learned if "num_batches" not in k})


def test_stages_that_a_network_calls_layers_are_those_within_its_backbone(tmp_path: Path) -> None:
    # Swin of timm: what is called layers there is no wrapper, as it is of ours.
    inner = nn.ModuleDict(
        {
            "patch_embed": nn.Linear(2, 3),
            "layers": nn.ModuleList(nn.Linear(3, 3) for _ in range(4)),
            "norm": nn.LayerNorm(3),
        }
    )
    torch.save(inner.state_dict(), tmp_path / "a.pt")
    found = Backbone(nn.ModuleDict({"model": copy.deepcopy(inner)}), 3)
    with torch.no_grad():
        for parameter in found.parameters():
            parameter.zero_()
    load_pretrained(found, read_weights_file(tmp_path / "a.pt"))
    assert same(found, {f"model.{name}": value for name, value in inner.state_dict().items()})
