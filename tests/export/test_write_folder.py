import json
from pathlib import Path

import pytest

from labelassemble.errors import SettingsError
from labelassemble.export.write_folder import write_folder


def write_all(folder: Path, text: str = "a") -> list[Path]:
    source = folder / "image.png"
    source.write_text("pixels")
    files = {
        "a/one.txt": text.encode(),
        "b/link.png": source,
        "two.txt": lambda path: path.write_text("made"),
    }
    return write_folder(folder / "mine", files, {"form": "toy"})


def test_bytes_links_and_what_is_made(tmp_path):
    output, record = write_all(tmp_path)
    assert (output / "a" / "one.txt").read_text() == "a"
    assert (output / "b" / "link.png").read_text() == "pixels"
    assert (output / "two.txt").read_text() == "made"
    assert set(json.loads(record.read_text())["files"]) == {"a/one.txt", "b/link.png", "two.txt"}


def test_a_second_export_replaces_the_first_and_leaves_nothing(tmp_path):
    write_all(tmp_path)
    output, _ = write_all(tmp_path, "b")
    assert (output / "a" / "one.txt").read_text() == "b"
    assert len(list(tmp_path.iterdir())) == 3


def test_what_a_reader_leaves_is_no_hindrance(tmp_path):
    output, _ = write_all(tmp_path)
    (output / "__pycache__").mkdir()
    for name in ("__pycache__/two.cpython-311.pyc", "a/.DS_Store", "labels.cache"):
        (output / name).write_text("made from what is there")
    write_all(tmp_path, "b")
    assert not (output / "labels.cache").exists()


@pytest.mark.parametrize("change", ["added", "changed", "a file", "no record"])
def test_what_is_not_ours_stays(tmp_path, change):
    if change == "a file":
        (tmp_path / "mine").write_text("theirs")
    else:
        output, record = write_all(tmp_path)
        if change == "no record":
            record.unlink()
        else:
            (output / ("new.txt" if change == "added" else "two.txt")).write_text("theirs")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(SettingsError, match="written by something else"):
        write_all(tmp_path, "b")
    assert [one for one in sorted(tmp_path.rglob("*")) if one.name != "image.png"] == [
        one for one in before if one.name != "image.png"
    ]


def test_a_writer_that_fails_leaves_what_was_there(tmp_path):
    write_all(tmp_path)

    def fail(path: Path) -> None:
        path.write_text("half")
        raise ValueError("stopped")

    with pytest.raises(ValueError, match="stopped"):
        write_folder(tmp_path / "mine", {"two.txt": fail}, {})
    assert (tmp_path / "mine" / "two.txt").read_text() == "made"
    assert len(list(tmp_path.iterdir())) == 3


def test_an_export_that_was_stopped_can_be_repeated(tmp_path):
    output, record = write_all(tmp_path)
    told = json.loads(record.read_text())
    # Stopped before the folder was renamed: the record vouches for both.
    record.write_text(json.dumps({"files": {}, "former": list(told["files"].values())}))
    write_all(tmp_path, "b")
    assert (output / "a" / "one.txt").read_text() == "b"
