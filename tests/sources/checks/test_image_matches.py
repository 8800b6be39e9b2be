import polars as pl
import pytest

from labelassemble.settings import SourceSettings
from labelassemble.sources.checks.image_matches import check_matches
from labelassemble.sources.image_files import find_image_files, match_image_files

NONE = pl.Series("image", [], dtype=pl.String)


def check(folder, names, files, missing="error", others=NONE):
    for name in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    images = pl.Series("image", names)
    found = find_image_files(folder, None)
    settings = SourceSettings(name="mine", manifest="m", folder=folder, missing_images=missing)
    return check_matches(images, match_image_files(images, found), found, settings, others)


def test_every_image_has_a_file(tmp_path):
    assert check(tmp_path, ["a", "b.png"], ["x/a.jpg", "x/b.jpg"]) == []


@pytest.mark.parametrize(
    ("missing", "kinds"), [("error", ["problem"]), ("leave_out", ["remark"]), ("keep", [])]
)
def test_images_without_files(tmp_path, missing, kinds):
    notes = check(tmp_path, ["a", "b", "c"], ["a.png"], missing)
    assert [note.kind for note in notes] == kinds
    if notes:
        assert notes[0].what == (
            f"2 of the 3 images have no file below {tmp_path.name}/, which holds 1 image file"
        )
        assert notes[0].example == "b"
        assert ("leave_out" in notes[0].do) == (missing == "error")


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


def test_doubtful_images_are_told_and_their_files_are_not_called_unused(tmp_path):
    (note,) = check(tmp_path, ["a", "b"], ["a.png", "a.jpg", "b.png"])
    assert note.kind == "problem"
    assert note.what == "1 image of which it is not certain in which file they are"
    assert note.example == "a: several files fit it: a.jpg and a.png"
    (note,) = check(tmp_path, ["a", "b"], [], "leave_out")
    assert note.kind == "remark"
    assert note.do.endswith("they are left out")


def test_files_that_no_image_has(tmp_path):
    (note,) = check(tmp_path, ["a"], ["a.png", "masks/m.png", "z.png"])
    assert note.kind == "remark"
    assert note.what == (
        "2 image files of 3 that no image of the source has, in masks, the folder itself"
    )
    others = pl.Series("image", ["masks/m.png", "z.png"])
    assert check(tmp_path, ["a"], [], others=others) == []
