"""A folder becomes the name of a built-in source, or what was seen in it."""

import pytest

from labelassemble.errors import SourceError
from labelassemble.pipeline.check_source import check_source
from labelassemble.pipeline.identify_source import (
    Identified,
    describe_identified,
    identify_source,
)
from labelassemble.sources.draft.known_sources import KnownSource
from labelassemble.sources.draft.sets_beside import FoundSet
from labelassemble.sources.manifest_file import builtin_manifests

NIH = "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View Position"
GOOGLE = "Fracture,Pneumothorax,Airspace opacity,Nodule or mass"


def say(folder):
    return describe_identified(identify_source(folder))


def touch(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def test_nih_as_on_kaggle_and_the_runner_up(tmp_path):
    (tmp_path / "Data_Entry_2017.csv").write_text(f"{NIH},\na.png,Mass,0,1,58,M,PA,\n")
    said = say(tmp_path)
    first = "NIH ChestX-ray14 as on Kaggle: 6 of 6 columns, table Data_Entry_2017.csv; use built-in"
    assert said.startswith(f"{first} nih_chestxray14\n")
    assert "Not it: nih_google: 5 of 10 columns; without 'Fracture', 'Pneumothorax'" in said


def test_a_relative_with_more_columns(tmp_path):
    (tmp_path / "labels.csv").write_text(f"{NIH},{GOOGLE}\na.png,Mass,0,1,58,M,PA,NO,NO,NO,NO\n")
    found = identify_source(tmp_path)
    assert [one.name for one in found.fitting] == ["nih_google"]
    assert "nih_chestxray14: 6 of 6 columns; with 'Airspace opacity'" in describe_identified(found)


def test_names_of_images(tmp_path):
    touch(tmp_path, "images/images/MCUCXR_0001_0.png", "images/images/MCUCXR_0104_1.png")
    assert "2 of 2 images are named as its are; use built-in montgomery" in say(tmp_path)


def test_nothing_fits(tmp_path):
    (tmp_path / "mine.csv").write_text("scan,grade\na,1\n")
    touch(tmp_path, "a.png", "b.nii.gz")
    said = say(tmp_path)
    assert "is no built-in source" in said
    assert "mine.csv: scan, grade" in said
    assert "1 table, 1 image, 1 volume" in said
    assert f"labelassemble draft {tmp_path}" in said


def test_a_submission_is_not_identified(tmp_path):
    (tmp_path / "stage_2_sample_submission.csv").write_text("ImageId,EncodedPixels\na,-1\n")
    assert not identify_source(tmp_path).fitting
    (tmp_path / "stage_2_train.csv").write_text("ImageId,EncodedPixels\na,-1\n")
    assert [one.name for one in identify_source(tmp_path).fitting] == ["siim_pneumothorax"]


def test_several_sources_side_by_side(tmp_path):
    touch(tmp_path, "one/images/MCUCXR_0001_0.png", "one/images/MCUCXR_0104_1.png")
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "Data_Entry_2017.csv").write_text(f"{NIH},\na.png,Mass,0,1,58,M,PA,\n")
    touch(tmp_path, "two/images/a.png")
    said = say(tmp_path)
    assert said.startswith(f"2 sources lie in {tmp_path}:\n")
    assert "one/: Montgomery County chest X-rays: 2 of 2 images are named as its are" in said
    assert "two/: NIH ChestX-ray14 as on Kaggle: 6 of 6 columns" in said
    assert f"labelassemble check nih_chestxray14 {tmp_path / 'two'}" in said


def test_where_two_fit_what_differs_is_shown(tmp_path):
    manifests = builtin_manifests()
    one = manifests["nih_google"]
    both = {"a": one.model_copy(update={"name": "a"}), "b": one.model_copy(update={"name": "b"})}
    found = Identified(
        tmp_path,
        (
            FoundSet(
                "", (KnownSource("a", "4 of 4 columns", 4), KnownSource("b", "4 of 4 columns", 4))
            ),
        ),
        (),
        {**both, "b": manifests["nih_chestxray14"].model_copy(update={"name": "b"})},
        {},
        0,
        0,
    )
    said = describe_identified(found)
    assert "2 built-in sources fit; nothing tells which" in said
    assert "only b reads 'Finding Labels'" in said
    assert "Name the one that it is" in said


def test_no_folder(tmp_path):
    with pytest.raises(SourceError, match="no such folder"):
        identify_source(tmp_path / "x")


def test_check_names_the_source_that_it_is(tmp_path):
    (tmp_path / "Data_Entry_2017.csv").write_text(f"{NIH}\na.png,Mass,0,1,58,M,PA\n")
    touch(tmp_path, "a.png")
    remarks = " ".join(str(one) for one in check_source("padchest", tmp_path).remarks)
    assert "looks like NIH ChestX-ray14: 6 of 6 columns" in remarks
    assert "labelassemble check nih_chestxray14" in remarks


def test_many_files(tmp_path):
    (tmp_path / "Data_Entry_2017.csv").write_text(f"{NIH}\na.png,Mass,0,1,58,M,PA\n")
    for folder in range(20):
        touch(tmp_path, *(f"images_{folder:03d}/{number:05d}.png" for number in range(1000)))
    assert identify_source(tmp_path).images == 20_000
