import polars as pl
import pytest

from labelassemble.settings import SourceSettings
from labelassemble.sources.image_files import find_image_files
from labelassemble.sources.match_image_files import match_image_files
from labelassemble.sources.missing_files import note_missing
from labelassemble.sources.problems import Problems


def check(folder, names, files, missing="error"):
    for name in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    images = pl.Series("image", names)
    found = find_image_files(folder, None)
    settings = SourceSettings(name="mine", manifest="m", folder=folder, missing_images=missing)
    problems = Problems()
    note_missing(images, match_image_files(images, found), found, settings, problems)
    return problems.noted


def test_every_image_has_a_file(tmp_path):
    assert check(tmp_path, ["a", "b.png"], ["x/a.jpg", "x/b.jpg"]) == []


@pytest.mark.parametrize(
    ("missing", "kinds"), [("error", ["problem"]), ("exclude", ["remark"]), ("keep", [])]
)
def test_images_without_files(tmp_path, missing, kinds):
    notes = check(tmp_path, ["a", "b", "c"], ["a.png"], missing)
    assert [note.kind for note in notes] == kinds
    if notes:
        assert notes[0].what == (
            f"2 of the 3 images have no file below {tmp_path.name}/, which holds 1 image file"
        )
        assert notes[0].example == "b"
        assert ("exclude" in notes[0].do) == (missing == "error")


def test_no_image_has_a_file(tmp_path):
    (note,) = check(tmp_path, ["scan_1", "scan_2"], ["scan-1.png"])
    assert note.what.startswith("none of the 2 images has a file")
    assert note.example == "scan_1; nearest: 'scan-1.png'"
    (note,) = check(tmp_path / "nowhere", ["a"], [])
    assert note.what.endswith("nowhere/, which is not there")


def test_volumes_that_do_not_count_as_images(tmp_path):
    (tmp_path / "a.nii.gz").touch()
    (note,) = check(tmp_path, ["a"], [])
    assert "1 volume" in note.what
    assert "images.glob" in note.do


def test_doubtful_images_are_told(tmp_path):
    (note,) = check(tmp_path, ["a", "b"], ["a.png", "a.jpg", "b.png"])
    assert note.kind == "problem"
    assert note.what == "1 image of which it is not certain in which file they are"
    assert note.example == "a: several files fit it: a.jpg and a.png"
    (note,) = check(tmp_path, ["a", "b"], [], "exclude")
    assert note.kind == "remark"
    assert note.do.endswith("they are left out")


@pytest.mark.parametrize(
    ("name", "file", "told"),
    [
        ("A1.png", "a1.png", True),
        ("Part/a.png", "part/a.jpg", True),
        ("set/Part/a.png", "x/part/a.png", True),
        ("set/part/a.png", "x/part/a.png", False),
        ("a1.png", "a1.PNG", False),
        ("a1", "x/a1.png", False),
    ],
)
def test_names_that_differ_in_capitals_are_told(tmp_path, name, file, told):
    notes = check(tmp_path, [name], [file])
    assert [note.kind for note in notes] == ["remark"] * told
    if told:
        assert notes[0].what == "1 image found by a name that differs in capitals"
