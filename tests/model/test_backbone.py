"""One contract for every backbone."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from labelassemble.errors import ModelError
from labelassemble.model.backbone import BACKBONES, Backbone, build_backbone
from labelassemble.model.input_scale import IMAGENET, TORCHXRAYVISION
from labelassemble.weights_settings import InputSettings

FOLDERS = {
    "vit": {"model_type": "vit", "patch_size": 8, "image_size": 32},
    "deit": {"model_type": "deit", "patch_size": 16, "image_size": 64},
    "dinov2": {"model_type": "dinov2", "patch_size": 14, "image_size": 56},
    "swin": {"model_type": "swin", "embed_dim": 16, "depths": [1, 1], "num_heads": [1, 2]},
    "convnext": {
        "model_type": "convnext",
        "hidden_sizes": [8, 32],
        "depths": [1, 1],
        "num_stages": 2,
    },
    "resnet": {"model_type": "resnet", "hidden_sizes": [16, 32], "depths": [1, 1]},
    "grey": {"model_type": "vit", "patch_size": 8, "image_size": 32, "num_channels": 1},
}
"""Small configurations of transformers, saved with random weights: what ``hf:FOLDER`` loads."""
SIZES = {"num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
LIGHT = [name for name in BACKBONES if name != "swin_l"]
"""swin_l is swin_t, seven times as large: ``test_private_heads.py`` counts its parameters."""
NAMES = [*LIGHT, *(f"hf:{name}" for name in FOLDERS)]
STRETCHED = {"swin_t": 7}
"""Places a side of the feature map of images of 64 pixels, where that is fixed."""


@pytest.fixture(scope="module")
def save_model(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    def save(name: str) -> Path:
        transformers = pytest.importorskip("transformers")
        folder = tmp_path_factory.mktemp("models") / name
        settings = dict(FOLDERS[name])
        if "hidden_sizes" not in settings and "embed_dim" not in settings:
            settings |= {"hidden_size": 32, **SIZES}
        if name == "swin":
            settings |= {"window_size": 4}
        config = transformers.AutoConfig.for_model(**settings)
        torch.manual_seed(1)
        transformers.AutoModel.from_config(config).save_pretrained(folder)
        (folder / "preprocessor_config.json").write_text('{"image_mean": 0.5, "image_std": 0.25}')
        return folder

    return save


@pytest.fixture(scope="module", params=NAMES)
def backbone(request: pytest.FixtureRequest, save_model: Callable[[str], Path]) -> Backbone:
    """Each network once, for all tests of the contract; made of channels last, as in training."""
    name: str = request.param
    if name.startswith("hf:"):
        name = f"hf:{save_model(name.removeprefix('hf:'))}"
    torch.manual_seed(0)
    made = build_backbone(name)
    made.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    made.name = request.param
    return made


def test_a_feature_map_comes_out_and_gradients_go_everywhere(backbone: Backbone) -> None:
    backbone.train()
    image = torch.rand(2, 1, 64, 64).to(memory_format=torch.channels_last)
    feature = backbone(image)
    assert feature.shape[:2] == (2, backbone.features)
    most = STRETCHED.get(str(backbone.name), 8 if str(backbone.name).startswith("hf:") else 4)
    assert 1 <= feature.shape[2] == feature.shape[3] <= most
    assert torch.isfinite(feature).all()
    (feature * torch.randn(feature.shape)).sum().backward()
    learning = {k: p for k, p in backbone.named_parameters() if p.requires_grad}
    assert len(learning) >= 0.8 * len(list(backbone.parameters()))
    without = [k for k, p in learning.items() if p.grad is None or not p.grad.isfinite().all()]
    assert without == []
    first = next(p for p in learning.values() if p.ndim == 4)
    assert first.grad is not None
    assert first.grad.abs().sum() > 0
    for parameter in learning.values():
        parameter.grad = None


def test_the_same_image_gives_the_same_features(backbone: Backbone) -> None:
    backbone.eval()
    image = torch.rand(2, 1, 64, 64)
    with torch.no_grad():
        feature = backbone(image)
        assert torch.equal(feature, backbone(image))
        alone = backbone(image[:1])
        brighter = backbone((image + 0.5).clamp(max=1.0))
    torch.testing.assert_close(alone, feature[:1], rtol=1e-3, atol=1e-4)
    assert not torch.equal(brighter, feature)


@pytest.mark.parametrize("size", [(32, 32), (70, 101)])
def test_any_size(backbone: Backbone, size: tuple[int, int]) -> None:
    backbone.eval()
    with torch.no_grad():
        feature = backbone(torch.rand(1, 1, *size))
    assert feature.shape[:2] == (1, backbone.features)
    assert min(feature.shape[2:]) >= 1
    assert torch.isfinite(feature).all()
    if size[1] > size[0] and backbone.name not in STRETCHED:
        assert feature.shape[3] > feature.shape[2]


def test_a_state_dict_goes_round(backbone: Backbone) -> None:
    before = {name: value.clone() for name, value in backbone.state_dict().items()}
    image = torch.rand(1, 1, 64, 64)
    backbone.eval()
    with torch.no_grad():
        feature = backbone(image)
        for parameter in backbone.parameters():
            parameter.mul_(0.5)
        changed = backbone(image)
        backbone.load_state_dict(before, strict=True)
        assert torch.equal(backbone(image), feature)
    assert not torch.equal(changed, feature)


def test_colours_are_taken_where_published_weights_have_them(backbone: Backbone) -> None:
    first = next(parameter for parameter in backbone.parameters() if parameter.ndim == 4)
    coloured = str(backbone.name).startswith("hf:") and backbone.name != "hf:grey"
    assert first.shape[1] == (3 if coloured else 1)


def test_grey_values_are_scaled_within() -> None:
    seen = []

    class Remember(nn.Module):
        def forward(self, image: torch.Tensor) -> torch.Tensor:
            seen.append(image)
            return image

    image = torch.tensor([[[[0.0, 0.5, 1.0]]]])
    Backbone(Remember(), 1)(image)
    Backbone(Remember(), 1, TORCHXRAYVISION)(image)
    assert [one.flatten().tolist() for one in seen] == [[-2.0, 0.0, 2.0], [-1024.0, 0.0, 1024.0]]
    Backbone(Remember(), 3, IMAGENET)(image)
    colours = zip(seen[2][0], IMAGENET.mean, IMAGENET.deviation, strict=True)
    for channel, mean, deviation in colours:
        torch.testing.assert_close(channel, (image[0, 0] - mean) / deviation)


@pytest.mark.parametrize("name", LIGHT)
def test_three_channels_where_they_are_asked_for(name: str) -> None:
    backbone = build_backbone(name, InputSettings(channels=3)).eval()
    first = next(parameter for parameter in backbone.parameters() if parameter.ndim == 4)
    assert first.shape[1] == 3
    with torch.no_grad():
        assert backbone(torch.rand(1, 1, 32, 32)).isfinite().all()


def test_unknown_names_are_told() -> None:
    with pytest.raises(ModelError, match="no backbone 'densenet212'; nearest: densenet121") as said:
        build_backbone("densenet212")
    assert "hf:FOLDER or timm:NAME" in str(said.value)
