"""What `predict` is to predict for, where images lie inside other files."""

import zipfile
from pathlib import Path

import polars as pl

from labelassemble.errors import ImageError
from labelassemble.files.open_file import read_file
from labelassemble.pipeline.asked_images import list_asked_images


def list_files(*paths: Path, volumes: bool = False) -> tuple[list[Path], dict[str, ImageError]]:
    asked = list_asked_images(paths, volumes)
    found = [one.path for one in asked if one.wrong is None]
    return found, {one.path.name: one.wrong for one in asked if one.wrong is not None}


def write_zip(path: Path, *names: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, name)
    return path


def test_images_of_archives_and_tables_in_a_folder_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "loose.png").write_bytes(b"loose.png")
    write_zip(tmp_path / "some.zip", "a.png", "b/c.png", "labels.csv")
    kind = pl.Struct({"bytes": pl.Binary, "path": pl.String})
    cells = [{"bytes": b"d.png", "path": "d.png"}]
    pl.DataFrame({"image": cells}, schema={"image": kind}).write_parquet(tmp_path / "t.parquet")
    found, refused = list_files(tmp_path)
    assert {read_file(path) for path in found} == {b"loose.png", b"a.png", b"b/c.png", b"d.png"}
    assert tmp_path / "loose.png" in found
    assert not refused


def test_an_archive_stands_for_a_folder_and_one_image_of_it_for_itself(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "some.zip", "a.png", "b/c.png")
    found, _ = list_files(archive)
    assert [read_file(path) for path in found] == [b"a.png", b"b/c.png"]
    one = Path(f"{archive}#b/c.png")
    assert list_files(one)[0] == [one]


def test_a_broken_archive_is_told_and_the_others_are_predicted(tmp_path: Path) -> None:
    (tmp_path / "broken.zip").write_bytes(b"PK")
    whole = write_zip(tmp_path / "whole.zip", "a.png")
    found, refused = list_files(tmp_path / "broken.zip", whole)
    assert [read_file(path) for path in found] == [b"a.png"]
    assert list(refused) == ["broken.zip"]


def test_volumes_are_not_looked_for_in_archives(tmp_path: Path) -> None:
    (tmp_path / "a.nii").write_bytes(b"1")
    write_zip(tmp_path / "some.zip", "b.nii")
    assert list_files(tmp_path, volumes=True)[0] == [tmp_path / "a.nii"]
