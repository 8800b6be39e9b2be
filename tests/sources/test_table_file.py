import contextlib
import csv
import gzip
import hashlib
import io
import os
import zipfile
from pathlib import Path, PurePath

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labelassemble.errors import SourceError
from labelassemble.sources.find_files import find_files, has_table
from labelassemble.sources.read_names import read_names
from labelassemble.sources.table_file import read_source_table


def read(folder, text, columns=("image",), **more):
    (folder / "a.csv").write_bytes(text.encode() if isinstance(text, str) else text)
    return read_source_table(folder, ["a.csv"], list(columns), **more).table.rows()


@pytest.mark.parametrize(
    "text",
    [
        "image,found\na,x\nb,y\n",
        "\ufeffimage,found\r\na,x\r\nb,y",
        "image,found\ra,x\rb,y\r",
        " image ,found\n a , x\n\nb,y\n,\n",
        'found,image,"note"\nx,a,"two\nlines, a comma"\ny,b,\n',
        "image,found\na,x,,\nb,y,\n",
        "\n\nimage,found,pixels[x,y]\na,x,1,2\nb,y,3,4\n",
        "image,found,note,note\na,x,1,2\nb,y,3,4\n",
    ],
)
def test_tables_that_say_the_same_read_the_same(tmp_path, text):
    assert read(tmp_path, text, ["image", "found"]) == [("a", "x"), ("b", "y")]


def test_plain_packed_tabs_patterns_and_lists(tmp_path):
    (tmp_path / "a.tsv").write_text("image\tfound\na\tx\n")
    (tmp_path / "b.csv.gz").write_bytes(gzip.compress(b"image,found\nb,y\n"))
    columns = ["image", "found"]
    assert read_source_table(tmp_path, ["a.tsv"], columns).table.rows() == [("a", "x")]
    assert read_source_table(tmp_path, ["b.csv"], columns).table.rows() == [("b", "y")]
    both, file, inputs, _ = read_source_table(tmp_path, ["*.csv", "a.*", "b.csv"], columns)
    assert both.rows() == [("b", "y"), ("a", "x")]
    assert file.to_list() == ["b.csv.gz", "a.tsv"]
    assert [one.path for one in inputs] == ["b.csv.gz", "a.tsv"]
    content = (tmp_path / "b.csv.gz").read_bytes()
    assert inputs[0].sha256 == hashlib.sha256(content).hexdigest()
    assert (inputs[0].size, inputs[0].rows) == (len(content), 1)
    assert read(tmp_path, "image;found\na;x\n", columns, separator=";") == [("a", "x")]


@pytest.mark.parametrize(
    ("text", "got"),
    [
        ("", "no column 'image' in a.csv; known: none"),
        ("imag,found\na,x\n", "no column 'image' in a.csv; nearest: 'imag'"),
        ("image;found\na;x\n", "columns in a.csv are separated by ';'"),
        ("found\na\n", "no column 'image' in a.csv; known: found"),
        ("image,image\na,x\n", "2 columns named 'image' in a.csv"),
        ("image,found\na\nb,y\nc,x,z\n", "than the 2 of its header: line 2 has 1, line 4 has 3"),
        ("image,found\n", "a header and nothing below it"),
        ('image,found\na,"x\n', "from line 2 on: unexpected end of data"),
        ('image,found\na,"x"y\n', "from line 2 on"),
    ],
)
def test_a_broken_table_is_refused(tmp_path, text, got):
    with pytest.raises(SourceError) as caught:
        read(tmp_path, text)
    assert got in caught.value.got


def test_columns_that_may_lack_are_blank_where_they_do(tmp_path):
    (tmp_path / "a.csv").write_text("image,who\na,1\n")
    (tmp_path / "b.csv").write_text("image\nb\n")
    read = read_source_table(
        tmp_path, ["a.csv", "b.csv"], ["image", "who", "why"], may_lack=["who", "why"]
    )
    assert read.table.rows() == [("a", "1", ""), ("b", "", "")]
    assert read.lacking == ("why",)


def test_a_missing_file_names_what_is_there(tmp_path):
    (tmp_path / "labels_2017.csv").touch()
    for name in ("labels_2018.csv", "labels_201[0-6].csv"):
        with pytest.raises(SourceError) as caught:
            read_source_table(tmp_path, [name], ["image"])
        assert "nearest: labels_2017.csv" in caught.value.got
    with pytest.raises(SourceError, match=r"the folder holds labels_2017\.csv"):
        read_source_table(tmp_path, ["below/a.csv"], ["image"])
    with pytest.raises(SourceError, match="no such folder"):
        read_source_table(tmp_path / "none", ["a.csv"], ["image"])
    with pytest.raises(SourceError, match=r"Got      a file\."):
        read_source_table(tmp_path / "labels_2017.csv", ["a.csv"], ["image"])


def test_a_file_that_cannot_be_read_is_told(tmp_path, monkeypatch):
    def refuse(path, *_mode):
        raise PermissionError(13, "Permission denied")

    (tmp_path / "a.csv").touch()
    monkeypatch.setattr("pathlib.Path.open", refuse)
    with pytest.raises(SourceError, match="Permission denied"):
        read_source_table(tmp_path, ["a.csv"], ["image"])


def test_lists_of_names(tmp_path):
    (tmp_path / "test.txt.gz").write_bytes(gzip.compress(b" a.png \r\n\r\nb.png"))
    names, file = read_names(tmp_path, "test.txt")
    assert names.to_list() == ["a.png", "b.png"]
    assert (file.path, file.rows) == ("test.txt.gz", 2)
    assert has_table(tmp_path, "test.txt")
    assert not has_table(tmp_path, "train.txt")
    (tmp_path / "none.txt").write_text("\n \n")
    with pytest.raises(SourceError, match="an empty file"):
        read_names(tmp_path, "none.txt")


CELL = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]) | st.just("\n"), max_size=6
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(rows=st.lists(st.tuples(CELL, CELL), min_size=1, max_size=6))
def test_what_a_writer_quotes_comes_back(tmp_path, rows):
    memory = io.StringIO()
    csv.writer(memory).writerows([("image", "found"), *rows])
    expected = [(a.strip(), b.strip()) for a, b in rows if a or b]
    if not expected:
        with pytest.raises(SourceError, match="nothing below it"):
            read(tmp_path, memory.getvalue(), ["image", "found"])
        return
    assert read(tmp_path, memory.getvalue(), ["image", "found"]) == expected


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80)
@given(text=st.text('image,found"\n\r;\t 1é|', max_size=40) | st.binary(max_size=40))
def test_malformed_tables_never_escape_with_a_traceback(tmp_path, text):
    head = "image,found\n" if isinstance(text, str) else b"image,found\n"
    with contextlib.suppress(SourceError):
        rows = read(tmp_path, head + text, ["image", "found"])
        assert all(cell == cell.strip() for row in rows for cell in row)


@pytest.mark.parametrize(
    "name", ["labels[1].csv", "labels*.csv", "lab?.csv", "é [x].csv", "a#b.csv"]
)
def test_a_file_that_is_called_just_so_comes_before_a_pattern(tmp_path, name):
    (tmp_path / name).write_text("image\na\n")
    (tmp_path / "labels1.csv").write_text("image\nother\n")
    assert read_source_table(tmp_path, [name], ["image"]).table.rows() == [("a",)]
    assert has_table(tmp_path, name)
    assert read_names(tmp_path, name)[0].to_list() == ["image", "a"]


def test_a_name_is_found_however_its_accents_are_composed(tmp_path):
    (tmp_path / "cafe\u0301.csv").write_text("image\na\n")
    assert read_source_table(tmp_path, ["caf\u00e9.csv"], ["image"]).table.rows() == [("a",)]
    (tmp_path / "caf\u00e9.csv").write_text("image\nb\n")
    assert read_source_table(tmp_path, ["caf\u00e9.csv"], ["image"]).table.rows() == [("b",)]


@pytest.mark.parametrize("name", ["/{}/a.csv", "/{}/*.csv", "C:\\a.csv", "C:/x/*.csv", "a\0.csv"])
def test_absolute_names_are_refused_in_one_sentence(tmp_path, name):
    (tmp_path / "a.csv").write_text("image\na\n")
    name = name.replace("/{}", tmp_path.as_posix())
    for read_it in (has_table, read_names, lambda f, n: read_source_table(f, [n], ["image"])):
        with pytest.raises(SourceError, match="Expected the name of a file below the source's"):
            read_it(tmp_path, name)


@pytest.mark.parametrize("name", ["**labels.csv", "a/**b/*.csv", "*.csv/**c"])
def test_two_stars_stand_alone(tmp_path, name):
    with pytest.raises(SourceError, match="stands alone"):
        read_source_table(tmp_path, [name], ["image"])


@pytest.mark.parametrize("name", ["x" * 300 + ".csv", "a.csv/b.csv", "none/*.csv", "[.csv"])
def test_names_that_no_file_can_have_are_missing(tmp_path, name):
    (tmp_path / "a.csv").write_text("image\na\n")
    with pytest.raises(SourceError, match="Expected the file"):
        read_source_table(tmp_path, [name], ["image"])


def test_a_pattern_that_finds_a_name_that_is_no_utf8_says_so(tmp_path):
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.csv")).write_text("image\na\n")
    with pytest.raises(SourceError, match=r"caf\\xe9"):
        read_source_table(tmp_path, ["*.csv"], ["image"])
    with pytest.raises(SourceError, match=r"caf\\xe9"):
        read_source_table(tmp_path, ["none.csv"], ["image"])


def test_tables_of_any_kind_read_the_same(tmp_path):
    frame = pl.DataFrame({"patient": [7.0, 8.0], "image": ["a", "b"], "sick": [True, None]})
    frame.write_parquet(tmp_path / "a.parquet")
    frame.write_ndjson(tmp_path / "b.jsonl")
    (tmp_path / "c.csv").write_text("image,sick,patient\na,true,7\nb,,8\n")
    for name in ("a.parquet", "b.jsonl", "c.csv"):
        read_it = read_source_table(tmp_path, [name], ["image", "patient", "sick"])
        assert read_it.table.rows() == [("a", "7", "true"), ("b", "8", "")]
    with pytest.raises(SourceError, match="'found'"):
        read_source_table(tmp_path, ["a.parquet"], ["found"])


def test_many_files_are_found_once_each_in_linear_time(tmp_path, monkeypatch):
    for number in range(500):
        (tmp_path / f"{number:03}.txt").touch()
    compared, equal = [], PurePath.__eq__

    def count(one, other):
        compared.append(1)
        return equal(one, other)

    monkeypatch.setattr(PurePath, "__eq__", count)
    found = find_files(tmp_path, ["*.txt", "1*.txt", "007.txt"])
    assert len(compared) < 10 * 500
    assert [path.name for path in found] == [f"{number:03}.txt" for number in range(500)]


@pytest.mark.parametrize("name", ["labels.csv", "**/*.csv"])
def test_an_archive_that_was_cut_is_named(tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as file:
        file.writestr("labels.csv", "image,found\n" * 100)
    whole = (tmp_path / "set.zip").read_bytes()
    assert find_files(tmp_path, [name])
    (tmp_path / "set.zip").write_bytes(whole[:-30])
    with pytest.raises(SourceError, match=r"set\.zip: an archive that cannot be looked into"):
        find_files(tmp_path, [name])
