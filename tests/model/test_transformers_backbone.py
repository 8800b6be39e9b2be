"""Folders of transformers: whole, normalised, broken, missing."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from labelassemble.errors import ModelError
from labelassemble.model.backbone import build_backbone
from labelassemble.model.pretrained import load_pretrained
from labelassemble.model.transformers_backbone import TransformersLayers
from labelassemble.model.weights_file import read_weights_file
from labelassemble.weights_settings import InputSettings

transformers = pytest.importorskip("transformers")

SIZES = {
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "image_size": 32,
    "patch_size": 8,
}


def save(folder: Path, kind: str = "vit", **settings: Any) -> Any:
    config = transformers.AutoConfig.for_model(kind, **{**SIZES, **settings})
    model = transformers.AutoModel.from_config(config)
    model.save_pretrained(folder)
    normalise(folder, image_mean=0.5, image_std=0.25)
    return model.eval()


def normalise(folder: Path, **words: Any) -> None:
    (folder / "preprocessor_config.json").write_text(json.dumps(words))


def test_the_features_are_the_models_own(tmp_path: Path) -> None:
    model = save(tmp_path)
    mean, deviation = (0.4, 0.5, 0.6), (0.2, 0.25, 0.3)
    normalise(tmp_path, image_mean=mean, image_std=deviation, do_normalize=True)
    backbone = build_backbone(f"hf:{tmp_path}")
    assert backbone.training
    image = torch.rand(2, 1, 32, 32)
    channels = [(image - m) / d for m, d in zip(mean, deviation, strict=True)]
    with torch.no_grad():
        tokens = model(pixel_values=torch.cat(channels, dim=1)).last_hidden_state
        feature = backbone.eval()(image)
    assert feature.shape == (2, 16, 4, 4)
    torch.testing.assert_close(feature.flatten(2), tokens[:, 1:].transpose(1, 2))


@pytest.mark.parametrize(
    ("words", "low", "high"),
    [
        ({"do_normalize": False}, 0.0, 1.0),
        ({"do_normalize": False, "do_rescale": False}, 0.0, 255.0),
        ({"image_mean": 0.5, "image_std": 0.5}, -1.0, 1.0),
        ({"image_mean": [127.5] * 3, "image_std": [127.5] * 3, "do_rescale": False}, -1.0, 1.0),
        ({"rescale_factor": 1 / 127.5, "rescale_offset": True, "do_normalize": False}, -1.0, 1.0),
    ],
)
def test_black_and_white_become_what_the_folder_says(
    words: dict[str, Any], low: float, high: float, tmp_path: Path
) -> None:
    save(tmp_path)
    normalise(tmp_path, **words)
    backbone = build_backbone(f"hf:{tmp_path}")
    scaled = backbone.scale_input(torch.tensor([0.0, 1.0]).view(1, 1, 1, 2))
    assert scaled.shape[1] == 3
    torch.testing.assert_close(scaled[0, 2, 0], torch.tensor([low, high]), rtol=1e-5, atol=1e-6)


def test_a_folder_that_does_not_say_how_images_are_scaled(tmp_path: Path) -> None:
    save(tmp_path)
    said = tmp_path / "preprocessor_config.json"
    said.write_text("[1, 2]")
    with pytest.raises(ModelError, match="Fetch the file again"):
        build_backbone(f"hf:{tmp_path}")
    said.unlink()
    with pytest.raises(ModelError, match=r"how images were scaled for the weights of hf:"):
        build_backbone(f"hf:{tmp_path}")
    asked = InputSettings(mean=(0.4,), deviation=(0.2,))
    assert build_backbone(f"hf:{tmp_path}", asked).scale.channels == 3


def test_the_last_norm_of_convnext_is_applied_to_every_place(tmp_path: Path) -> None:
    model = transformers.ConvNextModel(
        transformers.ConvNextConfig(
            hidden_sizes=[8, 16], depths=[1, 1], num_stages=2, num_channels=1
        )
    )
    with torch.no_grad():
        feature = TransformersLayers(model, "x")(torch.rand(2, 1, 64, 64))
    mean, deviation = feature.mean(dim=1), feature.std(dim=1, unbiased=False)
    torch.testing.assert_close(mean, torch.zeros_like(mean), rtol=0.0, atol=1e-5)
    assert (deviation > 0.5).all()


def test_weights_that_the_features_need_must_be_there(tmp_path: Path) -> None:
    save(tmp_path)
    weights = load_file(tmp_path / "model.safetensors")
    poolers = [name for name in weights if name.startswith("pooler")]
    assert poolers
    kept = {name: value for name, value in weights.items() if name not in poolers}
    save_file(kept, tmp_path / "model.safetensors", metadata={"format": "pt"})
    build_backbone(f"hf:{tmp_path}")
    del kept["layernorm.weight"]
    save_file(kept, tmp_path / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelError, match=r"1 missing or of another shape \(layernorm.weight\)"):
        build_backbone(f"hf:{tmp_path}")
    kept["layernorm.weight"] = torch.zeros(5)
    save_file(kept, tmp_path / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelError, match=r"1 missing or of another shape \(layernorm.weight\)"):
        build_backbone(f"hf:{tmp_path}")


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("ViT", SIZES),
        ("Swin", {"embed_dim": 8, "depths": [1, 1], "num_heads": [1, 2], "window_size": 2}),
        ("ConvNext", {"hidden_sizes": [8, 16], "depths": [1, 1], "num_stages": 2}),
        ("ResNet", {"embedding_size": 8, "hidden_sizes": [8, 16], "depths": [1, 1]}),
    ],
)
def test_the_folder_of_a_classifier_gives_its_features(
    tmp_path: Path, kind: str, settings: dict[str, Any]
) -> None:
    """Published folders mostly hold classifiers, with a head and a prefix before every name."""
    config = getattr(transformers, f"{kind}Config")(**settings)
    whole = getattr(transformers, f"{kind}ForImageClassification")(config).eval()
    whole.save_pretrained(tmp_path)
    normalise(tmp_path, do_normalize=False)
    model = getattr(whole, whole.base_model_prefix)
    image = torch.rand(1, 1, 32, 32)
    with torch.no_grad():
        expected = TransformersLayers(model, "x").eval()(image.expand(-1, 3, -1, -1))
        found = build_backbone(f"hf:{tmp_path}").eval()(image)
    torch.testing.assert_close(found, expected)


def test_a_checkpoint_of_our_own_loads_by_name(tmp_path: Path) -> None:
    save(tmp_path / "model")
    first, second = (build_backbone(f"hf:{tmp_path / 'model'}").eval() for _ in range(2))
    with torch.no_grad():
        for parameter in first.parameters():
            parameter.add_(torch.randn_like(parameter))
    weights = {f"network.backbone.{k}": v for k, v in first.state_dict().items()}
    torch.save({"state_dict": weights}, tmp_path / "best.ckpt")
    load_pretrained(second, read_weights_file(tmp_path / "best.ckpt"))
    image = torch.rand(1, 1, 32, 32)
    assert torch.equal(first(image), second(image))


@pytest.mark.parametrize(
    ("kind", "settings", "said"),
    [
        ("bert", {}, "takes images alone(.|\n)*a BertModel, which takes input_ids"),
        ("vit_mae", {}, "patches and a few tokens more"),
    ],
)
def test_models_that_give_no_map(
    tmp_path: Path, kind: str, settings: dict[str, Any], said: str
) -> None:
    save(tmp_path, kind, **settings)
    with pytest.raises(ModelError, match=said):
        build_backbone(f"hf:{tmp_path}")


def test_folders_that_hold_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no such folder"):
        build_backbone(f"hf:{tmp_path / 'absent'}")
    with pytest.raises(ModelError, match="no such folder"):
        build_backbone("hf:./absent")
    with pytest.raises(ModelError, match="transformers can load from hf:"):
        build_backbone(f"hf:{tmp_path}")
    save(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"not weights")
    with pytest.raises(ModelError, match="transformers can load from hf:"):
        build_backbone(f"hf:{tmp_path}")


def test_a_name_that_the_cache_does_not_have(monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(ModelError, match=r"load from hf:nobody/nothing(.|\n)*hf:FOLDER"):
        build_backbone("hf:nobody/nothing@abc")


@pytest.mark.parametrize("name", ["swin_t", "convnext_t", "hf:folder"])
def test_without_transformers_the_package_is_named(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(ModelError, match=r"pip install 'labelassemble\[hf\]'"):
        build_backbone(name)
