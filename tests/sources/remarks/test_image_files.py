from labelassemble.settings import SourceSettings
from labelassemble.sources.image_files import find_image_files
from labelassemble.sources.manifest_file import parse_manifest
from labelassemble.sources.read import read_source
from labelassemble.sources.remarks.image_files import remark_on_files

MANIFEST = """
name = "mine"
[table]
file = "labels.csv"
"""


def check(folder, names, files, manifest=MANIFEST):
    for name in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    (folder / "labels.csv").write_text("\n".join(["image", *names]) + "\n", encoding="utf-8")
    settings = SourceSettings(name="mine", manifest="m", folder=folder, missing_images="exclude")
    table = read_source(settings, parse_manifest(manifest, "m"))
    return remark_on_files(table, find_image_files(folder, None))


def test_files_that_no_image_has(tmp_path):
    (note,) = check(tmp_path, ["a"], ["a.png", "masks/m.png", "z.png"])
    assert note.kind == "remark"
    assert note.what == (
        "2 image files of 3 that no image of the source has, in masks, the folder itself"
    )


def test_files_of_doubtful_images_and_of_rows_that_are_excluded_are_not_called_unused(tmp_path):
    assert check(tmp_path, ["a", "b"], ["a.png", "a.jpg", "b.png"]) == []
    kept = MANIFEST + 'keep = { image = ["b"] }\n'
    assert check(tmp_path, ["a", "b"], [], kept) == []


def test_where_no_image_has_a_file_the_missing_files_are_told_instead(tmp_path):
    assert check(tmp_path, ["scan_1"], ["scan-1.png"]) == []


def test_a_file_whose_frames_are_images_is_used(tmp_path):
    frames = ["cine.dcm#frame/1", "cine.dcm#frame/2"]
    (note,) = check(tmp_path, frames, ["cine.dcm", "other.dcm"])
    assert note.count == 1
    assert note.example == "other.dcm"
