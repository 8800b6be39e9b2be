import gzip
from typing import NamedTuple

from labelassemble.sources.columns_read import exclude_columns, name_columns
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.problems import Problem, Problems
from labelassemble.sources.source_tables import SourceTables, open_source_tables

TABLE = {"file": "labels.csv", "image": "image", "patient": "person", "age": "years"}
LABELS = {"encoding": "finding_columns", "columns": ["Mass", "None"], "values": {"1": "positive"}}


def manifest(table=None, labels=None, **others):
    return Manifest.model_validate(
        {"name": "mine", "table": table or TABLE, "labels": labels or LABELS, **others}
    )


class Checked(NamedTuple):
    manifest: Manifest | None
    notes: tuple[Problem, ...]
    opened: SourceTables


def check(folder, text, made, file="labels.csv"):
    if text is not None:
        (folder / file).write_text(text, encoding="utf-8")
    problems = Problems()
    opened = open_source_tables(folder, made, made.table, problems)
    return Checked(opened.manifest, tuple(problems.noted), opened)


def told(checked):
    return [note.what for note in checked.notes]


def test_all_columns_are_there(tmp_path):
    checked = check(tmp_path, "image,person,years,Mass,None\n", manifest())
    assert (checked.manifest, checked.notes) == (manifest(), ())


def test_every_missing_column_is_told_with_its_key_and_the_nearest(tmp_path):
    made = manifest(
        scope={"no_finding": ["None"]},
        split={"column": "set"},
        subsets=[{"where": {"site": ["a"], "image": ["*"]}, "terms": ["Mass"]}],
    )
    checked = check(tmp_path, "image,Person,Years,Mass\n", made)
    assert told(checked) == [
        "no column 'person' (table.patient) in labels.csv; nearest: 'Person'",
        "no column 'years' (table.age) in labels.csv; nearest: 'Years'",
        "no column 'set' (split.column) in labels.csv; known: image, Person, Years, Mass",
        "no column 'site' (subsets.where) in labels.csv; known: image, Person, Years, Mass",
        "no column 'None' (labels) in labels.csv; known: image, Person, Years, Mass",
    ]
    left = checked.manifest
    assert left.table.patient is left.table.age is left.split.column is None
    assert left.labels.columns == ("Mass",)
    assert left.scope.no_finding == ()
    assert left.subsets[0].where == {"image": ("*",)}


def test_without_the_image_nothing_can_be_read(tmp_path):
    assert check(tmp_path, "Image,person,years,Mass,None\n", manifest()).manifest is None


def test_labels_that_are_all_missing(tmp_path):
    assert check(tmp_path, "image,person,years\n", manifest()).manifest.labels.encoding == (
        "unlabelled"
    )
    made = manifest(labels={"encoding": "delimited_list", "column": "x"}, scope={"terms": ["Mass"]})
    assert check(tmp_path, "image,person,years\n", made).manifest.labels.encoding == "unlabelled"


def test_a_column_twice(tmp_path):
    checked = check(tmp_path, "image,person,years,Mass,Mass,None\n", manifest())
    assert told(checked) == ["2 columns named 'Mass' in labels.csv"]
    assert checked.manifest.labels.columns == ("None",)


def test_columns_that_may_lack(tmp_path):
    made = manifest({**TABLE, "may_lack": ["years"]})
    checked = check(tmp_path, "image,person,Mass,None\n", made)
    assert (checked.manifest, checked.notes) == (made, ())


def test_another_separator_is_found(tmp_path):
    checked = check(tmp_path, "image;person;years;Mass;None\n", manifest())
    assert told(checked) == ["columns in labels.csv are separated by ';'"]
    assert checked.notes[0].do == 'Say so in the manifest: table.separator = ";"'
    assert checked.opened.main[0].separator == ";"


def test_missing_and_strange_files_are_all_told(tmp_path):
    made = manifest({**TABLE, "file": ["labels.csv", "lables2.csv", "record.csv"]})
    (tmp_path / "record.csv").write_bytes(b"\x89PNG\x00")
    (tmp_path / "labels2.csv").write_text("", encoding="utf-8")
    checked = check(tmp_path, "image,person,years,Mass,None\n", made)
    assert len(checked.notes) == 2
    assert "nearest: labels2.csv" in told(checked)[0]
    assert "binary data" in told(checked)[1]
    assert checked.manifest is not None
    (tmp_path / "labels.csv").unlink()
    assert check(tmp_path, None, made).manifest is None


def test_a_column_that_one_of_two_files_lacks(tmp_path):
    made = manifest({**TABLE, "file": "labels*.csv"})
    (tmp_path / "labels2.csv").write_text("image,person,Mass,None\n", encoding="utf-8")
    checked = check(tmp_path, "image,person,years,Mass,None\n", made)
    assert told(checked) == [
        "no column 'years' (table.age) in labels2.csv; known: image, person, Mass, None"
    ]


def test_joined_tables(tmp_path):
    join = [{"file": "persons.csv", "on": "person"}, {"file": "views.csv", "on": "image"}]
    made = manifest({**TABLE, "view": "view", "join": join})
    (tmp_path / "persons.csv.gz").write_bytes(gzip.compress(b"person,years\n"))
    checked = check(tmp_path, "image,person,Mass,None\n", made)
    assert len(checked.notes) == 2  # the table, and the column that it would have brought
    assert "views.csv" in told(checked)[0]
    assert "no column 'view'" in told(checked)[1]
    assert [one.file for one, _ in checked.opened.joined] == [("persons.csv",)]
    assert checked.manifest.table.age == "years"


def test_a_join_without_its_key_is_told_once(tmp_path):
    made = manifest({**TABLE, "join": [{"file": "persons.csv", "on": "person"}]})
    (tmp_path / "persons.csv").write_text("Person,years\n", encoding="utf-8")
    checked = check(tmp_path, "image,person,Mass,None\n", made)
    assert told(checked) == ["no column 'person' (table.join.on) in persons.csv; nearest: 'Person'"]
    assert checked.opened.joined == []
    assert checked.manifest.table.age is None


def test_a_join_that_is_not_needed_may_be_missing(tmp_path):
    join = [{"file": "views.csv", "on": "image", "needed": False}]
    made = manifest({**TABLE, "join": join})
    checked = check(tmp_path, "image,person,years,Mass,None\n", made)
    assert checked.notes == ()


def test_rows_from_names_have_their_groups_as_columns(tmp_path):
    table = {"names": r"(?P<person>\d+)/.*", "image": "image", "patient": "persons"}
    made = manifest(table, {"encoding": "unlabelled"})
    (note,) = check(tmp_path, None, made).notes
    assert note.what == (
        "no column 'persons' (table.patient) in the groups of table.names; nearest: 'person'"
    )


def test_without_a_table_there_is_nothing_to_check():
    made = Manifest(name="a")
    assert name_columns(made) == {}
    assert exclude_columns(made, {"a"}) is made
