import gzip
import hashlib
import zipfile

import pytest

from labelassemble.assembly.crosswalk import read_crosswalk
from labelassemble.errors import AssemblyError
from labelassemble.settings import CrosswalkSettings

TEXT = "ours,theirs,error\n0001,x.png,1.5\n0002, y.png ,\n0001,x.png,2\n,z.png,1\n0003,,1\n"


def settings(file, left="ours", right="theirs"):
    return CrosswalkSettings(
        file=file, left_source="a", left_column=left, right_source="b", right_column=right
    )


def write_zip(file, *names):
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, TEXT)


def test_plain_gzip_zip_and_tabs_read_the_same(tmp_path):
    plain, tabs = tmp_path / "walk.csv", tmp_path / "walk.tsv"
    packed, archive = tmp_path / "walk.csv.gz", tmp_path / "walk.zip"
    plain.write_text(TEXT)
    tabs.write_text(TEXT.replace(",", "\t"))
    packed.write_bytes(gzip.compress(TEXT.encode()))
    write_zip(archive, "notes.md", "walk.csv")
    for file in (plain, tabs, packed, archive):
        # Leading zeros stay, blanks around names go, pairs stand once, half pairs are dropped.
        pairs, input_file = read_crosswalk(settings(file))
        assert pairs.rows() == [("0001", "x.png", None), ("0002", "y.png", None)]
        assert (input_file.path, input_file.rows) == (file.name, 5)
        assert input_file.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()


def test_both_sides_may_be_the_same_column(tmp_path):
    file = tmp_path / "walk.csv"
    file.write_text(TEXT)
    pairs, _ = read_crosswalk(settings(file, "ours", "ours"))
    assert pairs.rows() == [(name, name, None) for name in ("0001", "0002", "0003")]


def test_the_error_of_a_match_is_its_smallest(tmp_path):
    file = tmp_path / "walk.csv"
    file.write_text(TEXT)
    measured = settings(file).model_copy(update={"error_column": "error"})
    pairs, _ = read_crosswalk(measured)
    assert pairs.rows() == [("0001", "x.png", 1.5), ("0002", "y.png", None)]
    file.write_text(TEXT.replace("1.5", "good"))
    with pytest.raises(AssemblyError, match="'good'"):
        read_crosswalk(measured)


def test_a_column_that_is_not_there_names_the_nearest(tmp_path):
    file = tmp_path / "walk.csv"
    file.write_text(TEXT)
    with pytest.raises(AssemblyError, match="nearest: 'theirs'"):
        read_crosswalk(settings(file, right="their"))


@pytest.mark.parametrize(
    ("name", "content", "got"),
    [
        ("walk.csv", None, "the folder holds nothing"),
        ("walk.csv", b"", "no column 'ours'"),
        ("walk.csv", b"ours,theirs\n1,2,3,4\n", "line 2 has 4"),
        ("walk.csv", b"ours,theirs\n", "a header and nothing below it"),
        ("walk.csv", b"ours,theirs\n1,\n", "no row that names both images"),
        ("walk.csv.gz", gzip.compress(TEXT.encode(), mtime=0)[:20], "ended before"),
        ("walk.zip", b"PK\x03\x04 and no more", "not a zip file"),
    ],
)
def test_a_file_that_is_no_table_says_what_is_wrong(tmp_path, name, content, got):
    file = tmp_path / name
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(AssemblyError) as caught:
        read_crosswalk(settings(file))
    assert got in caught.value.got
    assert name in caught.value.expected
    assert caught.value.do.endswith(f"of the crosswalk {name}")


def test_a_zip_with_two_tables_is_an_error(tmp_path):
    file = tmp_path / "walk.zip"
    write_zip(file, "one.csv", "two.csv")
    with pytest.raises(AssemblyError, match=r"2: one\.csv, two\.csv"):
        read_crosswalk(settings(file))
