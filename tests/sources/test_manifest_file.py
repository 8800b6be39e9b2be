from typing import NamedTuple

import pytest

from labelassemble.errors import SourceError
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.manifest_file import load_manifest, parse_manifest
from labelassemble.sources.problems import Problem, Problems

SOUND = """
name = "mine"
[table]
file = "labels.csv"
[labels]
encoding = "delimited_list"
column = "found"
[scope]
terms = ["Mass"]
"""


class Read(NamedTuple):
    manifest: Manifest | None
    notes: tuple[Problem, ...]


def check(text):
    problems = Problems()
    manifest = problems.attempt(lambda: parse_manifest(text, "m.toml", problems))
    return Read(manifest, tuple(problems.noted))


def check_manifest(name):
    problems = Problems()
    manifest = problems.attempt(lambda: load_manifest(name, problems=problems))
    return Read(manifest, tuple(problems.noted))


def said(read):
    return " ".join(note.what for note in read.notes)


def test_a_sound_manifest_has_no_notes(tmp_path):
    path = tmp_path / "m.toml"
    path.write_text(SOUND, encoding="utf-8")
    read = check_manifest(str(path))
    assert read.notes == ()
    assert read.manifest is not None
    assert check_manifest("nih_chestxray14").notes == ()


def test_all_wrong_keys_are_told_and_the_rest_is_read():
    text = SOUND.replace('"mine"', '"My Hospital"').replace("[table]", "[table]\nfoo = 1\nage = 3")
    read = check(text + '[split]\nbar = 1\n[[overlaps]]\nsource = "a"\nours = "none"\n')
    assert len(read.notes) == 5
    assert all(note.kind == "problem" for note in read.notes)
    for key in ("name = 'My Hospital'", "table.foo", "table.age", "split.bar", "overlaps.0.ours"):
        assert key in said(read)
    assert read.manifest is not None
    assert read.manifest.table is not None
    assert read.manifest.table.file == ("labels.csv",)
    assert read.manifest.overlaps[0].ours == "image"


def test_wrong_entries_of_a_list_are_taken_out():
    read = check(SOUND + '[[overlaps]]\nfoo = 1\n[[overlaps]]\nsource = "a"\n')
    assert "overlaps.0.source: it is required" in said(read)
    read = check(SOUND.replace('["Mass"]', '["Mass", 3, "Edema", 4]'))
    assert len(read.notes) == 2
    assert read.manifest is not None
    assert read.manifest.scope.terms == ("Mass", "Edema")


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('encoding = "delimited_list"', "", "labels.encoding: it is required"),
        ('"delimited_list"', '"delimited"', "nearest: delimited_list"),
        ('column = "found"', "", "labels.column: it is required"),
        ("[table]", "[tables]", "no key 'tables'; nearest: table"),
        ('[table]\nfile = "labels.csv"', "", "needs a [table]"),
    ],
)
def test_what_nothing_can_be_read_without(old, new, what):
    read = check(SOUND.replace(old, new))
    assert read.manifest is None
    assert what in said(read)


def test_parts_that_contradict_each_other_are_told_and_read():
    read = check(SOUND.replace('terms = ["Mass"]', 'no_finding = ["Normal"]'))
    assert "scope.terms is missing" in said(read)
    assert read.manifest is not None
    assert read.manifest.scope.no_finding == ("Normal",)


def test_a_table_beside_files_that_need_none_is_set_aside():
    text = 'name = "a"\n[table]\nfile = "x.csv"\n[labels]\nencoding = "folder_names"\n'
    read = check(text + "patterns = ['(?P<term>a)/.*']\n[scope]\nterms = ['a']\n")
    assert "leave [table] out" in said(read)
    assert read.manifest is not None
    assert read.manifest.table is None


def test_what_is_no_manifest_at_all(tmp_path):
    path = tmp_path / "m.toml"
    path.write_text("name = ", encoding="utf-8")
    for name in (str(path), str(tmp_path / "none.toml"), "nih"):
        read = check_manifest(name)
        assert read.manifest is None
        assert len(read.notes) == 1


def test_keys_are_told_for_a_file_on_disk(tmp_path):
    path = tmp_path / "m.toml"
    path.write_text(SOUND + "[images]\nfoo = 1\nbar = 2\nx = 1\ny = 2\n", encoding="utf-8")
    assert len(check_manifest(str(path)).notes) == 4


def test_a_manifest_extends_a_built_in_one():
    published = load_manifest("nih_chestxray14")
    text = 'extends = "nih_chestxray14"\nname = "mine"\n[table]\nfile = "m.csv"\nsex = "Sex"\n'
    manifest = parse_manifest(text, "mine.toml")
    assert manifest.table.file == ("m.csv",)
    assert (manifest.table.sex, manifest.table.age) == ("Sex", "Patient Age")
    assert (manifest.scope, manifest.boxes) == (published.scope, published.boxes)
    assert (manifest.licence, manifest.evidence) == (published.licence, published.evidence)
    assert manifest.recognise is None
    assert parse_manifest('extends = "nih_chestxray14"', "x").recognise is not None


@pytest.mark.parametrize(
    ("name", "said"),
    [("nih_chestxray41", "nih_chestxray14"), ("mine.toml", "cannot be extended further")],
)
def test_only_built_in_manifests_are_extended(name, said):
    with pytest.raises(SourceError, match=said):
        parse_manifest(f'extends = "{name}"', "x.toml")


def test_other_labels_replace_those_of_the_built_in_one():
    text = 'extends = "nih_chestxray14"\n[labels]\nencoding = "class_column"\ncolumn = "c"\n'
    assert parse_manifest(text, "x").labels.columns_read == ("c",)
