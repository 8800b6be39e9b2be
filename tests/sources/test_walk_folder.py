import os
import shutil
import socket
import tempfile
import zipfile
from pathlib import Path

import pytest

from labelassemble.errors import SourceError
from labelassemble.sources import walk_folder as walking
from labelassemble.sources.walk_folder import explain_unreadable, walk_folder


def walk(folder):
    passed = []
    files = [file.name for file in walk_folder(folder, passed)]
    return files, {one.name: one.reason for one in passed}


def write(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"1")


@pytest.fixture
def open_folder():
    """A folder that every user may enter."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    for place, folders, _ in os.walk(folder):
        for name in folders:
            (Path(place) / name).chmod(0o755)
    shutil.rmtree(folder)


def as_nobody(action):
    """What an action without root's rights returns, as text."""
    if os.getuid():
        return str(action())
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.setuid(65534)
            os.write(writing, str(action()).encode())
        except BaseException as error:
            os.write(writing, f"{type(error).__name__}: {error}".encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writing)
    with os.fdopen(reading) as opened:
        return opened.read()


def test_files_at_any_depth_and_what_systems_leave(tmp_path):
    write(tmp_path, "a.png", "x/y/b.csv", ".git/c", "x/.d.png", "x/._a.png", "__MACOSX/a.png")
    write(tmp_path, "x/Thumbs.db", "@eaDir/a.png", "lost+found/a.png")
    files, passed = walk(tmp_path)
    assert sorted(files) == ["a.png", "x/y/b.csv"]
    assert {n for n, r in passed.items() if r == walking.HIDDEN} == {
        ".git/",
        "x/.d.png",
        "x/._a.png",
    }
    assert {n for n, r in passed.items() if r == walking.SYSTEM} == {
        "__MACOSX/", "x/Thumbs.db", "@eaDir/", "lost+found/",
    }  # fmt: skip
    assert walk(tmp_path / "none") == ([], {})
    assert walk(tmp_path / "a.png") == ([], {})


def test_links_are_followed_once_and_never_upwards(tmp_path):
    folder = tmp_path / "source"
    write(folder, "real/a.png")
    write(tmp_path, "elsewhere/b.png", "elsewhere/deep/c.png", "beside.png")
    for name, target in {
        "alias": "real", "all": ".", "real/up": "../..", "gone.png": "nowhere/x.png",
        "self": "self", "out": "../elsewhere", "two": "../elsewhere/deep", "link.png": "real/a.png",
        "above": "/",
    }.items():  # fmt: skip
        (folder / name).symlink_to(target)
    files, passed = walk(folder)
    assert sorted(files) == ["link.png", "out/b.png", "out/deep/c.png", "real/a.png"]
    loops = {name for name, reason in passed.items() if reason == walking.LOOP}
    assert loops == {"alias/", "all/", "real/up/", "two/", "above/"}
    dangling = {name for name, reason in passed.items() if reason == walking.DANGLING}
    assert dangling == {"gone.png", "self"}


def test_a_name_that_is_no_utf8_is_told_so_that_it_can_be_printed(tmp_path):
    (tmp_path / "a.png").touch()
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.png")).touch()
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9")).mkdir()
    files, passed = walk(tmp_path)
    assert files == ["a.png"]
    assert passed == {"caf\\xe9.png": walking.NO_UTF8, "caf\\xe9/": walking.NO_UTF8}
    with pytest.raises(SourceError, match=r"caf\\xe9"):
        list(walk_folder(Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9")), []))


def test_pipes_and_sockets_are_never_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(tmp_path / "s.png"))
        assert walk(tmp_path) == ([], dict.fromkeys(["pipe.png", "s.png"], walking.SPECIAL))


def test_a_folder_that_cannot_be_read_is_told(open_folder):
    write(open_folder, "a.png", "shut/b.png")
    (open_folder / "shut").chmod(0)
    told = as_nobody(lambda: walk(open_folder))
    assert told == str((["a.png"], {"shut/": "a folder that cannot be read: Permission denied"}))
    told = as_nobody(lambda: walk(open_folder / "shut"))
    assert told.startswith("SourceError: Expected a folder that can be read at")


def test_a_file_that_vanishes_is_told(tmp_path, monkeypatch):
    assert explain_unreadable(FileNotFoundError()) == walking.VANISHED
    write(tmp_path, "a.png", "x/b.png")
    found = walk_folder(tmp_path, passed := [])
    assert next(found).name == "a.png"
    shutil.rmtree(tmp_path / "x")
    assert list(found) == []
    assert [one.name for one in passed] == ["x/"]


def pack(path, **members):
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), data)


def test_archives_are_looked_into_as_if_unpacked(tmp_path):
    write(tmp_path, "sub/a.png")
    pack(tmp_path / "sub/x.zip", b_png="22", in__c_png="333", MACOSX__d_png="4")
    pack(tmp_path / "labels.csv.zip", labels_csv="a packed table")
    (tmp_path / "broken.zip").write_bytes(b"PK")
    files, passed = walk(tmp_path)
    assert set(files) == {
        *("sub/a.png", "labels.csv.zip", "sub/x/b.png", "sub/x/in/c.png", "sub/x/MACOSX/d.png"),
    }
    assert set(passed) == {"broken.zip"}
    assert "cannot be looked into" in passed["broken.zip"]
    sizes = {one.name: one.inside for one in walk_folder(tmp_path, [])}
    assert (sizes["sub/a.png"], sizes["sub/x/in/c.png"]) == (None, 3)
    assert [one.name for one in walk_folder(tmp_path, [], archives=False)] == [
        *("broken.zip", "labels.csv.zip", "sub/a.png", "sub/x.zip"),
    ]


def test_an_archive_in_place_of_a_folder_gives_its_files_as_they_are(tmp_path):
    pack(tmp_path / "x.zip", b_png="22", in__c_png="333")
    files, passed = walk(tmp_path / "x.zip")
    assert (files, passed) == (["b.png", "in/c.png"], {})
    (tmp_path / "broken.zip").write_bytes(b"PK")
    with pytest.raises(SourceError, match="Download"):
        walk(tmp_path / "broken.zip")


def test_an_archive_that_lies_there_unpacked_is_passed_over(tmp_path):
    pack(tmp_path / "x.zip", a_png="1", b_png="22", c_png="333")
    for name, data in (("a.png", "1"), ("b.png", "22"), ("c.png", "333")):
        (tmp_path / "elsewhere").mkdir(exist_ok=True)
        (tmp_path / "elsewhere" / name).write_text(data)
    files, passed = walk(tmp_path)
    assert (len(files), passed) == (3, {"x.zip": walking.UNPACKED})
    # Files of the same names that are others are no copies.
    (tmp_path / "elsewhere/a.png").write_text("another image")
    files, passed = walk(tmp_path)
    assert (len(files), passed) == (6, {})


def test_two_archives_with_one_name_keep_both_files(tmp_path):
    pack(tmp_path / "p1.zip", images__a_png="1", images__b_png="1")
    pack(tmp_path / "p2.zip", images__a_png="22", images__c_png="22")
    write(tmp_path, "images/c.png")
    files, passed = walk(tmp_path)
    assert set(files) == {
        *("images/c.png", "images/a.png", "images/b.png", "p2/images/a.png", "p2/images/c.png"),
    }
    assert not passed


def test_what_systems_leave_in_archives_is_passed_over(tmp_path):
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        for name in ("set/a.png", "__MACOSX/set/._a.png", "set/.DS_Store", "set/../../b.png"):
            archive.writestr(name, "1")
    files, passed = walk(tmp_path)
    assert files == ["set/a.png"]
    assert set(passed.values()) == {walking.SYSTEM, walking.HIDDEN, "its name leaves the folder"}
