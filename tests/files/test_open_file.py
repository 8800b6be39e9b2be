"""Bytes of image files, and what is no file though a system opens it."""

import os
from pathlib import Path

import pytest

from labelassemble.errors import ImageError
from labelassemble.files.open_file import open_file, read_file


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "a.png"
    os.mkfifo(pipe)
    for place in (pipe, Path("/dev/zero")):
        with pytest.raises(ImageError) as caught:
            read_file(place)
        assert "which is no file" in caught.value.got
        with pytest.raises(OSError, match="which is no file"):
            open_file(place)


def test_files_are_read_and_folders_told(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"bytes")
    assert read_file(tmp_path / "a.png") == b"bytes"
    with open_file(tmp_path / "a.png") as file:
        assert file.read() == b"bytes"
    with pytest.raises(ImageError, match="Is a directory"):
        read_file(tmp_path)
