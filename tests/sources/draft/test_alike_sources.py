from labelassemble.sources.draft.alike_sources import find_alike
from labelassemble.sources.manifest_file import builtin_manifests

HEAD = "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View Position"
ROWS = "1_0.png,Mass,0,1,60,M,PA\n2_0.png,No Finding,0,2,50,F,AP\n"


def test_a_table_under_another_name(tmp_path):
    manifests = builtin_manifests()
    head = HEAD.replace("Patient Gender", manifests["nih_chestxray14"].table.sex)
    (tmp_path / "my labels.csv").write_text(f"{head}\n{ROWS}")
    (line,) = find_alike(tmp_path, manifests)
    assert line.startswith("nih_chestxray14: my labels.csv has the columns of its ")
    assert "labelassemble sources nih_chestxray14" in line
    assert find_alike(tmp_path, manifests, ["nih_chestxray14"]) == ()


def test_other_columns(tmp_path):
    (tmp_path / "t.csv").write_text("image,label\na.png,Mass\n")
    assert find_alike(tmp_path, builtin_manifests()) == ()
