import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import polars as pl
import pytest

from labelassemble.errors import VocabularyError
from labelassemble.pipeline.assemble_sources import assemble_sources
from labelassemble.pipeline.check_source import check_source
from labelassemble.pipeline.describe_check import describe_check
from labelassemble.pipeline.source_check import SourceCheck
from labelassemble.settings import AssemblySettings, Recipe, SourceSettings

MANIFEST = """
name = "mine"
licence = "CC0"
citation = "nobody"
[table]
file = "labels.csv"
image = "image"
patient = "person"
[labels]
encoding = "delimited_list"
column = "found"
[scope]
terms = ["Mass", "Edema", "Hernia"]
no_finding = ["Normal"]
"""
TABLE = """image,person,found
a.png,p,Mass
b.png,p,Mass|Edema
c.png,q,Normal
"""


def check(folder: Path, manifest=MANIFEST, table=TABLE, **options) -> SourceCheck:
    (folder / "m.toml").write_text(manifest, encoding="utf-8")
    (folder / "labels.csv").write_text(table, encoding="utf-8")
    for name in "abc":
        (folder / f"{name}.png").touch()
    return check_source(str(folder / "m.toml"), folder, **options)


def told(notes):
    return [note.what for note in notes]


def test_what_was_understood(tmp_path):
    found = check(tmp_path)
    assert found.status == 0
    assert told(found.remarks) == ["no image is positive for 'Hernia', of 3 images looked at"]
    assert found.image_files == 3
    counts = {
        one.term: (one.name, one.positive, one.negative, one.uncertain, one.unknown)
        for one in found.terms
    }
    assert counts == {
        "Mass": ("mass", 2, 1, 0, 0),
        "Edema": ("edema", 1, 2, 0, 0),
        "Hernia": ("hernia", 0, 3, 0, 0),
    }
    assert "lung_lesion" in found.implied
    assert not {"mass", "edema"} & set(found.implied)


def test_problems_of_every_kind_at_once(tmp_path):
    manifest = MANIFEST.replace('"person"', '"Person"').replace("[scope]", "[scope]\nfoo = 1")
    table = TABLE + "d.png,q\n,q,Mass\ne.png,q,Foo\nf.png,q,Normal|Mass\nc.png,q,Edema\n"
    found = check(tmp_path, manifest + '[terms]\n"Mass" = "masss"\n"Mas" = "mass"\n', table)
    assert found.status == 2
    assert len(found.problems) == 9  # two of the images have no file
    words = "\n".join(told(found.problems))
    for part in (
        "scope.foo",
        "no column 'Person'",
        "line 5 has 2",
        "column 'image': line 6",
        "'Foo' in column 'found' has no meaning",
        "'Normal' stands beside a finding",
        "rows differ, such as c.png",
        "[terms] maps 'Mass' to 'masss'",
    ):
        assert part in words
    assert "[terms] speaks of 'Mas'" in "\n".join(told(found.remarks))
    assert found.table is not None
    assert set(found.table.images["image"]) == {"a.png", "b.png", "c.png", "e.png"}


def test_images_that_lack_are_a_problem_unless_the_recipe_allows_it(tmp_path):
    table = TABLE + "d.png,q,Mass\n"
    assert check(tmp_path, table=table).status == 2
    assert check(tmp_path, table=table, missing_images="exclude").status == 0
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    found = check(tmp_path, images=elsewhere)
    assert "none of the 3 images has a file below elsewhere/" in told(found.problems)[0]


def test_terms_without_a_class(tmp_path):
    table = TABLE + "a2,q,Qqq\nb2,q,Lung/Mass\nc2,q,Masss\nd2,q,Mass\n"
    manifest = MANIFEST.replace(
        '"Hernia"]', '"Hernia", "Masss"]\npositive_only = ["Qqq", "Lung/Mass"]'
    )
    found = check(tmp_path, manifest, table, missing_images="keep")
    remarks = "\n".join(map(str, found.remarks))
    assert "does not know 'Lung/Mass', positive on 1 image; is it mass?" in remarks
    assert '"Lung/Mass" = "mass"' in remarks
    assert "does not know 'Masss', positive on 1 image; nearest: mass" in remarks
    assert "does not know 1 term, and nothing looks alike: 'Qqq' (1)" in remarks


def test_classes_of_one_side_only(tmp_path):
    table = "image,person,found\na.png,p,Mass\nb.png,q,Mass\nc.png,q,todo\n"
    manifest = MANIFEST.replace('["Normal"]', '["Normal"]\nignore = ["todo"]\n')
    manifest = manifest.replace('"Mass", "Edema", "Hernia"', '"Mass"')
    found = check(tmp_path, manifest, table)
    assert told(found.remarks)[-1] == "no image is negative for 'Mass', of 2 images looked at"
    nobody = check(tmp_path, manifest, table.replace("Mass", "todo"))
    assert "nothing is known of 'Mass', of 0 images looked at" in told(nobody.remarks)


def test_boxes_of_other_terms(tmp_path):
    (tmp_path / "boxes.csv").write_text(
        "image,what,x,y,w,h\na.png,Cyst,1,1,1,1\nb.png,mass,1,1,1,1\n"
    )
    boxes = '[boxes]\nfile="boxes.csv"\nimage="image"\ncolumn="what"\nbox=["x","y","w","h"]\n'
    found = check(tmp_path, MANIFEST + boxes)
    remarks = told(found.remarks)
    assert any(
        "'Cyst' is positive on 1 image, but the scope does not hold it" in r for r in remarks
    )
    # mass means what Mass means
    assert not any("'mass' is positive" in remark for remark in remarks)


def test_what_cannot_be_read_at_all(tmp_path):
    found = check(tmp_path, "name = ")
    assert (found.status, found.manifest, found.table) == (2, None, None)
    nowhere = check_source("nih_chestxray14", tmp_path / "nowhere")
    assert "not there" in told(nowhere.problems)[0]
    no_table = check_source("nih_chestxray14", tmp_path)
    assert no_table.table is None
    assert no_table.image_files == 3 or no_table.image_files == 0
    with pytest.raises(VocabularyError):
        check(tmp_path, vocabulary="cats")


def test_the_words_of_a_manifest_that_states_little(tmp_path):
    found = check(tmp_path, MANIFEST.replace('licence = "CC0"\n', ""))
    assert "the manifest states no licence" in told(found.remarks)


def test_several_readers_count_once_an_image(tmp_path):
    manifest = MANIFEST.replace('patient = "person"', 'reader = "person"')
    table = "image,person,found\na.png,R1,Mass\na.png,R2,Normal\nb.png,R1,Normal\nc.png,R1,Edema\n"
    found = check(tmp_path, manifest, table)
    mass = found.terms[0]
    # As assembled: the majority of the readers, and a tie is uncertain.
    assert (mass.positive, mass.negative, mass.uncertain, mass.unknown) == (0, 2, 1, 0)
    for policy, counts in (("any", (1, 2, 0, 0)), ("all", (0, 3, 0, 0))):
        found = check(tmp_path, manifest, table, assembly=AssemblySettings(readers=policy))
        mass = found.terms[0]
        assert (mass.positive, mass.negative, mass.uncertain, mass.unknown) == counts


def test_it_predictions_without_torch():
    assert "labelassemble.pipeline.check_source" in sys.modules
    code = "import sys, labelassemble.pipeline.describe_check as d; print('torch' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"


def test_real_sources(real_data):
    found = check_source("kermany_pneumonia", real_data / "kermany")
    assert found.status == 0
    assert any("150 patients on two sides" in note.what for note in found.remarks)
    covid = check_source("covid_chestxray", real_data / "covid_chestxray")
    assert covid.status == 2
    assert [note.count for note in covid.problems] == [18]
    nih = check_source("nih_chestxray14", real_data / "tables", real_data / "nih" / "images")
    assert [note.count for note in nih.problems] == [112_120 - 2_619]
    counts = {one.term: one.positive for one in nih.terms}
    assert counts["Infiltration"] == 19_894
    assert "984 on 880 images" in describe_check(nih)


READERS = """
name = "mine"
[table]
file = "labels.csv"
reader = "who"
[labels]
encoding = "finding_columns"
columns = ["Mass", "Edema", "Pneumonia", "Consolidation"]
values = { "1" = "positive", "0" = "negative", "u" = "uncertain" }
"""
WORDS = """
name = "mine"
[table]
file = "labels.csv"
[labels]
encoding = "delimited_list"
column = "found"
[scope]
terms = ["Mass", "Edema", "Consolidation", "Pneumonia"]
no_finding = ["Normal"]
ignore = ["todo", ""]
positive_only = ["Support Devices"]
[scope.uncertain]
"Mass?" = "Mass"
"""
NAMES = """
name = "mine"
[labels]
encoding = "folder_names"
patterns = ["(?P<term>[a-z]+)/.*"]
[scope]
terms = ["mass", "pneumonia"]
no_finding = ["normal"]
"""


def draw_table(kind, generator):
    """A source of many images: some without a file, several readers who differ, doubts."""
    if kind == "names":
        words = ("mass", "pneumonia", "normal")
        return None, [f"{generator.choice(words)}/{number}.png" for number in range(40)]
    lines, files = [], []
    for number in range(60):
        image = f"i{number:02}.png"
        if generator.random() < 0.8:
            files.append(image)
        if kind == "words":
            words = ["Mass", "Edema", "Mass|Pneumonia", "Normal", "todo", "Mass?|Edema"]
            lines.append(f"{image},{generator.choice([*words, 'Support Devices|Mass', ''])}")
            continue
        for reader in ("R1", "R2", "R3")[: generator.integers(1, 4)]:
            cells = generator.choice(["1", "0", "u", ""], 4, p=[0.4, 0.3, 0.2, 0.1])
            lines.append(f"{image},{reader},{','.join(cells)}")
    head = "image,found" if kind == "words" else "image,who,Mass,Edema,Pneumonia,Consolidation"
    return "\n".join([head, *lines]) + "\n", files


@pytest.mark.parametrize("missing", ["exclude", "keep"])
@pytest.mark.parametrize(
    ("kind", "manifest", "policies"),
    [
        ("words", WORDS, {}),
        ("words", WORDS, {"uncertain": "positive", "uncertain_by_class": {"mass": "negative"}}),
        ("readers", READERS, {}),
        ("readers", READERS, {"readers": "any", "readers_by_class": {"mass": "unanimous"}}),
        ("readers", READERS, {"readers": "all", "uncertain_by_class": {"edema": "soft"}}),
        ("names", NAMES, {}),
    ],
)
def test_the_counts_are_those_of_the_cells_that_an_assembly_of_this_source_alone_makes(
    tmp_path, kind, manifest, policies, missing
):
    generator = np.random.default_rng(3)
    table, files = draw_table(kind, generator)
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "m.toml").write_text(manifest, encoding="utf-8")
    if table is not None:
        (folder / "labels.csv").write_text(table, encoding="utf-8")
    for name in files:
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        cv2.imwrite(str(path), generator.integers(0, 255, (64, 64), dtype=np.uint8))
    settings = AssemblySettings(**policies, allow_unscored_classes=True, similar_images="ignore")
    found = check_source(str(folder / "m.toml"), folder, missing_images=missing, assembly=settings)
    assert found.status == 0
    source = SourceSettings(
        name="mine", manifest=str(folder / "m.toml"), folder=folder, missing_images=missing
    )
    recipe = Recipe(name="one", sources=(source,), assembly=settings, output=tmp_path / "out")
    made = assemble_sources(recipe)
    states = ("positive", "negative", "uncertain")
    counts = {}
    for name in made.classes:
        own = made.cells.filter(pl.col("class") == name)["state"].to_list()
        told = [own.count(state) for state in states]
        counts[name] = (*told, made.records.height - sum(told))
    assert counts == dict(found.cells)
    for one in found.terms:
        if one.name in counts:
            assert (one.positive, one.negative, one.uncertain, one.unknown) == counts[one.name]
