import hashlib
from pathlib import Path

import pytest

from labelassemble.errors import ImageError
from labelassemble.images import hash_files as module
from labelassemble.images.hash_files import hash_files


def test_bytes_are_hashed_once_until_they_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {name: tmp_path / f"{name}.nii.gz" for name in "ab"}
    for name, path in files.items():
        path.write_bytes(name.encode())
    told: list[tuple[int, int]] = []
    hashed = hash_files(files, tmp_path / "store", lambda *done: told.append(done))
    assert hashed == {name: hashlib.sha256(name.encode()).hexdigest() for name in "ab"}
    assert told == [(1, 2), (2, 2)]

    read: list[str] = []
    plain = module._hash
    monkeypatch.setattr(module, "_hash", lambda path: read.append(path.name) or plain(path))
    files["b"].write_bytes(b"longer")
    assert hash_files(files, tmp_path / "store")["b"] == hashlib.sha256(b"longer").hexdigest()
    assert read == ["b.nii.gz"]


def test_nothing_and_a_missing_file(tmp_path: Path) -> None:
    assert hash_files({}, tmp_path / "store") == {}
    assert not (tmp_path / "store").exists()
    with pytest.raises(ImageError, match="No such file"):
        hash_files({"a": tmp_path / "none.nii"}, tmp_path / "store")
