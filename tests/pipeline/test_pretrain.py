"""The command `pretrain`, as a user types it after `assemble`."""

from pathlib import Path

import pytest

from labelassemble.cli import main
from labelassemble_phantoms.hospitals import simulate_hospitals

SIZE = ["--images.size", "32", "--assembly.allow-unscored-classes"]
QUICK = ["--pretrain.backbone", "vit_ti16", "--pretrain.epochs", "1", "--pretrain.mask-ratio"]
QUICK += ["0.5", "--pretrain.decoder-features", "32", "--training.accelerator", "cpu"]


def test_pretrain_then_train_as_it_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recipe = str(simulate_hospitals(tmp_path / "hospitals", 6, 6, size=64))
    assert main(["pretrain", recipe, *SIZE, *QUICK]) == 2
    assert "Assemble first" in capsys.readouterr().err
    assert main(["assemble", recipe, *SIZE]) == 0
    capsys.readouterr()
    assert main(["pretrain", recipe, *SIZE, *QUICK]) == 0
    said = capsys.readouterr()
    assert "epoch 1/1  loss" in said.err
    encoder = next((tmp_path / "hospitals").rglob("encoder.safetensors"))
    assert encoder.parent.name == "pretrained"
    assert f"Encoder: {encoder}" in said.out
    words = said.out.split("train RECIPE ")[1].split()
    assert words == ["--model.backbone", "vit_ti16", "--model.pretrained", str(encoder)]
    quick = ["--training.epochs", "1", "--methods", "masked", "--training.accelerator", "cpu"]
    assert main(["train", recipe, *SIZE, *words, *quick]) == 0
    assert list((tmp_path / "hospitals").rglob("runs/masked-seed0/done.json"))


def test_other_backbones_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recipe = str(simulate_hospitals(tmp_path / "hospitals", 3, 3, size=64))
    assert main(["assemble", recipe, *SIZE]) == 0
    capsys.readouterr()
    assert main(["pretrain", recipe, *SIZE, "--pretrain.backbone", "small"]) == 2
    assert "cannot leave patches out" in capsys.readouterr().err
