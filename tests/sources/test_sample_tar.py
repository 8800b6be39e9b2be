import io
import json
import tarfile
from pathlib import Path

import pytest

from labelassemble.errors import SourceError
from labelassemble.files.open_file import read_file
from labelassemble.pipeline.check_source import check_source
from labelassemble.sources.sample_tar import write_sample_text

MANIFEST = """
name = "samples"
[table]
file = "shard-*.tar"
image = "image"
patient = "patient"
[labels]
encoding = "class_column"
column = "cls"
[scope]
terms = ["1"]
no_finding = ["0"]
[terms]
1 = "pneumonia"
"""


def pack(**files: bytes) -> bytes:
    memory = io.BytesIO()
    with tarfile.open(fileobj=memory, mode="w") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return memory.getvalue()


def sample(number: int) -> dict[str, bytes]:
    key = f"{number:06d}"
    facts = json.dumps({"patient": f"p{number // 2}", "image": "its own"}).encode()
    return {
        f"{key}.jpg": f"image {number}".encode(),
        f"{key}.cls": str(number % 2).encode(),
        f"{key}.json": facts,
        f"{key}.seg.png": b"a mask",
        f"{key}.npy": b"\x93NUMPY\0",
    }


def test_a_row_is_a_sample() -> None:
    text = write_sample_text(pack(**sample(0), **sample(1)), "in/a.tar")
    assert text.splitlines() == [
        "image,cls,patient,json.image,seg.png",
        "a/000000.jpg,0,p0,its own,a/000000.seg.png",
        "a/000001.jpg,1,p0,its own,a/000001.seg.png",
    ]


def test_shards_are_a_source_of_labels_and_images(tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text(MANIFEST)
    folder = tmp_path / "set" / "data"
    folder.mkdir(parents=True)
    for shard in range(2):
        several = {k: v for n in range(4) for k, v in sample(4 * shard + n).items()}
        (folder / f"shard-{shard:06d}.tar").write_bytes(pack(**several))
    check = check_source(str(tmp_path / "m.toml"), folder)
    assert not check.problems
    assert check.table is not None
    images = check.table.images
    assert images["patient"].to_list() == [f"p{n // 2}" for n in range(8)]
    for number, path in enumerate(images["path"]):
        assert read_file(Path(path)) == f"image {number}".encode()
    (count,) = check.terms
    assert (count.positive, count.negative) == (4, 4)


@pytest.mark.parametrize(
    ("files", "got"),
    [
        ({"a.txt": b"words"}, "no image"),
        ({"a.jpg": b"1", "b.jpg": b"2"}, "2 images without"),
        ({"a.jpg": b"1", "a.cls": b"\xff\xfe\xff"}, "decode"),
        ({"a.jpg": b"1", "a.json": b'{"cls": 2}', "a.cls": b"1"}, "two, the second"),
        ({"a.jpg": b"1", "a.json": b"{"}, "Expecting"),
    ],
)
def test_what_is_no_sample_is_told(files: dict[str, bytes], got: str) -> None:
    with pytest.raises(SourceError) as caught:
        write_sample_text(pack(**files), "a.tar")
    assert got in caught.value.got


def test_half_a_tar_is_told() -> None:
    data = pack(**sample(0), **sample(1))
    with pytest.raises(SourceError):
        write_sample_text(data[:1100], "a.tar")
