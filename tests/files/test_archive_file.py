import gzip
import io
import multiprocessing
import struct
import tarfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest

from labelassemble.errors import ImageError
from labelassemble.files import archive_file
from labelassemble.files.archive_file import open_archive
from labelassemble.files.open_file import read_file
from labelassemble.files.read_image import read_image
from labelassemble.files.read_size import read_size
from labelassemble.images.build_store import build_store
from labelassemble.images.known_files import stamp_file
from labelassemble.settings import ImageSettings


def image(seed: int, height: int = 20, width: int = 30) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)
    return cv2.imencode(".png", pixels)[1].tobytes()


FILES = {f"set/{name}": image(seed) for seed, name in enumerate(["a.png", "b/c.png", "é #1.png"])}


def write_zip(path: Path, files=FILES, method=zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def write_tar(path: Path, files=FILES, mode="w") -> Path:
    with tarfile.open(path, mode) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def archives(folder: Path) -> list[Path]:
    return [
        write_zip(folder / "deflated.zip"),
        write_zip(folder / "stored.zip", method=zipfile.ZIP_STORED),
        write_zip(folder / "other.zip", method=zipfile.ZIP_BZIP2),
        write_tar(folder / "plain.tar"),
        write_tar(folder / "packed.tar.gz", mode="w:gz"),
        write_tar(folder / "packed.tar.xz", mode="w:xz"),
        write_tar(folder / "packed.tbz2", mode="w:bz2"),
    ]


def test_images_are_those_that_were_packed(tmp_path: Path) -> None:
    for archive in archives(tmp_path):
        assert set(open_archive(archive).slots) == set(FILES)
        for name, data in FILES.items():
            place = Path(f"{archive}#{name}")
            assert read_file(place) == data
            (tmp_path / "loose.png").write_bytes(data)
            assert np.array_equal(read_image(place), read_image(tmp_path / "loose.png"))
            assert read_size(place) == (30, 20)


def test_a_store_of_them_is_that_of_loose_files(tmp_path: Path) -> None:
    loose = {}
    for name, data in FILES.items():
        loose[name] = tmp_path / "loose" / name
        loose[name].parent.mkdir(parents=True, exist_ok=True)
        loose[name].write_bytes(data)
    settings = ImageSettings(size=28)
    whole = build_store(loose, settings, tmp_path / "whole")
    for archive in archives(tmp_path):
        files = {name: Path(f"{archive}#{name}") for name in FILES}
        store = build_store(files, settings, tmp_path / f"store-{archive.name}")
        assert not store.unreadable
        assert dict(store.content) == dict(whole.content)


def test_a_changed_archive_is_read_again(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "a.zip", {"a.png": image(1)})
    place = Path(f"{archive}#a.png")
    assert read_file(place) == image(1)
    before = stamp_file(str(place))
    write_zip(archive, {"new.png": image(3, 40), "a.png": image(2)})
    assert read_file(place) == image(2)
    assert stamp_file(str(place)) != before


def read_hash(place: str) -> int:
    return hash(read_file(Path(place)))


def test_threads_and_processes_read_at_once(tmp_path: Path) -> None:
    files = {f"{seed}.png": image(seed) for seed in range(40)}
    for archive in (write_zip(tmp_path / "a.zip", files), write_tar(tmp_path / "a.tar", files)):
        places = [f"{archive}#{name}" for name in files] * 3
        right = [hash(data) for data in files.values()] * 3
        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(read_hash, places)) == right
        # After the archive was opened here: a fork shares the open file.
        with multiprocessing.get_context("fork").Pool(3) as pool:
            assert pool.map(read_hash, places, chunksize=1) == right


def test_archives_are_listed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = write_zip(tmp_path / "a.zip")
    read_file(Path(f"{archive}#set/a.png"))
    monkeypatch.setattr(archive_file, "_list_zip", lambda *_: pytest.fail("listed again"))
    for name, data in FILES.items():
        assert read_file(Path(f"{archive}#{name}")) == data


def test_as_many_archives_as_there_may_be_leave_no_file_open(tmp_path: Path) -> None:
    many = [write_tar(tmp_path / f"{at}.tar", {"a.png": image(at)}) for at in range(150)]
    for at, archive in enumerate(many):
        assert read_file(Path(f"{archive}#a.png")) == image(at)
    assert len(list(Path("/proc/self/fd").iterdir())) < 120


def refuse(place: str) -> ImageError:
    with pytest.raises(ImageError) as caught:
        read_file(Path(place))
    return caught.value


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    assert "no such file in it" in refuse(f"{write_zip(tmp_path / 'a.zip')}#set/z.png").got
    assert "No such file" in refuse(f"{tmp_path}/gone.zip#a.png").got
    (tmp_path / "folder.zip").mkdir()
    assert "directory" in refuse(f"{tmp_path}/folder.zip#a.png").got
    (tmp_path / "text.tar").write_text("no archive at all")
    assert "text.tar" in refuse(f"{tmp_path}/text.tar#a.png").expected
    (tmp_path / "empty.zip").write_bytes(b"")
    assert "empty.zip" in refuse(f"{tmp_path}/empty.zip#a.png").expected


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.999])
@pytest.mark.parametrize("kind", ["a.zip", "a.tar", "a.tar.gz"])
def test_half_an_archive_is_told(tmp_path: Path, kind: str, share: float) -> None:
    write = write_zip if kind == "a.zip" else write_tar
    archive = tmp_path / kind
    write(archive) if kind != "a.tar.gz" else write_tar(archive, mode="w:gz")
    data = archive.read_bytes()
    end = len(data)
    if kind == "a.tar":  # what is behind the end mark may be missing
        end = sum(512 + -(-len(one) // 512) * 512 for one in FILES.values()) + 512
    archive.write_bytes(data[: int(end * share)])
    assert str(archive) in refuse(f"{archive}#set/a.png").expected


def test_damaged_bytes_are_told_by_their_checksum(tmp_path: Path) -> None:
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        archive = write_zip(tmp_path / f"{method}.zip", {"a.png": bytes(range(256)) * 9}, method)
        data = bytearray(archive.read_bytes())
        data[60] ^= 0xFF
        archive.write_bytes(data)
        assert refuse(f"{archive}#a.png").expected == f"the file a.png in {archive}"


def test_a_directory_that_points_elsewhere_is_told(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "a.zip", {"a.png": image(1)})
    data = bytearray(archive.read_bytes())
    at = data.rindex(b"PK\x01\x02")
    data[at + 42 : at + 46] = struct.pack("<I", 7)
    archive.write_bytes(data)
    assert "no file begins" in refuse(f"{archive}#a.png").got


def test_a_password_two_of_a_name_and_links_are_told(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "secret.zip", {"a.png": image(1)})
    data = bytearray(archive.read_bytes())
    data[6] |= 1
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    archive.write_bytes(data)
    assert "password" in refuse(f"{archive}#a.png").got
    with zipfile.ZipFile(tmp_path / "twice.zip", "w") as twice:
        twice.writestr("a.png", image(1))
        with pytest.warns(UserWarning, match="Duplicate"):
            twice.writestr("a.png", image(2))
    assert "nobody can tell" in refuse(f"{tmp_path}/twice.zip#a.png").got
    with tarfile.open(tmp_path / "links.tar", "w") as links:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE):
            info = tarfile.TarInfo(f"link{kind.decode()}.png")
            info.type, info.linkname = kind, "/etc/passwd"
            links.addfile(info)
        for seed in (1, 2):
            info = tarfile.TarInfo("a.png")
            info.size = len(image(seed))
            links.addfile(info, io.BytesIO(image(seed)))
    assert "a link" in refuse(f"{tmp_path}/links.tar#link1.png").got
    assert "a link" in refuse(f"{tmp_path}/links.tar#link2.png").got
    assert "nobody can tell" in refuse(f"{tmp_path}/links.tar#a.png").got


def test_a_file_that_would_fill_the_memory_is_refused(tmp_path: Path) -> None:
    bomb = write_zip(tmp_path / "bomb.zip", {"a.png": bytes(80 * 2**20)})
    assert "fold" in refuse(f"{bomb}#a.png").got
    # A size that lies: more comes out than the directory says.
    liar = write_zip(tmp_path / "liar.zip", {"a.png": bytes(10_000)})
    data = bytearray(liar.read_bytes())
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", 10)
    liar.write_bytes(data)
    assert "damaged" in refuse(f"{liar}#a.png").got
    with gzip.open(tmp_path / "bomb.tar.gz", "wb") as packed:
        for _ in range(80):
            packed.write(bytes(2**20))
    assert "fold" in refuse(f"{tmp_path}/bomb.tar.gz#a.png").got


def test_a_large_tar_that_is_packed_as_a_whole_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = write_tar(tmp_path / "images_001.tar.gz", mode="w:gz")
    monkeypatch.setattr(archive_file, "WHOLE_PACKED", 100)
    told = refuse(f"{archive}#set/a.png")
    assert "packed as a whole" in told.got
    assert "labelassemble unpack images_001.tar.gz" in told.do
    assert "gunzip" in told.do


def test_a_zip_behind_other_bytes_is_read(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "a.zip")
    archive.write_bytes(b"#!/bin/sh\nexit\n" + archive.read_bytes())
    assert read_file(Path(f"{archive}#set/a.png")) == FILES["set/a.png"]
