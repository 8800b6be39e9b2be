import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from labelassemble.errors import ImageError
from labelassemble.files.open_file import read_file
from labelassemble.sources.archives.archive_names import archive_stem
from labelassemble.sources.archives.archive_tree import (
    find_in_archives,
    is_folder_or_archive,
    list_below,
    name_below,
    see_archive,
    see_archives_in,
)


def write(path: Path, *names: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            for name in names:
                archive.writestr(name, name)
    else:
        with tarfile.open(path, "w") as archive:
            for name in names:
                info = tarfile.TarInfo(name)
                info.size = len(name.encode())
                archive.addfile(info, io.BytesIO(name.encode()))
    return path


@pytest.mark.parametrize(
    ("members", "names"),
    [
        # One folder around all: as it is.
        (("set/a.png", "set/b/c.png"), {"set/a.png", "set/b/c.png"}),
        # Several, or files beside it: in a folder of the archive's name.
        (("a.png", "b.png"), {"x/a.png", "x/b.png"}),
        (("one/a.png", "two/b.png"), {"x/one/a.png", "x/two/b.png"}),
        (("set/a.png", "read.me"), {"x/set/a.png", "x/read.me"}),
        (("a.png",), {"x/a.png"}),
        (("./set/a.png", "./set/b.png"), {"set/a.png", "set/b.png"}),
    ],
)
@pytest.mark.parametrize("kind", ["x.zip", "x.tar"])
def test_files_have_the_names_that_unpacking_gives(tmp_path, kind, members, names) -> None:
    tree = see_archive(write(tmp_path / kind, *members))
    assert set(tree.files) == names
    for name, one in tree.files.items():
        assert read_file(Path(one.path)).decode() in members
        assert one.size == len(read_file(Path(one.path)))
        assert name_below(Path(one.path), tmp_path) == name
        assert name_below(Path(one.path), tmp_path.parent) == f"{tmp_path.name}/{name}"
        assert name_below(Path(one.path), tmp_path / kind) == one.path.partition("#")[2]


def test_unsafe_names_and_archives_within_are_told(tmp_path: Path) -> None:
    bad = ("../out.png", "/abs.png", "a/../b.png", "C:x.png", "con.png", "in.zip", "A.png", "a.png")
    tree = see_archive(write(tmp_path / "x.tar", *bad))
    assert set(tree.files) == {"x/A.png"}
    told = dict(tree.refused)
    assert told["../out.png"] == "its name leaves the folder"
    assert "absolute" in told["/abs.png"]
    assert "within an archive" in told["in.zip"]
    assert "case alone" in told["a.png"]
    assert set(told) == set(bad) - {"A.png"}


def test_a_file_is_found_by_its_name_below_the_folder(tmp_path: Path) -> None:
    write(tmp_path / "set/all.zip", "labels.csv", "images/a.png", "deep/er/b.csv")
    write(tmp_path / "set/one.tar", "top/c.csv", "top/d.csv")
    found = {
        "labels.csv": "all.zip#labels.csv",
        "all/labels.csv": "all.zip#labels.csv",
        "./deep/er/b.csv": "all.zip#deep/er/b.csv",
        "top/c.csv": "one.tar#top/c.csv",
    }
    for name, place in found.items():
        assert find_in_archives(tmp_path / "set", name) == tmp_path / "set" / place
        assert find_in_archives(tmp_path, f"set/{name}") == tmp_path / "set" / place
    assert find_in_archives(tmp_path / "set/all.zip", "labels.csv") is not None
    for name in ("c.csv", "one/c.csv", "all/images", "no.csv", ""):
        assert find_in_archives(tmp_path / "set", name) is None
    # Two archives that have it: nobody can tell which is meant.
    write(tmp_path / "set/again.zip", "labels.csv", "x.csv")
    assert find_in_archives(tmp_path / "set", "labels.csv") is None
    assert find_in_archives(tmp_path / "set", "again/labels.csv") is not None


def test_a_folder_in_an_archive_is_listed(tmp_path: Path) -> None:
    write(tmp_path / "all.zip", "labels.csv", "images/a.png", "images/b/c.png")
    write(tmp_path / "images2.zip", "a.png")
    for folder in ("images", "all/images"):
        assert [name for name, _ in list_below(tmp_path / folder)] == ["a.png", "b/c.png"]
    assert [name for name, _ in list_below(tmp_path / "images2")] == ["a.png"]
    assert not list(list_below(tmp_path / "no/images"))
    assert not list(list_below(Path("/no/such/place")))


def test_broken_archives_are_passed_over_in_looking_for_one_file(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04")
    write(tmp_path / "b.zip", "labels.csv")
    assert [tree.stem for tree in see_archives_in(tmp_path)] == ["b"]
    with pytest.raises(ImageError):
        see_archive(tmp_path / "a.zip")
    assert not list(see_archives_in(tmp_path / "gone"))


def test_an_archive_may_stand_for_a_folder(tmp_path: Path) -> None:
    assert archive_stem("a.tar.gz") == archive_stem("a.ZIP") == "a"
    assert is_folder_or_archive(tmp_path)
    assert is_folder_or_archive(write(tmp_path / "a.zip", "b.png"))
    assert not is_folder_or_archive(tmp_path / "b.zip")
    (tmp_path / "a.csv").write_text("1")
    assert not is_folder_or_archive(tmp_path / "a.csv")
