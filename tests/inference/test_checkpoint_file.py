from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from labelassemble.errors import RunError
from labelassemble.inference.checkpoint_file import (
    CHECKPOINT_KEY,
    NetworkDescription,
    describe_network,
    network_weights,
    read_checkpoint,
)
from labelassemble.model.network import Network

Save = Callable[[Any], Path]


def test_comes_back_as_it_was_written(
    checkpoint: dict[str, Any], save: Save, description: NetworkDescription, network: Network
) -> None:
    path = save(checkpoint)
    read = read_checkpoint(path)
    assert describe_network(read, path) == description
    weights = network_weights(read)
    assert list(weights) == list(network.state_dict())
    assert all(torch.equal(weights[name], own) for name, own in network.state_dict().items())


def test_weights_of_other_modules_are_passed_over() -> None:
    weight = torch.zeros(1)
    checkpoint = {"state_dict": {"network.a": weight, "teacher.network.a": weight}}
    assert list(network_weights(checkpoint)) == ["a"]


@pytest.mark.parametrize("kind", ["missing", "folder"])
def test_no_file(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "last.ckpt"
    if kind == "folder":
        path.mkdir()
    with pytest.raises(RunError) as caught:
        read_checkpoint(path)
    assert caught.value.expected == f"a checkpoint at {path}"
    assert caught.value.got == ("a folder" if kind == "folder" else "no such file")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"words", b"\x80\x02.", b"\x80\x04N."])
def test_not_a_checkpoint(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "notes.ckpt"
    path.write_bytes(content)
    with pytest.raises(RunError) as caught:
        read_checkpoint(path)
    assert caught.value.got.startswith("a file that cannot be read as one: ")
    assert str(caught.value).count("\n") == 2


class Trap:
    """What would run code when it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (Path("trapped"),))


def test_nothing_in_a_file_is_run(
    save: Save, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = save({CHECKPOINT_KEY: Trap(), "state_dict": {}})
    with pytest.raises(RunError, match="cannot be read"):
        read_checkpoint(path)
    assert not Path("trapped").exists()


@pytest.mark.parametrize(
    "content", [{"state_dict": {}}, {CHECKPOINT_KEY: {}}, [1, 2], torch.zeros(3)]
)
def test_a_foreign_checkpoint(content: Any, save: Save) -> None:
    with pytest.raises(RunError) as caught:
        read_checkpoint(save(content))
    assert caught.value.got == "a file that says nothing of classes and network"
    assert "model.pretrained" in caught.value.do


@pytest.mark.parametrize(
    ("change", "got"),
    [
        ({"format": 2, "version": "9.1"}, "format: Input should be 1 (written by version 9.1)"),
        ({"method": "ark"}, "(written by version 1)"),
        ({"surprise": 1}, "surprise: Extra inputs are not permitted"),
    ],
)
def test_a_description_of_another_version(
    change: dict[str, Any], got: str, checkpoint: dict[str, Any]
) -> None:
    other = {**checkpoint, CHECKPOINT_KEY: {**checkpoint[CHECKPOINT_KEY], **change}}
    with pytest.raises(RunError) as caught:
        describe_network(other, Path("x.ckpt"))
    assert got in caught.value.got


def test_a_description_that_is_none(checkpoint: dict[str, Any]) -> None:
    with pytest.raises(RunError, match="version unknown"):
        describe_network({**checkpoint, CHECKPOINT_KEY: [1]}, Path("x.ckpt"))
