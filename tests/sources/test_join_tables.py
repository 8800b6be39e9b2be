import gzip

import polars as pl
import pytest

from labelassemble.errors import SourceError
from labelassemble.sources.join_tables import join_tables
from labelassemble.sources.note_columns import note_columns
from labelassemble.sources.open_table import open_tables
from labelassemble.sources.optional_files import any_there
from labelassemble.sources.problems import AT_ONCE, Problems
from labelassemble.sources.table_layout import JoinedTable

IMAGES = pl.DataFrame({"image": ["a", "b", "c", "d"], "study": ["1", "1", "2", ""]})
LABELS = JoinedTable(file=("labels.csv",), on=("study",))
OPTIONAL = JoinedTable(file=("lab*.csv",), on=("study",), needed=False)


def join(folder, *joins, wanted=("image", "Mass"), problems=AT_ONCE):
    opened = [
        (one, open_tables(folder, one.file, one.on, problems=problems))
        for one in joins
        if one.needed or any_there(folder, one.file)
    ]
    return join_tables(IMAGES, opened, wanted, problems)


def test_labels_by_study_beside_images(tmp_path):
    (tmp_path / "labels.csv").write_text("Mass,study,Other\n1,1,x\n0,3,x\n1,,x\n1,1,x\n")
    joined = join(tmp_path, LABELS)
    assert joined.table.columns == ["image", "study", "Mass"]
    assert joined.table["Mass"].to_list() == ["1", "1", "", ""]
    assert joined.missing.to_list() == [None, None, *["labels.csv has no row of it"] * 2]
    assert [(one.path, one.rows, one.unused) for one in joined.inputs] == [("labels.csv", 4, 1)]


def test_rows_may_do_without(tmp_path):
    (tmp_path / "labels.csv.gz").write_bytes(gzip.compress(b"study,Mass\n1,1\n"))
    joined = join(tmp_path, OPTIONAL)
    assert joined.missing.null_count() == 4
    assert joined.table["Mass"].to_list() == ["1", "1", "", ""]


def test_a_table_that_is_not_needed_need_not_be_there(tmp_path):
    joined = join(tmp_path, OPTIONAL)
    assert joined.table.equals(IMAGES)
    assert joined.inputs == ()
    with pytest.raises(SourceError, match=r"labels\.csv"):
        join(tmp_path, LABELS)


def test_a_column_comes_from_the_first_table_that_has_it(tmp_path):
    (tmp_path / "labels.csv").write_text("study,Mass,study_split\n1,1,train\n2,0,test\n")
    (tmp_path / "split.csv").write_text("image,Mass,split\na,9,train\n")
    second = JoinedTable(file=("split.csv",), on=("image",), needed=False)
    joined = join(tmp_path, LABELS, second, wanted=("image", "Mass", "split"))
    assert joined.table.select("Mass", "split").rows() == [
        ("1", "train"),
        ("1", ""),
        ("0", ""),
        ("", ""),
    ]


def test_two_rows_of_one_study_that_differ_are_refused(tmp_path):
    (tmp_path / "labels.csv").write_text("study,Mass\n1,1\n1,0\n2,1\n")
    with pytest.raises(SourceError) as caught:
        join(tmp_path, LABELS)
    assert caught.value.expected == "one row for each study in labels.csv."[:-1]
    assert (
        "1 with several that differ in labels.csv, such as study 1: Mass is '1' and '0'"
        in caught.value.got
    )


def test_the_first_of_two_rows_counts_where_all_that_is_wrong_is_collected(tmp_path):
    (tmp_path / "labels.csv").write_text("study,Mass\n1,1\n1,0\n2,1\n")
    joined = join(tmp_path, LABELS, problems=(problems := Problems()))
    assert [note.count for note in problems.noted] == [1]
    assert joined.table["Mass"].to_list() == ["1", "1", "1", ""]


def test_a_column_to_join_on_that_is_not_there_is_refused(tmp_path):
    (tmp_path / "labels.csv").write_text("Study,Mass\n1,1\n")
    with pytest.raises(SourceError, match="a column named 'study'"):
        note_columns(open_tables(tmp_path, ("labels.csv",), ["study"]), {"study": "table.join.on"})


MANIFEST = """
name = "mine"
[table]
file = "images.csv"
patient = "person"
[[table.join]]
file = "labels.csv"
on = ["person", "study"]
[[table.join]]
file = "split.csv"
on = "image"
[labels]
encoding = "finding_columns"
columns = ["Mass"]
values = { "1" = "positive", "0" = "negative" }
[split]
column = "part"
"""


def test_the_whole_way(read_handmade, tmp_path):
    (tmp_path / "images.csv").write_text("image,person,study\na,p1,s1\nb,p1,s1\nc,p2,s2\nd,p2,s3\n")
    (tmp_path / "labels.csv").write_text("person,study,Mass\np1,s1,1\np2,s2,0\n")
    table = read_handmade(
        "image,part\na,train\nb,train\nc,test\nd,test\n", MANIFEST, file="split.csv"
    )
    assert table.list_assessments().select("image", "assessment").rows() == [
        ("a", "positive"),
        ("b", "positive"),
        ("c", "negative"),
    ]
    assert table.images["official_split"].to_list() == ["train", "train", "test"]
    assert table.excluded.select("image", "reason").rows() == [("d", "labels.csv has no row of it")]


def test_a_column_that_no_table_has_is_refused(read_handmade, tmp_path):
    (tmp_path / "images.csv").write_text("image,person,study\na,p1,s1\n")
    (tmp_path / "labels.csv").write_text("person,study,Mas\np1,s1,1\n")
    with pytest.raises(SourceError) as caught:
        read_handmade("image,part\na,train\n", MANIFEST, file="split.csv")
    assert "'Mass' in images.csv, labels.csv, split.csv" in caught.value.expected
