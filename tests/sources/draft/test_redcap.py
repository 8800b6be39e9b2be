"""REDCap: choices of checkboxes are findings of the vocabulary, not words of their own."""

import polars as pl
import pytest
from tests.sources.draft.test_study_table import STUDIES, write_hospital

from labelassemble.pipeline.check_source import check_source
from labelassemble.pipeline.draft_manifest import draft_manifest
from labelassemble.sources.draft.redcap import tell_repeated
from labelassemble.sources.manifest_file import load_manifest

CHOICES = ("mass", "effusion", "cardiomegaly", "normal")
DICTIONARY = (
    '"Variable / Field Name","Form Name","Field Type","{}"\n'
    "record_id,read,text,\n"
    'findings,read,checkbox,"1, Mass | 2, Pleural effusion | 3, Cardiomegaly | 4, No finding"\n'
)
LABEL = "Choices, Calculations, OR Slider Labels"


def write_export(folder, spell, ticked=("0", "1"), **more):
    """Studies of which the n-th has the choice n mod 4; a second checkbox, of no finding."""
    columns = {"record_id": str, "accession": lambda n: f"{n:08d}"}
    for at, name in enumerate(CHOICES, 1):
        columns[spell(at, name)] = lambda n, at=at: ticked[n % 4 == at - 1]
    columns |= {"history___1": lambda n: n % 2, **more}
    write_hospital(folder, columns)
    table = pl.read_csv(folder / "labels.csv", infer_schema=False)
    table.drop("Mass", "Effusion").write_csv(folder / "labels.csv")


def draft(folder):
    drafted = draft_manifest(folder / "north", folder / "north.toml")
    assert drafted.own_vocabulary is None
    check = check_source(str(folder / "north.toml"), folder / "north")
    assert not check.problems
    return drafted.text, load_manifest(str(folder / "north.toml"))


@pytest.mark.parametrize(
    ("spell", "ticked", "dictionary"),
    [
        (lambda at, name: f"findings___{name}", ("0", "1"), None),
        (lambda at, name: f"findings___{at}", ("0", "1"), DICTIONARY.format(LABEL)),
        (
            lambda at, name: f"findings___{at}",
            ("0", "1"),
            DICTIONARY.format("select_choices_or_calculations")
            .replace("Variable / Field Name", "field_name"),
        ),
        (lambda at, name: f"Findings (choice={name.title()})", ("Unchecked", "Checked"), None),
    ],
)  # fmt: skip
def test_choices_become_classes_of_the_vocabulary(tmp_path, spell, ticked, dictionary):
    write_export(tmp_path / "north", spell, ticked)
    if dictionary:
        (tmp_path / "north" / "dictionary.csv").write_text(dictionary)
    text, manifest = draft(tmp_path)
    assert sorted(manifest.terms.values()) == ["cardiomegaly", "effusion", "mass"]
    assert manifest.scope.no_finding == (spell(4, "normal"),)
    assert manifest.table.key == {"AccessionNumber": "accession"}
    assert "checkboxes that were not taken: history" in text


def test_codes_without_words_ask_for_the_dictionary(tmp_path):
    write_export(tmp_path / "north", lambda at, name: f"findings___{at}")
    text = draft_manifest(tmp_path / "north").text
    assert "put REDCap's data dictionary (CSV) into the folder" in text


def test_a_form_that_nobody_filled_in_is_told(tmp_path):
    write_export(
        tmp_path / "north", lambda at, name: f"findings___{name}",
        read_complete=lambda n: ("0", "2")[n % 2],
    )  # fmt: skip
    assert 'table.keep.read_complete = ["2"]' in draft(tmp_path)[0]


def test_rows_of_other_forms_are_excluded(tmp_path):
    write_export(tmp_path / "north", lambda at, name: f"findings___{name}")
    place = tmp_path / "north" / "labels.csv"
    table = pl.read_csv(place, infer_schema=False)
    boxes = [name for name in table.columns if "___" in name]
    read = table.with_columns(
        redcap_repeat_instrument=pl.lit("read"), redcap_repeat_instance=pl.lit("1")
    )
    bare = table.with_columns(
        *(pl.lit(None, pl.String).alias(name) for name in boxes),
        redcap_repeat_instrument=pl.lit(None, pl.String),
        redcap_repeat_instance=pl.lit(None, pl.String),
    )
    pl.concat([bare, read]).write_csv(place)
    text, manifest = draft(tmp_path)
    assert manifest.table.keep == {"redcap_repeat_instrument": ("read",)}
    assert "rows are of (the record itself), read" in text
    check = check_source(str(tmp_path / "north.toml"), tmp_path / "north")
    assert check.table.images.height == 2 * STUDIES


def test_labels_in_other_rows_than_the_key_are_told():
    table = pl.DataFrame(
        {
            "accession": ["1", "", "2", ""],
            "redcap_repeat_instrument": ["", "read", "", "read"],
            "redcap_repeat_instance": ["", "1", "", "1"],
            "mass": ["", "1", "", "0"],
        }
    )
    told = tell_repeated(table, ["accession"], ["mass"])
    assert told.lines == {}
    assert "stand in different rows" in told.asides[0]
    twice = table.with_columns(accession=pl.Series(["", "1", "", "1"]))
    told = tell_repeated(twice, ["accession"], ["mass"])
    assert 'table.reader = "redcap_repeat_instance"' in told.asides[0]
