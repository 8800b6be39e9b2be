"""Copies whose blank cells were filled: nobody looked, and the copy says that it is not there."""

import random

import pytest

from labelassemble.errors import SourceError
from labelassemble.pipeline.check_source import check_source
from labelassemble.settings import SourceSettings
from labelassemble.sources.manifest_file import load_manifest
from labelassemble.sources.read import read_source

HEAD = "Path,Sex,Age,Frontal/Lateral,AP/PA,"
FINDINGS = load_manifest("chexpert").labels.columns


def write(folder, rows, part="train", **filled):
    """A table of CheXpert's columns, half of it blank, some columns filled with a value."""
    choose = random.Random(0)
    lines = [HEAD + ",".join(FINDINGS)]
    for at in range(rows):
        cells = {name: choose.choice(["", "", "1.0", "0.0"]) for name in FINDINGS}
        cells |= {n: filled[k] for n in FINDINGS if (k := n.replace(" ", "_")) in filled}
        said = ",".join(cells.values())
        lines.append(f"{part}/patient{at}/study1/view1_frontal.jpg,Male,6,Frontal,AP,{said}")
    (folder / f"{part}.csv").write_text("\n".join(lines) + "\n")


def tell(folder, name="chexpert"):
    check = check_source(name, folder, missing_images="keep")
    return [one for one in check.problems if "were filled" in one.what]


def fill(value, *columns):
    return {name.replace(" ", "_"): value for name in columns or FINDINGS}


@pytest.mark.parametrize("rows", [2, 400])
@pytest.mark.parametrize("value", ["0", "0.0", "-1.0"])
def test_a_filled_table_is_told(tmp_path, rows, value):
    write(tmp_path, rows, **fill(value))
    (told,) = tell(tmp_path)
    assert told.count == len(FINDINGS)
    assert f"blank on 0% of {rows} rows, as published on 97%" in told.what


def test_assembling_ends_with_it(tmp_path):
    write(tmp_path, 30, **fill("0"))
    settings = SourceSettings(name="a", manifest="chexpert", folder=tmp_path, missing_images="keep")
    with pytest.raises(SourceError, match="were filled"):
        read_source(settings, load_manifest("chexpert"))


def test_a_table_filled_in_some_columns(tmp_path):
    """As those who trained on five of them pass it on."""
    write(tmp_path, 200, **fill("0", "Edema", "Consolidation", "Cardiomegaly"))
    assert [one.count for one in tell(tmp_path)] == [3]


@pytest.mark.parametrize(("part", "rows"), [("valid", 400), ("train", 1)])
def test_what_was_looked_at_in_full_is_no_copy_that_was_filled(tmp_path, part, rows):
    write(tmp_path, rows, part, **fill("0"))
    assert tell(tmp_path) == []


def test_blanks_as_published_and_rows_picked_by_one_column_say_nothing(tmp_path):
    write(tmp_path, 400)
    assert tell(tmp_path) == []
    write(tmp_path, 400, **fill("0", "Pneumothorax"))
    assert tell(tmp_path) == []


def test_whoever_says_that_all_was_looked_for_is_believed(tmp_path):
    write(tmp_path, 400, **fill("0"))
    (told,) = tell(tmp_path)
    assert 'extends = "chexpert"' in told.do
    own = tmp_path / "own.toml"
    own.write_text('name = "own"\nextends = "chexpert"\npublished.blank = {}\n')
    assert tell(tmp_path, str(own)) == []


@pytest.mark.parametrize("name", ["mimic_cxr_chexpert", "mimic_cxr_negbio", "brax"])
def test_columns_of_other_labelers_are_told_too(name):
    manifest = load_manifest(name)
    assert set(manifest.published.blank) <= set(manifest.labels.columns)
    assert min(manifest.published.blank.values()) > 0.5
