"""Sources whose images and labels lie in one file: tars of samples, Parquet, arrays, archives."""

import gzip
import io
import json
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image

from labelassemble.cli.source_commands import Check, Draft, Identify
from labelassemble.errors import ImageError
from labelassemble.files.array_file import list_array_images
from labelassemble.files.inside_path import file_on_disk
from labelassemble.files.open_file import read_file
from labelassemble.pipeline.asked_images import list_asked_images
from labelassemble.pipeline.describe_draft import describe_draft
from labelassemble.pipeline.draft_manifest import draft_manifest

WORDS = ("Pneumonia", "Normal")
RECORD = pl.Struct({"bytes": pl.Binary, "path": pl.String})


def draw(seed):
    memory = io.BytesIO()
    pixels = np.random.default_rng(seed).integers(0, 255, (16, 16), dtype=np.uint8)
    Image.fromarray(pixels).save(memory, "PNG")
    return memory.getvalue()


def pack(path, files):
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))


def samples(label, first=0, count=8, start=""):
    """Images with what `label` gives beside each: its extension and content."""
    files = {}
    for number in range(first, first + count):
        ending, content = label(number)
        files[f"{start}{number:06d}.png"] = draw(number)
        files[f"{start}{number:06d}.{ending}"] = content.encode()
    return files


def write_parquet(path):
    cells = [{"bytes": draw(number), "path": f"{number}.png"} for number in range(12)]
    labels = [WORDS[number % 2] for number in range(12)]
    schema = {"image": RECORD, "label": pl.String}
    pl.DataFrame({"image": cells, "label": labels}, schema=schema).write_parquet(path)


def counts(drafted):
    assert drafted.check is not None, describe_draft(drafted)
    assert not drafted.check.problems
    return {one.term: (one.positive, one.negative) for one in drafted.check.terms}


def test_words_in_text_members_of_shards_of_a_split(tmp_path):
    for at, part in enumerate(("train", "val")):
        files = samples(lambda n: ("txt", WORDS[n % 2]), first=8 * at, start=f"{part}/")
        pack(tmp_path / "source" / f"{part}-000000.tar", files)
    drafted = draft_manifest(tmp_path / "source", tmp_path / "m.toml")
    assert counts(drafted) == {"Pneumonia": (8, 8)}
    parts = drafted.check.table.images["official_split"].value_counts().rows()
    assert dict(parts) == {"train": 8, "validate": 8}
    assert not drafted.passed


def test_numbers_of_classes_and_shards_that_are_no_patients(tmp_path):
    for at in range(3):
        files = samples(lambda n: ("cls", str(n % 3)), first=9 * at, count=9)
        pack(tmp_path / "source" / f"shard-{at:06d}.tar", files)
    drafted = draft_manifest(tmp_path / "source", tmp_path / "m.toml")
    assert counts(drafted) == {"0": (9, 18), "1": (9, 18), "2": (9, 18)}
    assert "patient_pattern" not in drafted.text


def test_fields_of_json_members(tmp_path):
    def label(n):
        fields = {"patient": f"p{n // 2}", "Mass": n % 2, "Edema": int(n % 4 == 0)}
        return "json", json.dumps(fields)

    pack(tmp_path / "source" / "data" / "a.tar", samples(label))
    drafted = draft_manifest(tmp_path / "source", tmp_path / "m.toml")
    assert counts(drafted) == {"Mass": (4, 4), "Edema": (2, 6)}
    assert drafted.check.table.images["patient"].n_unique() == 4


def test_a_tar_without_labels_is_one_of_images(tmp_path):
    pack(tmp_path / "source" / "a.tar", {f"{n}.png": draw(n) for n in range(6)})
    drafted = draft_manifest(tmp_path / "source", tmp_path / "m.toml")
    assert counts(drafted) == {}
    assert drafted.check.table.images.height == 6


@pytest.mark.parametrize("ending", ["csv", "parquet", "json"])
def test_labels_beside_images_in_a_zip(ending, tmp_path):
    (tmp_path / "source").mkdir()
    table = pl.DataFrame({"image": [f"{n}.png" for n in range(12)],
                          "label": [WORDS[n % 2] for n in range(12)]})  # fmt: skip
    content = io.BytesIO()
    if ending == "csv":
        table.write_csv(content)
    elif ending == "parquet":
        table.write_parquet(content)
    else:
        images = [{"id": n, "file_name": f"{n}.png", "width": 16, "height": 16} for n in range(12)]
        boxes = [{"id": n, "image_id": n, "category_id": 1, "bbox": [3, 3, 12, 12]}
                 for n in range(0, 12, 2)]  # fmt: skip
        classes = [{"id": 1, "name": "Pneumonia"}]
        coco = {"images": images, "annotations": boxes, "categories": classes}
        content.write(json.dumps(coco).encode())
    with zipfile.ZipFile(tmp_path / "source" / "pack.zip", "w") as archive:
        archive.writestr(f"data/labels.{ending}", content.getvalue())
        for number in range(12):
            archive.writestr(f"images/{number}.png", draw(number))
    drafted = draft_manifest(tmp_path / "source", tmp_path / "m.toml")
    assert counts(drafted) == {"Pneumonia": (6, 6)}


def pack_tables(source, ending):
    """Two parts in one archive, packed as it may be."""
    source.mkdir()
    content = io.BytesIO()
    write_parquet(content)
    files = {f"data/{part}.parquet": content.getvalue() for part in ("train", "test")}
    if ending.startswith("zip"):
        method = zipfile.ZIP_DEFLATED if ending == "zip packed" else zipfile.ZIP_STORED
        with zipfile.ZipFile(source / "pack.zip", "w", method) as archive:
            for name, data in files.items():
                archive.writestr(name, data)
    else:
        pack(source / f"pack.{ending}", files)
        if ending == "tar.gz":
            data = (source / "pack.tar.gz").read_bytes()
            (source / "pack.tar.gz").write_bytes(gzip.compress(data))


@pytest.mark.parametrize("ending", ["zip", "zip packed", "tar", "tar.gz"])
def test_images_in_parquet_within_an_archive_are_read_in_place(ending, tmp_path):
    source = tmp_path / "source"
    pack_tables(source, ending)
    drafted = draft_manifest(source, tmp_path / "m.toml")
    assert counts(drafted) == {"Pneumonia": (12, 12)}
    images = drafted.check.table.images
    assert images["path"].null_count() == 0
    assert dict(images["official_split"].value_counts().rows()) == {"train": 12, "test": 12}
    for image, where in images.select("image", "path").iter_rows():
        assert read_file(Path(where)) == draw(int(image.rpartition("/")[2][:-4]))
    (path,) = source.iterdir()
    assert file_on_disk(images["path"][0]) == str(path)
    given = list_asked_images([source])
    assert sorted(str(one.path) for one in given) == sorted(images["path"])
    # Of an archive that changed nothing is kept.
    path.write_bytes(b"PK")
    with pytest.raises(ImageError):
        read_file(Path(images["path"][0]))


def test_a_parquet_file_too_large_for_memory_is_told_with_the_command(tmp_path, monkeypatch):
    pack_tables(tmp_path / "source", "tar")
    monkeypatch.setattr("labelassemble.sources.walk_folder.WHOLE_UNPACKED", 1000)
    drafted = draft_manifest(tmp_path / "source", tmp_path / "m.toml")
    told = " ".join(str(one) for one in drafted.check.problems)
    assert "are read once that archive is unpacked (labelassemble unpack)" in told


def write_arrays(path):
    drawn = np.random.default_rng(0).integers(0, 255, (2, 6, 28, 28), dtype=np.uint8)
    labels = np.array([[0], [1]] * 3)
    np.savez(path, train_images=drawn[0], train_labels=labels, val_images=drawn[1],
             val_labels=labels)  # fmt: skip


@pytest.mark.parametrize("name", ["mine.parquet", "mine.npz", "mine.tar"])
def test_one_file_stands_for_a_folder_of_it_alone(name, tmp_path, capsys):
    path, output = tmp_path / name, tmp_path / "m.toml"
    if name == "mine.parquet":
        write_parquet(path)
    elif name == "mine.npz":
        write_arrays(path)
    else:
        pack(path, samples(lambda n: ("cls", WORDS[n % 2])))
    (tmp_path / "other.csv").write_text("image,label\na.png,Mass\n")
    assert Identify(folder=path).run() == 2
    Draft(folder=path, output=output).run()
    assert Check(manifest=str(output), folder=path).run() == 0
    said = capsys.readouterr().out
    assert f"labelassemble check {output} {path}" in said
    assert "The source can be read as it is." in said
    assert "other.csv" not in said


def test_images_of_one_file_are_predicted_for(tmp_path):
    write_parquet(tmp_path / "mine.parquet")
    write_arrays(tmp_path / "mine.npz")
    (tmp_path / "broken.npz").write_bytes(b"PK\x03\x04")
    names = ("mine.parquet", "mine.npz", "broken.npz")
    found = list_asked_images([tmp_path / name for name in names])
    assert len(found) == 12 + 12 + 1
    assert read_file(found[0].path) == draw(0)
    pixels = np.load(io.BytesIO(read_file(found[-2].path)))
    assert pixels.shape == (28, 28)
    assert [one.path for one in found if one.wrong] == [tmp_path / "broken.npz"]


def test_images_of_arrays_in_hdf5(tmp_path):
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["x/images"] = np.zeros((2, 4, 4), np.uint8)
        file["labels"] = np.zeros(2)
    path = tmp_path / "a.h5"
    assert list_array_images(path) == [f"{path}#x/images/0", f"{path}#x/images/1"]
