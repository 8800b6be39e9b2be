"""A small vision transformer, pre-trained on the toy's images."""

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from safetensors.torch import load_file

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import ModelError, RunError, SettingsError
from labelassemble.images.store import ImageStore
from labelassemble.model.backbone import build_backbone
from labelassemble.model.build import build_network
from labelassemble.model.masked_autoencoder import MaskedAutoencoder
from labelassemble.model.pretrained import load_pretrained
from labelassemble.model.vision_transformer import Block
from labelassemble.model.weights_file import read_weights_file
from labelassemble.settings import ModelSettings, PretrainSettings, Recipe, TrainingSettings
from labelassemble.storage.sums import hash_file
from labelassemble.training import pretrain as module
from labelassemble.training import pretrain_folder
from labelassemble.training.build_autoencoder import build_autoencoder, own_scales
from labelassemble.training.pretrain import choose_device, pretrain

MakeRecipe = Callable[..., Recipe]
QUICK: dict[str, Any] = {
    "backbone": "vit_ti16",
    "epochs": 3,
    "batch_size": 16,
    "learning_rate": 1e-3,
    "mask_ratio": 0.5,
    "decoder_features": 32,
    "decoder_layers": 1,
}


class BrokenError(Exception):
    """Stands for whatever may stop a pre-training."""


@pytest.fixture
def run(
    make_recipe: MakeRecipe, toy_table: AssembledTable, toy_store: ImageStore
) -> Callable[..., Path]:
    def call(folder: Path, table: AssembledTable = toy_table, **changes: Any) -> Path:
        recipe = make_recipe(pretrain={**QUICK, **changes})
        return pretrain(recipe, table, toy_store, folder)

    return call


@pytest.fixture(scope="module")
def whole(
    make_recipe: MakeRecipe,
    toy_table: AssembledTable,
    toy_store: ImageStore,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A pre-training that nothing interrupted; read it, do not change it."""
    folder = tmp_path_factory.mktemp("whole") / "pretrained"
    pretrain(make_recipe(pretrain=QUICK), toy_table, toy_store, folder)
    return folder


def read_rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "log.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_it_learns_and_writes_everything(whole: Path) -> None:
    names = sorted(entry.name for entry in whole.iterdir())
    assert names == ["encoder.json", "encoder.safetensors", "log.csv", "sums.json"]
    rows = read_rows(whole)
    assert [(row["epoch"], row["step"]) for row in rows] == [("0", "3"), ("1", "6"), ("2", "9")]
    losses = [float(row["masked_patch_loss"]) for row in rows]
    # Most of the toy is noise, which nobody can draw.
    assert losses[0] > losses[1] > losses[2]
    told = json.loads((whole / "encoder.json").read_text())
    assert told["sha256"] == hash_file(whole / "encoder.safetensors")
    assert told["records"] == 48
    assert told["images_seen"] == 144
    assert told["masked_patch_loss"] == losses[2]
    assert told["settings"]["pretrain"]["mask_ratio"] == 0.5


def test_the_encoder_loads_into_the_backbone_and_changes_its_predictions(whole: Path) -> None:
    path = whole / "encoder.safetensors"
    weights = load_file(path)
    image = torch.rand(2, 1, 32, 32)
    torch.manual_seed(0)
    backbone = build_backbone("vit_ti16")
    before = backbone(image)
    load_pretrained(backbone, read_weights_file(path))
    own = backbone.layers.state_dict()
    assert set(own) == set(weights)
    assert all(torch.equal(own[name], weights[name]) for name in own)
    assert not torch.allclose(backbone(image), before)
    settings = ModelSettings(backbone="vit_ti16", pretrained=str(path))
    network = build_network(settings, "label-assemble", ["a"], seed=0)
    torch.testing.assert_close(network.backbone(image), backbone(image))
    assert network.backbone.scale == (0.0, 1.0, (0.5,), (0.25,), 1)
    # Positions were those of the paper and are learned from now on.
    assert all(parameter.requires_grad for parameter in network.parameters())
    with pytest.raises(ModelError, match="weights of this backbone"):
        load_pretrained(build_backbone("vit_s16"), read_weights_file(path))


def test_no_image_of_validation_or_test_is_read(
    run: Callable[..., Path],
    toy_table: AssembledTable,
    toy_store: ImageStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: set[int] = set()
    read = ImageStore.read

    def remember(self: ImageStore, rows: np.ndarray) -> np.ndarray:
        seen.update(rows.tolist())
        return read(self, rows)

    monkeypatch.setattr(ImageStore, "read", remember)
    run(tmp_path, epochs=1)
    split = dict(toy_table.records.select("record", "split").iter_rows())
    assert seen == {toy_store.row[name] for name, part in split.items() if part == "train"}


def test_unlabelled_images_count_and_labels_do_not(
    run: Callable[..., Path], toy_table: AssembledTable, whole: Path, tmp_path: Path
) -> None:
    bare = replace(toy_table, cells=toy_table.cells.clear())
    path = run(tmp_path, bare)
    assert path.read_bytes() == (whole / "encoder.safetensors").read_bytes()


@pytest.mark.parametrize("broken", [0, 1])
def test_an_interrupted_pretraining_carries_on_to_the_bit(
    broken: int,
    run: Callable[..., Path],
    whole: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    save = pretrain_folder.write_state

    def write_state(folder: Path, state: Any, log: Any) -> None:
        save(folder, state, log)
        if len(log) == broken + 1:
            raise BrokenError

    with monkeypatch.context() as patch:
        patch.setattr(module, "write_state", write_state)
        with pytest.raises(BrokenError):
            run(tmp_path)
    assert not (tmp_path / "encoder.json").exists()
    path = run(tmp_path)
    assert f"resuming after epoch {broken + 1}" in capsys.readouterr().err
    assert path.read_bytes() == (whole / "encoder.safetensors").read_bytes()
    speed = "images_per_second"
    rows = [[{**row, speed: ""} for row in read_rows(folder)] for folder in (tmp_path, whole)]
    assert rows[0] == rows[1]


def test_the_callers_random_numbers_do_not_matter(
    run: Callable[..., Path], whole: Path, tmp_path: Path
) -> None:
    torch.manual_seed(99)
    expected = torch.rand(3)
    torch.manual_seed(99)
    path = run(tmp_path)
    assert torch.equal(torch.rand(3), expected)
    assert path.read_bytes() == (whole / "encoder.safetensors").read_bytes()


def test_a_finished_one_returns_at_once_and_another_is_refused(
    run: Callable[..., Path],
    toy_table: AssembledTable,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = run(tmp_path, epochs=1)
    capsys.readouterr()
    when = path.stat().st_mtime_ns
    assert run(tmp_path, epochs=1) == path
    assert path.stat().st_mtime_ns == when
    assert capsys.readouterr().err == ""
    with pytest.raises(RunError, match=r"pretrain.seed = 1 \(there: 0\)"):
        run(tmp_path, epochs=1, seed=1)
    fewer = replace(toy_table, records=toy_table.records[1:])
    with pytest.raises(RunError, match="other training images"):
        run(tmp_path, fewer, epochs=1)
    assert path.stat().st_mtime_ns == when
    path.write_bytes(b"damaged")
    with pytest.raises(RunError, match="others, or none"):
        run(tmp_path, epochs=1)
    run(tmp_path, epochs=1, seed=1, resume=False)
    assert json.loads((tmp_path / "encoder.json").read_text())["settings"]["pretrain"]["seed"] == 1


def test_a_damaged_state_is_told(run: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "last.ckpt").write_bytes(b"damaged")
    with pytest.raises(RunError, match=r"state of a pre-training in .*last\.ckpt"):
        run(tmp_path)


def test_divergence_is_told(
    run: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nan = torch.tensor(float("nan"))
    monkeypatch.setattr(module._Pretraining, "_step", lambda self, places, seed: nan)
    with pytest.raises(RunError, match="it diverged"):
        run(tmp_path)
    assert not (tmp_path / "last.ckpt").exists()


def test_what_cannot_be_pretrained(
    run: Callable[..., Path], toy_table: AssembledTable, tmp_path: Path
) -> None:
    with pytest.raises(ModelError, match=r"vision transformer(.|\n)*pretrain\.backbone"):
        run(tmp_path, backbone="small")
    nothing = replace(
        toy_table, records=toy_table.records.with_columns(pl.lit("test").alias("split"))
    )
    with pytest.raises(RunError, match="images in the train split"):
        run(tmp_path, nothing)
    assert list(tmp_path.iterdir()) == []


def test_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    assert choose_device(TrainingSettings(accelerator="cpu")) == torch.device("cpu")
    with pytest.raises(SettingsError, match=r"devices x training\.nodes = 4"):
        choose_device(TrainingSettings(devices=2, nodes=2))
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert choose_device(TrainingSettings()) == torch.device("cpu")
    with pytest.raises(SettingsError, match="none found"):
        choose_device(TrainingSettings(accelerator="gpu"))
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert choose_device(TrainingSettings()) == torch.device("cuda")


def test_the_seed_decides_the_first_weights(make_recipe: MakeRecipe) -> None:
    first, second, third = (
        build_autoencoder(make_recipe(pretrain={**QUICK, "seed": seed}).pretrain).mask_token
        for seed in (0, 0, 1)
    )
    assert torch.equal(first, second)
    assert not torch.equal(first, third)


def test_a_preset_stands_for_the_published_settings(make_recipe: MakeRecipe) -> None:
    asked = make_recipe(pretrain={"preset": "medical-mae-s", "epochs": 5}).pretrain
    assert (asked.epochs, asked.batch_size) == (5, 2048)
    assert asked.learning_rate == pytest.approx(1.2e-3)
    assert (asked.decoder_features, asked.decoder_layers, asked.flip) == (512, 2, 0.5)
    assert asked.input.mean == (0.5056,)
    assert not asked.normalise_patches
    assert type(asked).model_validate(asked.model_dump()) == asked
    assert make_recipe(pretrain={"preset": "medical-mae-b"}).pretrain.decoder_layers == 8
    with pytest.raises(ValueError, match="no such preset; there are medical-mae-s"):
        make_recipe(pretrain={"preset": "mae"})
    with torch.device("meta"):
        network = MaskedAutoencoder(build_backbone("vit_ti16", asked.input), 512, 2)
    heads = {block.attn.heads for block in network.decoder if isinstance(block, Block)}
    assert heads == {16}


def test_each_source_has_its_own_mean_and_deviation(
    run: Callable[..., Path], tmp_path: Path
) -> None:
    settings = PretrainSettings(input_by_source={"west": (0.4, 0.1)})
    scale = build_backbone("vit_ti16").scale
    found = own_scales(settings, ["east", "west"], scale)
    assert found is not None
    grey = np.array([0.1, 0.7])
    for (offset, factor), (mean, deviation) in zip(found, ((0.5, 0.25), (0.4, 0.1)), strict=True):
        seen = (offset + factor * grey - 0.5) / 0.25
        np.testing.assert_allclose(seen, (grey - mean) / deviation)
    assert own_scales(PretrainSettings(), ["east"], scale) is None
    with pytest.raises(SettingsError, match="'north'"):
        run(tmp_path / "out", input_by_source={"north": (0.5, 0.2)})
    assert not (tmp_path / "out").exists()
    told = run(tmp_path / "own", epochs=1, input_by_source={"west": (0.4, 0.1)}).parent
    plain = run(tmp_path / "plain", epochs=1).parent
    larger = run(tmp_path / "larger", epochs=1, input={"side": 64}).parent
    assert read_rows(larger)[0]["masked_patch_loss"] != read_rows(plain)[0]["masked_patch_loss"]
    assert read_rows(told)[0]["masked_patch_loss"] != read_rows(plain)[0]["masked_patch_loss"]
