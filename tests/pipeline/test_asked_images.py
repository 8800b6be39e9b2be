"""Every way to name images for `predict`."""

import io
import os
import sys
from pathlib import Path

import polars as pl
import pytest
from tests.sources.test_typed_table import make_workbook

from labelassemble.errors import SettingsError
from labelassemble.pipeline.asked_images import list_asked_images


@pytest.fixture
def images(tmp_path: Path) -> Path:
    for name in ("a.png", "b.png", "deep/c.png", "x[1].png", "notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    return tmp_path


def names(folder: Path, *given: str | Path, column: str | None = None) -> list[str]:
    asked = list_asked_images([folder / one for one in given], column=column)
    return [one.path.relative_to(folder).as_posix() for one in asked if one.wrong is None]


def test_patterns_that_no_shell_expanded(images: Path) -> None:
    assert names(images, "**/*.png") == ["a.png", "b.png", "deep/c.png", "x[1].png"]
    assert names(images, "[ab].png") == ["a.png", "b.png"]
    assert names(images, "x[1].png") == ["x[1].png"], "a file of that name is meant first"
    assert names(images, "x[1].png#frame/3") == ["x[1].png#frame/3"]


@pytest.mark.parametrize("suffix", ["csv", "tsv", "parquet", "jsonl", "xlsx"])
def test_lists_of_paths_from_their_folder_on_with_repeats(images: Path, suffix: str) -> None:
    absolute = str(images / "a.png")
    frame = pl.DataFrame({"patient": ["1", "2", "2"], "path": ["deep/c.png", absolute, absolute]})
    (images / "lists").mkdir()
    frame = frame.with_columns(pl.col("path").str.replace("^deep", "../deep"))
    place = images / "lists" / f"mine.{suffix}"
    if suffix in ("csv", "tsv"):
        frame.write_csv(place, separator="," if suffix == "csv" else "\t")
    elif suffix == "xlsx":
        place.write_bytes(make_workbook(list=[frame.columns, *frame.rows()]))
    else:
        getattr(frame, {"parquet": "write_parquet", "jsonl": "write_ndjson"}[suffix])(place)
    asked = [one.path for one in list_asked_images([place])]
    assert asked == [images / "lists" / "../deep/c.png", images / "a.png", images / "a.png"]


def test_the_column_of_a_list(images: Path) -> None:
    (images / "mine.csv").write_text("name;place\na;a.png\n")
    with pytest.raises(SettingsError) as caught:
        names(images, "mine.csv")
    assert "file, path, image, filename" in caught.value.expected
    assert "--column NAME" in caught.value.do
    assert names(images, "mine.csv", column="place") == ["a.png"]
    with pytest.raises(SettingsError, match="nearest: place"):
        names(images, "mine.csv", column="plce")
    (images / "mine.csv").write_text("file\n")
    with pytest.raises(SettingsError, match="a list of images"):
        names(images, "mine.csv")


def test_a_list_with_two_such_columns_is_refused(images: Path) -> None:
    (images / "twice.csv").write_text("file,note,file\na.png,x,b.png\n")
    with pytest.raises(SettingsError, match="2 columns 'file'"):
        list_asked_images([images / "twice.csv"])


@pytest.mark.parametrize("sign", [b"\n", b"\r\n", b"\0"])
def test_standard_input(sign: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    given = ("a b.png", "über/x.dcm#frame/2", "caf\udce9.png")
    data = sign.join(one.encode("utf-8", "surrogateescape") for one in given) + sign
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    asked = list_asked_images([Path("-"), Path("more.png")])
    assert [str(one.path) for one in asked] == [*given, "more.png"]


def test_no_image_at_all_is_an_error_and_one_empty_place_among_others_a_row(
    images: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (images / "empty").mkdir()
    for given, said in (("empty", "no image files in that folder"), ("*.bmp", "no files of that")):
        with pytest.raises(SettingsError) as caught:
            names(images, given)
        assert caught.value.expected == f"at least one image file at {images / given}"
        assert said in caught.value.got
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\n")))
    with pytest.raises(SettingsError, match="at least one image file"):
        list_asked_images([Path("-")])
    asked = list_asked_images([images / "empty", images / "a.png"])
    assert [one.wrong is None for one in asked] == [False, True]


def test_files_of_a_folder_that_are_not_taken_are_told(tmp_path: Path) -> None:
    place = tmp_path / "a folder"
    place.mkdir()
    (place / "a.png").touch()
    (place / "notes.txt").touch()
    (place / "gone.png").symlink_to("nowhere.png")
    with open(os.path.join(os.fsencode(place), b"r\xf6ntgen.png"), "wb"):  # noqa: PTH118, PTH123
        pass
    told = list[str]()
    asked = list_asked_images([place, place / "a.png"], complain=told.append)
    assert [one.path.name for one in asked] == ["a.png", "a.png"]
    assert sorted(told) == [
        f"{place}: 1 file not taken: a link to a file that is not there (gone.png)",
        f"{place}: 1 file not taken: a name that is no UTF-8: rename it (r\\xf6ntgen.png)",
        f"{place}: 1 file not taken: no image by its extension .txt (notes.txt)",
    ]
