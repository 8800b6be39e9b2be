import bz2
import contextlib
import gzip
import io
import lzma
import struct
import tarfile
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelassemble.errors import SourceError
from labelassemble.files.growth import HARMLESS
from labelassemble.sources.archives.archive_members import read_members

FILES = {"a.txt": b"one", "b/c.bin": bytes(range(256)) * 40}
PACKERS = {"tar": bytes, "gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}


def make_tar(files, packer="tar"):
    memory = io.BytesIO()
    with tarfile.open(fileobj=memory, mode="w") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return PACKERS[packer](memory.getvalue())


def make_zip(files):
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return memory.getvalue()


def read(path, content, max_ratio=200.0, max_bytes=10**9):
    path.write_bytes(content)
    return {
        member.name: b"".join(member.read()) if not member.refused and not member.folder else None
        for member in read_members(path, max_ratio, max_bytes)
    }


@pytest.mark.parametrize("packer", [*PACKERS, "zip"])
def test_what_was_packed_comes_out_whatever_the_name_says(tmp_path, packer):
    content = make_zip(FILES) if packer == "zip" else make_tar(FILES, packer)
    assert read(tmp_path / "archive.bin", content) == FILES


def test_an_archive_of_nothing(tmp_path):
    assert read(tmp_path / "a", make_zip({})) == {}
    assert read(tmp_path / "a", make_tar({})) == {}


@pytest.mark.parametrize("packer", [*PACKERS, "zip"])
@pytest.mark.parametrize("kept", [0.0, 0.05, 0.6, 0.97])
def test_a_part_of_an_archive_is_an_error(tmp_path, packer, kept):
    content = make_zip(FILES) if packer == "zip" else make_tar(FILES, packer)
    end = int(len(content) * kept)
    if packer == "tar":  # its end mark is long
        end = min(end, len(content) - 10240)
    with pytest.raises(SourceError, match="whole"):
        read(tmp_path / "a.zip", content[:end])


def test_a_tar_cut_between_two_files_is_an_error(tmp_path):
    whole = make_tar(FILES)
    with pytest.raises(SourceError, match="end mark"):
        read(tmp_path / "a.tar", whole[:1024])


@pytest.mark.parametrize("packer", ["gz", "zip", "tar"])
@given(at=st.integers(0, 10**6), byte=st.integers(0, 255))
def test_a_changed_byte_gives_our_error_or_files(tmp_path_factory, packer, at, byte):
    content = bytearray(make_zip(FILES) if packer == "zip" else make_tar(FILES, packer))
    content[at % len(content)] = byte
    path = tmp_path_factory.getbasetemp() / "flipped"
    with contextlib.suppress(SourceError):
        read(path, bytes(content))


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"PK\x03\x04", gzip.compress(b"a,b\n1,2\n", mtime=0)]
)
def test_what_is_no_archive(tmp_path, content):
    with pytest.raises(SourceError, match="whole zip, tar"):
        read(tmp_path / "a.zip", content)


def test_a_packed_table_is_no_archive(tmp_path):
    with pytest.raises(SourceError, match="Tables and volumes are read packed"):
        read(tmp_path / "a.csv.gz", gzip.compress(b"a,b\n1,2\n"))


def test_no_such_archive(tmp_path):
    for path in (tmp_path / "none.zip", tmp_path):
        with pytest.raises(SourceError, match="Check the path"):
            list(read_members(path, 200.0, 10**9))


def test_a_password(tmp_path):
    content = bytearray(make_zip(FILES))
    place = content.index(b"PK\x01\x02") + 8  # flags of the first entry of the directory
    content[place : place + 2] = struct.pack("<H", 1)
    with pytest.raises(SourceError, match="without a password"):
        read(tmp_path / "a.zip", bytes(content))


def test_a_bomb_is_known_before_its_first_file(tmp_path):
    bomb = {"zeros": bytes(HARMLESS + 1)}
    for content in (make_zip(bomb), make_tar(bomb, "gz")):
        (tmp_path / "bomb").write_bytes(content)
        with pytest.raises(SourceError, match="grows at most 200-fold") as caught:
            next(iter(read_members(tmp_path / "bomb", 200.0, 10**12)))
        assert "LABELASSEMBLE_UNPACKED_RATIO" in caught.value.do
        first = next(iter(read_members(tmp_path / "bomb", 10_000.0, 10**12)))
        assert first.size == HARMLESS + 1


def test_a_size_is_a_limit_too(tmp_path):
    for content in (make_zip(FILES), make_tar(FILES, "xz")):
        with pytest.raises(SourceError, match="at most 5,000 bytes"):
            read(tmp_path / "a", content, max_bytes=5_000)


def test_a_zip_that_lies_about_sizes_is_damaged(tmp_path):
    content = bytearray(make_zip({"zeros": bytes(100_000)}))
    place = content.index(b"PK\x01\x02") + 24
    content[place : place + 4] = struct.pack("<I", 10)
    with pytest.raises(SourceError, match="whole"):
        read(tmp_path / "a.zip", bytes(content))


def test_links_devices_and_holes_are_marked(tmp_path):
    memory = io.BytesIO()
    with tarfile.open(fileobj=memory, mode="w") as archive:
        for name, kind in (
            ("soft", tarfile.SYMTYPE),
            ("hard", tarfile.LNKTYPE),
            ("pipe", tarfile.FIFOTYPE),
            ("disk", tarfile.BLKTYPE),
            ("folder", tarfile.DIRTYPE),
        ):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
    path = tmp_path / "a.tar"
    path.write_bytes(memory.getvalue())
    found = {one.name: (one.refused, one.folder) for one in read_members(path, 200.0, 10**9)}
    assert found == {
        "soft": ("a link in an archive", False),
        "hard": ("a link in an archive", False),
        "pipe": ("neither a file nor a folder", False),
        "disk": ("neither a file nor a folder", False),
        "folder": (None, True),
    }


def test_links_within_a_zip_are_marked(tmp_path):
    info = zipfile.ZipInfo("soft")
    info.create_system, info.external_attr = 3, 0o120777 << 16
    pipe = zipfile.ZipInfo("pipe")
    pipe.create_system, pipe.external_attr = 3, 0o010644 << 16
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(info, "/etc/passwd")
        archive.writestr(pipe, "")
    found = [one.refused for one in read_members(path, 200.0, 10**9)]
    assert found == ["a link in an archive", "neither a file nor a folder"]
