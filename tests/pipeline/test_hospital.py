"""A hospital's own export on its whole way: draft, check, assemble."""

import zipfile

import polars as pl
import pytest
from tests.pacs_tree import make_object, write_tree

from labelassemble.assembly.table_folder import read_assembled
from labelassemble.pipeline.assemble_sources import assemble_sources
from labelassemble.pipeline.write_description import write_description
from labelassemble.recipe import read_recipe

RECIPE = """
name = "ours"
output = "out"
vocabulary = "chest_radiograph"
images.size = 32
assembly.validation_fraction = 0.3
assembly.allow_unscored_classes = true
[[sources]]
name = "north"
manifest = "north.toml"
folder = "north"
"""
MANIFEST = """
name = "north"
[table]
file = "labels.csv"
key = "AccessionNumber"
[headers]
keep = { Modality = ["DX", "CR"], ViewPosition = ["PA", "AP"] }
[labels]
encoding = "finding_columns"
columns = ["Mass", "Effusion"]
values = { 1 = "positive", 0 = "negative" }
"""


YEARS = ((2023, 2023), (2024, 2024), (2023, 2024))
"""Years of the two studies of a patient, in turn."""


def write_studies(folder, patients=12, **facts):
    """Two studies a patient, with a lateral image and a report each; a table of all."""
    objects, rows = [], []
    for number in range(1, 2 * patients + 1):
        patient, which = (number + 1) // 2, (number + 1) % 2
        year = YEARS[patient % 3][which]
        told = {"PatientID": f"PAT{patient:04d}", "StudyDate": f"{year}0115", **facts}
        objects += [
            make_object(number, 1, 1, **told),
            make_object(number, 1, 2, ViewPosition="LL", **told),
            make_object(number, 2, 1, "SR", **told),
        ]
        rows.append(f"{number:08d},{number % 2},{number // 2 % 2}")
    write_tree(folder, objects)
    (folder / "labels.csv").write_text("\n".join(["AccessionNumber,Mass,Effusion", *rows]) + "\n")


@pytest.fixture
def north(tmp_path):
    write_studies(tmp_path / "north")
    (tmp_path / "north.toml").write_text(MANIFEST)
    (tmp_path / "recipe.toml").write_text(RECIPE)
    return tmp_path


def test_studies_become_a_table_that_can_be_trained_on(north):
    table = assemble_sources(read_recipe(north / "recipe.toml"))
    assert table.records.height == 24
    assert table.records["patient"].n_unique() == 12
    assert table.records["view"].to_list() == ["PA"] * 24
    assert "24 files not taken: its ViewPosition is LL" in write_description(table)
    assert read_assembled(north / "out" / "assembled").records.equals(table.records)


def test_a_split_by_date_leaves_no_patient_on_two_sides(north):
    (north / "north.toml").write_text(MANIFEST + "[split]\ntest_from = 2024-01-01\n")
    table = assemble_sources(read_recipe(north / "recipe.toml"))
    numbers = table.records["record"].str.extract(r"\.(\d+)\.1\.1$").cast(pl.Int64)
    splits = dict(zip(numbers, table.records["split"], strict=True))
    for number, split in splits.items():
        patient, which = (number + 1) // 2, (number + 1) % 2
        years = YEARS[patient % 3]
        if years[which] == 2024:
            assert split == "test"
        else:
            assert split == "unused" if max(years) == 2024 else split in ("train", "validate")
    assert "4 unused, as they would leak: its patient is in test" in write_description(table)


def test_a_tree_in_an_archive_is_read_as_if_it_were_unpacked(north):
    (north / "north.toml").write_text(MANIFEST + "[split]\ntest_from = 2024-01-01\n")
    table = assemble_sources(read_recipe(north / "recipe.toml"))
    with zipfile.ZipFile(north / "packed.zip", "w") as archive:
        for path in sorted((north / "north").rglob("*")):
            archive.write(path, path.relative_to(north / "north"))
    recipe = RECIPE.replace('folder = "north"', 'folder = "packed.zip"').replace('"out"', '"two"')
    (north / "recipe.toml").write_text(recipe)
    packed = assemble_sources(read_recipe(north / "recipe.toml"))
    assert packed.records.drop("path").equals(table.records.drop("path"))
    assert packed.records["path"].str.contains("packed.zip#", literal=True).all()


def test_a_recipe_may_overrule_the_date(north):
    (north / "north.toml").write_text(MANIFEST + "[split]\ntest_from = 2024-01-01\n")
    (north / "recipe.toml").write_text(RECIPE + 'split = "train"\n')
    table = assemble_sources(read_recipe(north / "recipe.toml"))
    assert set(table.records["split"]) <= {"train", "validate"}
