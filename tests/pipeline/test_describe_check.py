from pathlib import Path

from labelassemble.pipeline.check_source import check_source
from labelassemble.pipeline.describe_check import describe_check

MANIFEST = """
name = "mine"
licence = "CC0"
citation = "nobody"
[table]
file = "labels.csv"
image = "image"
patient = "person"
view = "view"
age = "age"
sex = "sex"
[labels]
encoding = "finding_columns"
columns = ["Mass", "Qqq"]
values = { "1" = "positive", "0" = "negative" }
[split]
column = "set"
[terms]
"Qqq" = ""
"""
TABLE = """image,person,view,age,sex,Mass,Qqq,set
a.png,p,PA,30,F,1,1,train
b.png,p,PA,31,F,0,1,train
c.png,q,AP,70,M,,0,test
d.png,,,,,1,0,
"""
EXPECTED = """\
mine in FOLDER

Understood
  rows      4 = 4 images + 0 more of the same images + 0 left out
  files     4 of 4 images; 4 image files
            1 file not taken: no image by its extension .toml (m.toml)
  patients  2, with 1 to 2 images (most: 'p'); 1 image without
  views     PA 2, AP 1; 1 unknown
  sexes     F 2, M 1; 1 unknown
  ages      30 to 70 years, median 31; 1 unknown
  split     train 2, test 1; 1 unknown
  labels    finding_columns; evidence: unstated

  term  class        positive  negative uncertain   unknown
  Mass  mass                2         1         0         1
  Qqq   (set aside)         2         2         0         0
  by implication too: nodule_or_mass, lung_lesion, thoracic_mass

1 remark, which should be looked at
  - 1 image without a patient, such as d.png. Each counts as a patient of its own; fill in those \
that are known.

The source can be read as it is."""


def describe(folder: Path, table=TABLE, manifest=MANIFEST):
    (folder / "m.toml").write_text(manifest, encoding="utf-8")
    (folder / "labels.csv").write_text(table, encoding="utf-8")
    for name in "abcd":
        (folder / f"{name}.png").touch()
    return describe_check(check_source(str(folder / "m.toml"), folder))


def test_the_whole_text(tmp_path):
    assert describe(tmp_path) == EXPECTED.replace("FOLDER", str(tmp_path))


def test_problems_come_before_remarks_one_a_line(tmp_path):
    words = describe(tmp_path, TABLE.replace("a.png,p,PA", "a.png,p,PA,PA"))
    assert "1 problem, which must be fixed\n  - 1 row of labels.csv with another number" in words
    assert words.index("which must be fixed") < words.index("which should be looked at")
    assert words.endswith("Fix 1 problem, then check again.")


def test_nothing_could_be_read(tmp_path):
    words = describe(tmp_path, manifest="name")
    assert "Nothing could be read." in words
    assert words.startswith("the manifest in ")


def test_a_source_without_labels(tmp_path):
    words = describe(tmp_path, manifest='name = "mine"\n')
    assert "no terms: nobody looked for anything" in words
    assert "patients  none named" in words
    assert "split     none published" in words


def test_readers_boxes_and_unknown_terms(tmp_path):
    manifest = """
name = "mine"
[table]
file = "labels.csv"
image = "image"
reader = "person"
[labels]
encoding = "box_rows"
column = "view"
box = ["age", "sex", "Mass", "Qqq"]
format = "corner_size"
[scope]
terms = ["PA"]
no_finding = ["none"]
"""
    table = """image,person,view,age,sex,Mass,Qqq,set
a.png,R1,PA,1,1,3,3,x
a.png,R2,none,,,,,x
b.png,R1,PA,1,1,3,3,x
"""
    words = describe(tmp_path, table, manifest)
    assert "boxes     2 on 2 images" in words
    assert "labels    box_rows; evidence: unstated; 2 readers" in words
    assert "PA    (not in the vocabulary)         2" in words
