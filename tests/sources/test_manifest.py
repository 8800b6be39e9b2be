import pytest

from labelassemble.errors import SourceError
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.manifest_file import builtin_manifests, load_manifest

TABLE = '[table]\nfile = "a.csv"\nimage = "image"\n'
LIST = TABLE + '[labels]\nencoding = "delimited_list"\ncolumn = "found"\n'
COLUMNS = (
    TABLE + '[labels]\nencoding = "finding_columns"\ncolumns = ["Mass", "None"]\n'
    'values = { "1" = "positive" }\n'
)
BOXES = TABLE + '[labels]\nencoding = "box_rows"\nterm = "Mass"\nbox = ["x", "y", "w", "h"]\n'
NAMES = "[labels]\nencoding = \"folder_names\"\npatterns = ['(?P<term>.*)']\n"
TERMS = '[scope]\nterms = ["Mass"]\n'


def load(tmp_path, text):
    (tmp_path / "m.toml").write_text(text, encoding="utf-8")
    return load_manifest("m.toml", tmp_path)


def test_every_built_in_manifest_is_whole():
    manifests = builtin_manifests()
    assert {"nih_chestxray14", "rsna_pneumonia", "covid_chestxray", "unlabelled_folder"} <= set(
        manifests
    )
    for name, manifest in manifests.items():
        assert manifest.name == name
        assert manifest.title
        assert manifest.download
        if name != "unlabelled_folder":
            assert manifest.licence
            assert manifest.citation
            assert manifest.url.startswith("https://")


def test_ten_lines_are_enough(tmp_path):
    manifest = load(tmp_path, 'name = "a"\n' + LIST + TERMS)
    assert manifest.table is not None
    assert manifest.table.file == ("a.csv",)
    assert manifest.scope.terms == ("Mass",)


def test_a_name_alone_is_an_unlabelled_folder():
    assert Manifest(name="a").labels.encoding == "unlabelled"


def test_a_path_may_be_absolute(tmp_path):
    (tmp_path / "m.toml").write_bytes(b'\xef\xbb\xbfname = "a"')
    assert load_manifest(str(tmp_path / "m.toml")).name == "a"


@pytest.mark.parametrize(
    ("text", "got"),
    [
        ("", "name: it is required and missing"),
        ('nam = "a"', "nam: no key 'nam'; nearest: name"),
        ('name = "a b"', "name = 'a b': string should match"),
        ('name = "a"\nlabels = 3', "labels = 3"),
        ('name = "a"\n[table]\nfile = "x"\nimage = "i"\npatiant = "p"', "nearest: patient"),
        ('name = "a"\n[scope]\nterm = ["x"]', "scope.term: no key 'term'; nearest: terms"),
        ('name = "a"\n[labels]\ncolumn = "x"', "labels.encoding: it is required and missing"),
        ('name = "a"\n[labels]\nencoding = "delimited"', "nearest: delimited_list"),
        (
            'name = "a"\n' + LIST + 'colum = "y"\n' + TERMS,
            "labels.colum: no key 'colum'; nearest: column",
        ),
        ('name = "a"\n' + LIST, "scope.terms is missing"),
        ('name = "a"\n' + COLUMNS + TERMS, "leave scope.terms out"),
        ('name = "a"\n' + BOXES + TERMS, "leave scope.terms out"),
        ('name = "a"\n' + TERMS, "leave scope.terms out"),
        (
            'name = "a"\n[labels]\nencoding = "delimited_list"\ncolumn = "x"\n' + TERMS,
            "encoding 'delimited_list' needs a [table]",
        ),
        ('name = "a"\n' + TABLE + NAMES + TERMS, "reads its own files: leave [table] out"),
        ('name = "a"\n[split]\ncolumn = "x"', "split.column needs a [table]"),
        (
            'name = "a"\n' + LIST + TERMS + '[split]\ncolumn = "x"\nlists = { test = "t.txt" }',
            "give one of split.lists, split.column and split.files",
        ),
        ('name = "a"\n[split]\nlists = { tst = "t.txt" }', "'train', 'validate' or 'test'"),
        ('name = "a"\n' + LIST + TERMS + 'no_finding = ["Mass"]', "'Mass' in two lists"),
        (
            'name = "a"\n' + LIST + TERMS + 'rules_out_only = { Edema = ["Mass"] }',
            "speak of 'Edema'",
        ),
        (
            'name = "a"\n' + LIST + TERMS + 'rules_out_only = { Mass = ["Edema"] }',
            "speak of 'Edema'",
        ),
        ('name = "a"\n' + COLUMNS + '[scope]\nno_finding = ["Normal"]', "names columns"),
        ('name = "a"\n' + TABLE + 'patient_pattern = "(\\\\d+)"', "(?P<patient>...)"),
        ('name = "a"\n' + TABLE + 'patient_pattern = "("', "not a regular expression"),
    ],
)
def test_a_mistake_is_named(tmp_path, text, got):
    with pytest.raises(SourceError, match="Fix the keys named") as caught:
        load(tmp_path, text)
    assert got in caught.value.got


def test_boxes_and_columns_may_state_what_a_word_covers(tmp_path):
    load(tmp_path, 'name = "a"\n' + BOXES + '[scope]\nrules_out_only = { Mass = ["Mass"] }')
    scope = '[scope]\nno_finding = ["None"]\nrules_out_only = { None = ["Mass"] }'
    load(tmp_path, 'name = "a"\n' + COLUMNS + scope)


def test_what_is_no_manifest_is_refused(tmp_path):
    with pytest.raises(SourceError) as caught:
        load_manifest("nih_chestxray15")
    assert "nearest: nih_chestxray14" in caught.value.got
    with pytest.raises(SourceError, match="No such file"):
        load_manifest("none.toml", tmp_path)
    with pytest.raises(SourceError, match="Fix that line"):
        load(tmp_path, "name = mine")
    (tmp_path / "latin.toml").write_bytes('title = "Zürich"'.encode("latin-1"))
    with pytest.raises(SourceError, match="Save the manifest as UTF-8"):
        load_manifest("latin.toml", tmp_path)
