"""Files of weights, and what only looks like one."""

import os
import pickle
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from labelassemble.errors import ModelError
from labelassemble.model.weights_file import read_weights_file


class Evil:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("touch ran",)


def test_every_set_of_tensors_is_found(tmp_path: Path) -> None:
    one = {"a": torch.zeros(2)}
    torch.save({"x": one, "deep": [{"y": one}], "step": torch.tensor(3)}, tmp_path / "a.pt")
    found = read_weights_file(tmp_path / "a.pt").sets
    assert {place: list(tensors) for place, tensors in found.items()} == {
        "": ["step"],
        "x": ["a"],
        "deep.0.y": ["a"],
    }


@pytest.mark.parametrize("writer", ["torch", "pickle"])
def test_pickles_are_not_run_and_the_way_out_is_told(
    writer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    place = tmp_path / "a.pt"
    if writer == "torch":
        torch.save({"state_dict": {}, "hook": Evil()}, place)
    else:
        place.write_bytes(pickle.dumps(Evil()))
    with pytest.raises(ModelError) as caught:
        read_weights_file(place)
    assert not (tmp_path / "ran").exists()
    assert "state_dict()" in caught.value.do


def test_a_whole_network_names_the_code_that_it_needs(tmp_path: Path) -> None:
    torch.save(nn.Sequential(nn.Linear(2, 2)), tmp_path / "a.pt")
    with pytest.raises(ModelError) as caught:
        read_weights_file(tmp_path / "a.pt")
    assert "torch.nn.modules" in caught.value.got
    # The advice works where it is followed.
    network = torch.load(tmp_path / "a.pt", map_location="cpu", weights_only=False)
    torch.save(network.state_dict(), tmp_path / "b.pt")
    assert list(read_weights_file(tmp_path / "b.pt").sets[""]) == ["0.weight", "0.bias"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "Git LFS"),
        (b"<!DOCTYPE html><html>Not found</html>", "a web page"),
        (b"", "of 0 bytes that ends too early"),
        (b"PK\x03\x04 no more", "ends too early"),
        (b"\x93NUMPY", "weights in"),
        (b"12345678{", "weights in"),
    ],
)
@pytest.mark.parametrize("name", ["a.pt", "a.safetensors", "a.bin"])
def test_what_holds_no_weights(content: bytes, said: str, name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ModelError, match=said):
        read_weights_file(tmp_path / name)


@pytest.mark.parametrize("share", [0.2, 0.9, 0.999])
def test_weights_that_are_cut_short_are_to_be_fetched_again(share: float, tmp_path: Path) -> None:
    weights = {name: torch.rand(40, 40) for name in ("a", "b")}
    torch.save(weights, tmp_path / "a.pt")
    save_file(weights, tmp_path / "b.safetensors")
    for name in ("a.pt", "b.safetensors"):
        whole = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(whole[: int(share * len(whole))])
        with pytest.raises(ModelError, match="ends too early") as caught:
            read_weights_file(tmp_path / name)
        assert caught.value.do == "Fetch or copy it again, whole"


def test_torchscript_is_told(tmp_path: Path) -> None:
    torch.jit.trace(nn.Linear(2, 2), torch.zeros(1, 2)).save(tmp_path / "a.pt")
    with pytest.raises(ModelError) as caught:
        read_weights_file(tmp_path / "a.pt")
    assert "torch.jit.load" in caught.value.do


def test_what_a_file_says_of_its_weights(tmp_path: Path) -> None:
    weights = {"a": torch.zeros(2)}
    save_file(weights, tmp_path / "a.safetensors", {"format": "pt", "cfg": '{"mean": [0.5]}'})
    said = read_weights_file(tmp_path / "a.safetensors").said
    assert said == {"format": "pt", "cfg": {"mean": [0.5]}}
    torch.save({"state_dict": weights, "cfg": {"mean": [0.5]}, "epoch": 3}, tmp_path / "a.pt")
    assert read_weights_file(tmp_path / "a.pt").said["cfg"] == {"mean": [0.5]}
