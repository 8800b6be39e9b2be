import io
import os
import tarfile
import warnings
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelassemble.errors import SourceError
from labelassemble.sources.archives.unpack import describe_unpacked, unpack

STEPS = ["a", "A", "b.png", "B.PNG", "..", ".", "", "C:", "x\\y", "ü", "u\u0308", "NUL", "a."]
NAMES = st.lists(st.sampled_from(STEPS), min_size=1, max_size=4).map("/".join)
KINDS = st.sampled_from(["file", "folder", "soft", "hard", "pipe"])
MEMBERS = st.lists(st.tuples(NAMES, KINDS, st.binary(max_size=20)), max_size=12)


def write_tar(path, members):
    types = {
        "file": tarfile.REGTYPE,
        "folder": tarfile.DIRTYPE,
        "soft": tarfile.SYMTYPE,
        "hard": tarfile.LNKTYPE,
        "pipe": tarfile.FIFOTYPE,
    }
    with tarfile.open(path, "w:gz") as archive:
        for name, kind, content in members:
            info = tarfile.TarInfo(name)
            info.type, info.linkname = types[kind], "../outside"
            info.size = len(content) if kind == "file" else 0
            archive.addfile(info, io.BytesIO(content))


def write_zip(path, members):
    modes = {"file": 0o100644, "folder": 0o040755, "soft": 0o120777, "hard": 0, "pipe": 0o010644}
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w") as archive:
        warnings.simplefilter("ignore")  # duplicate names
        for name, kind, content in members:
            info = zipfile.ZipInfo(name + "/" * (kind == "folder"))
            info.filename = name + "/" * (kind == "folder")  # as written, not as Python fixes it
            info.create_system, info.external_attr = 3, modes[kind] << 16
            archive.writestr(info, b"" if kind == "folder" else content)


def list_tree(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


@pytest.mark.parametrize("write", [write_tar, write_zip])
@settings(max_examples=60)
@given(members=MEMBERS)
def test_nothing_leaves_the_folder_and_no_member_is_lost(tmp_path_factory, write, members):
    place = tmp_path_factory.mktemp("hostile")
    folder, outside = place / "in" / "folder", place / "in" / "outside"
    outside.mkdir(parents=True)
    (outside / "kept").write_bytes(b"kept")
    archive = place / "archive"
    write(archive, members)
    first = unpack(archive, folder)
    assert list_tree(outside) == {"kept": b"kept"}
    assert sorted(path.name for path in place.iterdir()) == ["archive", "in"]
    assert sorted(path.name for path in (place / "in").iterdir()) == ["folder", "outside"]
    tree = list_tree(folder)
    assert not any(path.is_symlink() for path in folder.rglob("*"))
    assert not any(name.startswith(".unpack") for name in tree)
    files = [name for name, content in tree.items() if content is not None]
    assert len(files) == first.written
    assert len({name.casefold() for name in files}) == len(files)
    parts = first.written + first.kept + first.folders + len(first.not_written)
    assert first.members == parts == len(members)
    assert first.kept == 0
    # Once more: everything is there, and nothing changes.
    again = unpack(archive, folder)
    assert again.written == 0
    assert again.kept == first.written
    assert again.not_written == first.not_written
    assert list_tree(folder) == tree


def make_zip(path, files):
    write_zip(path, [(name, "file", content) for name, content in files.items()])


def test_contents_and_progress(tmp_path):
    files = {"./images/a.png": b"1" * 5000, "images/b.png": b"2", "table.csv": b"image\na\n"}
    make_zip(tmp_path / "a.zip", files)
    said = []
    unpacked = unpack(
        tmp_path / "a.zip", tmp_path / "out", progress=lambda *numbers: said.append(numbers)
    )
    assert unpacked.written == 3
    assert (tmp_path / "out" / "images" / "a.png").read_bytes() == b"1" * 5000
    done = [one for one, _ in said]
    assert done == sorted(done)
    assert said[-1] == ((tmp_path / "a.zip").stat().st_size,) * 2
    assert describe_unpacked(unpacked) == (
        "3 members: 3 files written, 0 kept (there already), 0 folders, 0 not written"
    )


@pytest.mark.parametrize("write", [write_tar, write_zip])
def test_what_a_user_has_is_never_overwritten(tmp_path, write):
    write(tmp_path / "a", [("x.csv", "file", b"theirs"), ("y.csv", "file", b"same")])
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "x.csv").write_bytes(b"mine!!")  # of the same size
    (folder / "y.csv").write_bytes(b"same")
    unpacked = unpack(tmp_path / "a", folder)
    assert (folder / "x.csv").read_bytes() == b"mine!!"
    assert (unpacked.written, unpacked.kept) == (0, 1)
    assert "something else of that name" in describe_unpacked(unpacked)


def test_links_in_the_folder_are_not_followed(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "old").write_bytes(b"old")
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "images").symlink_to(elsewhere)
    (folder / "b.png").symlink_to(elsewhere / "old")
    (folder / "c").write_bytes(b"")
    make_zip(tmp_path / "a.zip", {"images/a.png": b"1", "b.png": b"new", "c/d.png": b"2"})
    unpacked = unpack(tmp_path / "a.zip", folder)
    assert list_tree(elsewhere) == {"old": b"old"}
    assert [reason for _, reason in unpacked.not_written] == [
        "images is a link in that folder already",
        "something else of that name is in that folder already",
        "c is a file in that folder already",
    ]


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_a_damaged_archive_leaves_whole_files_alone(tmp_path, kind):
    random = os.urandom(200_000)
    files = {"first.bin": random, "second.bin": random[::-1]}
    path = tmp_path / "a"
    (write_zip if kind == "zip" else write_tar)(
        path, [(name, "file", content) for name, content in files.items()]
    )
    content = bytearray(path.read_bytes())
    if kind == "zip":
        content[300_000] ^= 255  # within the second file
    path.write_bytes(content if kind == "zip" else content[:300_000])
    with pytest.raises(SourceError, match="Download it again"):
        unpack(path, tmp_path / "out")
    assert list_tree(tmp_path / "out") == {"first.bin": files["first.bin"]}
    (write_zip if kind == "zip" else write_tar)(
        path, [(name, "file", content) for name, content in files.items()]
    )
    carried_on = unpack(path, tmp_path / "out")
    assert (carried_on.written, carried_on.kept) == (1, 1)
    assert list_tree(tmp_path / "out") == files


def test_a_bomb_writes_nothing(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(3):
            archive.writestr(f"{number}", bytes(30 * 2**20))
    with pytest.raises(SourceError, match="grows at most"):
        unpack(tmp_path / "a.zip", tmp_path / "out")
    assert list_tree(tmp_path / "out") == {}
    assert unpack(tmp_path / "a.zip", tmp_path / "out", max_ratio=2000.0).written == 3


def test_a_long_path_is_excluded_and_a_full_disk_is_an_error(tmp_path, monkeypatch):
    deep = "/".join(["d" * 250] * 17) + "/a.png"
    make_zip(tmp_path / "a.zip", {deep: b"1", "b.png": b"2"})
    unpacked = unpack(tmp_path / "a.zip", tmp_path / "out")
    assert unpacked.written == 1
    assert unpacked.not_written[0].reason == "its path is too long here"

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(SourceError, match="Make room"):
        unpack(tmp_path / "a.zip", tmp_path / "other")
    files = [content for content in list_tree(tmp_path / "other").values() if content is not None]
    assert files == []


def test_a_folder_that_cannot_be(tmp_path):
    make_zip(tmp_path / "a.zip", {"a": b""})
    with pytest.raises(SourceError, match="can be written to"):
        unpack(tmp_path / "a.zip", tmp_path / "a.zip")


def test_only_the_first_of_many_are_named(tmp_path):
    make_zip(tmp_path / "a.zip", {f"../{number}": b"" for number in range(30)})
    words = describe_unpacked(unpack(tmp_path / "a.zip", tmp_path / "out"))
    assert "'../0': its name leaves the folder" in words
    assert words.endswith("and 10 more")
