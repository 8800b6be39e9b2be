import pytest

from labelassemble.sources.draft.known_sources import find_known_sources
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.manifest_file import builtin_manifests

TABLE = Manifest.model_validate(
    {
        "name": "a",
        "table": {"file": "*labels.csv", "image": "image"},
        "labels": {"encoding": "class_column", "column": "found"},
        "scope": {"terms": ["Mass"]},
    }
)
NAMES = Manifest.model_validate(
    {
        "name": "b",
        "labels": {"encoding": "folder_names", "patterns": ["(?P<term>Mass|Normal)/.*"]},
        "scope": {"terms": ["Mass"], "no_finding": ["Normal"]},
    }
)
MANIFESTS = {"table": TABLE, "names": NAMES, "unlabelled": Manifest(name="c")}


def find(folder, table=None):
    return find_known_sources(folder, MANIFESTS, table)


def test_a_table_with_its_columns(tmp_path):
    assert find(tmp_path) == ()
    (tmp_path / "my_labels.csv").write_text("image,found\n", encoding="utf-8")
    assert find(tmp_path) == ("table",)
    assert find(tmp_path, "my_labels.csv") == ("table",)
    assert find(tmp_path, "other.csv") == ()
    (tmp_path / "my_labels.csv").write_text("image,label\n", encoding="utf-8")
    assert find(tmp_path) == ()


def test_nearly_all_names(tmp_path):
    (tmp_path / "Mass").mkdir()
    (tmp_path / "Normal").mkdir()
    for number in range(10):
        (tmp_path / "Mass" / f"{number}.png").touch()
    # One usual word for a class tells nothing.
    assert find(tmp_path) == ()
    (tmp_path / "Mass" / "9.png").rename(tmp_path / "Normal" / "9.png")
    (tmp_path / "x.png").touch()
    assert find(tmp_path) == ("names",)
    (tmp_path / "y.png").touch()
    assert find(tmp_path) == ()


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("kermany", "kermany_pneumonia"),
        ("covid_chestxray", "covid_chestxray"),
        ("tables", "nih_chestxray14"),
        ("tables", "vindr_cxr_kaggle"),
    ],
)
def test_real_folders_are_known(real_data, folder, name):
    assert name in find_known_sources(real_data / folder, builtin_manifests())


def test_other_real_folders_are_not(real_data):
    assert find_known_sources(real_data / "busi", builtin_manifests()) == ()
    assert find_known_sources(real_data / "nih_unlabelled", builtin_manifests()) == ()
