"""timm needs torchvision and is not installed where the tests usually run."""

import importlib.util
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import torch
from torch import nn

from labelassemble.errors import ModelError
from labelassemble.model.backbone import build_backbone
from labelassemble.model.build import build_network
from labelassemble.settings import ModelSettings

needs_timm = pytest.mark.skipif(
    not (importlib.util.find_spec("timm") and importlib.util.find_spec("torchvision")),
    reason="timm needs torchvision, which is not a dependency of labelassemble",
)


@needs_timm
@pytest.mark.parametrize(
    "name", ["resnet18", "vit_tiny_patch16_224", "swin_tiny_patch4_window7_224"]
)
def test_a_network_of_timm_keeps_the_contract(name: str) -> None:
    backbone = build_backbone(f"timm:{name}")
    feature = backbone(torch.rand(2, 1, 64, 64))
    assert feature.shape[:2] == (2, backbone.features)
    feature.sum().backward()
    assert all(p.grad is not None for p in backbone.parameters() if p.requires_grad)


@needs_timm
def test_names_that_timm_does_not_know() -> None:
    with pytest.raises(ModelError, match="no network 'resnet19'"):
        build_backbone("timm:resnet19")


def test_without_timm_the_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "timm", None)
    with pytest.raises(ModelError, match=r"pip install 'labelassemble\[timm\]'"):
        build_backbone("timm:resnet18")


class LikeVit(nn.Module):
    """Gives tokens, one of which is no patch, as a vision transformer of timm does."""

    num_features = 6

    def __init__(self, patch: int = 14) -> None:
        super().__init__()
        self.patch_embed = SimpleNamespace(patch_size=(patch, patch))
        self.proj = nn.Conv2d(1, 6, patch, stride=patch)
        self.fc_norm = nn.LayerNorm(6)

    def forward_features(self, image: torch.Tensor) -> torch.Tensor:
        tokens = self.proj(image).flatten(2).transpose(1, 2)
        return torch.cat([tokens.mean(dim=1, keepdim=True), tokens], dim=1)


class LikeSwin(nn.Module):
    """Gives a map with the features last, as Swin of timm does."""

    num_features = 6

    def __init__(self) -> None:
        super().__init__()
        self.proj = nn.Conv2d(1, 6, 32, stride=32)

    def forward_features(self, image: torch.Tensor) -> torch.Tensor:
        return self.proj(image).permute(0, 2, 3, 1)


class OneSize(LikeSwin):
    def forward_features(self, image: torch.Tensor) -> torch.Tensor:
        assert image.shape[2:] == (224, 224), "224 only"
        return super().forward_features(image)


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """What we call of timm, with three networks."""
    made = {"vit": LikeVit, "swin": LikeSwin, "one_size": OneSize}

    def create_model(name: str, **words: Any) -> nn.Module:
        assert words["num_classes"] == 0
        if words["pretrained"]:
            return published(name)
        assert words["in_chans"] == 1
        if "dynamic_img_size" in words and name != "vit":
            raise TypeError("dynamic_img_size")
        return made[name]()

    def published(name: str) -> nn.Module:
        if not name.endswith(".some_data"):
            raise RuntimeError("no pretrained weights exist")
        model = made[name.partition(".")[0]]()
        nn.init.constant_(model.proj.weight, 0.25)
        model.pretrained_cfg = {"mean": (0.1, 0.1, 0.1), "std": (0.3, 0.3, 0.3), "tag": "x"}
        return model

    module: Any = ModuleType("timm")
    module.is_model, module.list_models = made.__contains__, lambda: list(made)
    module.create_model = create_model
    monkeypatch.setitem(sys.modules, "timm", module)


@pytest.mark.usefixtures("stand_in")
def test_tokens_and_maps_with_features_last_become_feature_maps() -> None:
    vit = build_backbone("timm:vit")
    image = torch.rand(2, 1, 56, 84)
    feature = vit(image)
    expected = vit.layers.model.proj((image - 0.5) / 0.25)
    torch.testing.assert_close(feature, expected)
    assert vit(torch.rand(1, 1, 57, 84)).shape == (1, 6, 5, 6)
    frozen = {name for name, one in vit.named_parameters() if not one.requires_grad}
    assert frozen == {"layers.model.fc_norm.weight", "layers.model.fc_norm.bias"}
    swin = build_backbone("timm:swin")
    image = torch.rand(1, 1, 64, 96)
    torch.testing.assert_close(swin(image), swin.layers.model.proj((image - 0.5) / 0.25))
    assert swin(torch.rand(1, 1, 70, 101)).shape == (1, 6, 3, 4)


@pytest.mark.usefixtures("stand_in")
def test_networks_of_one_size_and_unknown_names_are_refused() -> None:
    with pytest.raises(ModelError, match="a OneSize: 224 only"):
        build_backbone("timm:one_size")
    with pytest.raises(ModelError, match="no network 'vitt'; nearest: vit"):
        build_backbone("timm:vitt")


@pytest.mark.usefixtures("stand_in")
def test_published_weights_come_with_the_scale_of_their_images() -> None:
    settings = ModelSettings(backbone="timm:swin", pretrained="timm:swin.some_data")
    network = build_network(settings, "masked", ["a"])
    proj = network.backbone.layers.model.proj
    assert bool((proj.weight == 0.25).all())
    image = torch.rand(1, 1, 64, 96)
    torch.testing.assert_close(network.backbone(image), proj((image - 0.1) / 0.3))
    with pytest.raises(ModelError, match="cannot fetch them: no pretrained weights exist"):
        build_network(settings.model_copy(update={"pretrained": "timm:swin"}), "masked", ["a"])
