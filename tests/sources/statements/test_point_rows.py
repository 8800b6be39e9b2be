from pathlib import Path

import nibabel
import numpy as np
import pytest
import SimpleITK

from labelassemble.errors import SourceError
from labelassemble.sources.encodings.point_rows import PointRows
from labelassemble.sources.problems import Problems
from labelassemble.sources.rows import make_rows
from labelassemble.sources.scope import Scope
from labelassemble.sources.statements.point_rows import (
    gather_point_rows,
    read_points,
    state_point_rows,
)

NODULES = PointRows(
    encoding="point_rows", term="nodule", point=("x", "y", "z"), space="lps", diameter="wide"
)
BOTH = PointRows(encoding="point_rows", column="what", point=("x", "y", "z"), space="ras")


def rows(points, wide=None, **more):
    cells = {axis: [point[place] for _, point in points] for place, axis in enumerate("xyz")}
    images = [image for image, _ in points]
    return make_rows(images, wide=wide or ["4"] * len(images), **cells, **more)


def test_points_are_positive_and_their_lack_is_negative():
    found = rows([("a", "123"), ("a", "456"), ("b", ["", "", ""])], ["5.5", "", ""])
    gathered = gather_point_rows(found, NODULES)
    assert gathered.facts["image"].to_list() == ["a", "b"]
    assert gathered.count.to_list() == [2, 1]
    stated = state_point_rows(gathered, NODULES, Scope())
    assert stated.columns == ("nodule",)
    assert stated.state.tolist() == [[3], [1]]
    points = read_points(found, NODULES).points
    assert points.select("image", "x", "y", "z", "diameter_mm").rows() == [
        ("a", 1.0, 2.0, 3.0, 5.5),
        ("a", 4.0, 5.0, 6.0, None),
    ]


def test_a_column_says_what_a_point_shows():
    scope = Scope(terms=("nodule", "cyst"), no_finding=("nothing",))
    found = rows([("a", "123"), ("b", ["", "", ""])], what=["cyst", "nothing"])
    stated = state_point_rows(gather_point_rows(found, BOTH), BOTH, scope)
    assert stated.state.tolist() == [[1, 3], [1, 1]]
    assert read_points(found, BOTH).points["term"].to_list() == ["cyst"]


@pytest.mark.parametrize(
    ("point", "wide", "told"),
    [
        (["1", "", "3"], "4", "a part of a point's numbers"),
        (["1", "two", "3"], "4", "text in a point's numbers"),
        (["1", "nan", "3"], "4", "text in a point's numbers"),
        (["1", "2", "3"], "-1", "a diameter that is no number above 0"),
        (["1", "2", "3"], "0", "a diameter that is no number above 0"),
        (["1", "2", "3"], "wide", "a diameter that is no number above 0"),
    ],
)
def test_points_that_cannot_be_read(point, wide, told):
    found = rows([("a", point), ("b", "123")], [wide, "4"])
    with pytest.raises(SourceError, match=told):
        gather_point_rows(found, NODULES)
    problems = Problems()
    gathered = gather_point_rows(found, NODULES, problems)
    assert [str(one).partition(",")[0] for one in problems.noted] == [f"1 row with {told}"]
    assert gathered.facts["image"].to_list() == ["b"]
    assert gathered.excluded["image"].to_list() == ["a"]


def test_settings_say_what_the_points_show_and_how_they_are_written():
    for wrong in ({"term": "a", "column": "b", "space": "ras"}, {"space": "ras"}, {"term": "a"}):
        with pytest.raises(ValueError, match=r"one of both|space"):
            PointRows.model_validate({"encoding": "point_rows", "point": ("x", "y", "z"), **wrong})


MANIFEST = """name = "mine"
vocabulary = "chest_radiograph"
table.file = "lesions.csv"
table.image = "scan"
table.every_image = true
labels.encoding = "point_rows"
labels.column = "what"
labels.point = ["x", "y", "z"]
labels.space = "{space}"
labels.diameter = "mm"
scope.terms = ["nodule", "mass"]
scope.no_finding = [""]
images.glob = "**/*.nii.gz"
"""


def write_hospital(folder: Path, space: str) -> Path:
    """Two scans, stored from left to right, a lesion at voxel (3, 4, 5) of the first."""
    affine = np.diag([-2.0, 2.0, 3.0, 1.0])
    affine[:3, 3] = [50.0, -60.0, 70.0]
    for name in ("a", "b"):
        (folder / "ct").mkdir(exist_ok=True)
        image = nibabel.Nifti1Image(np.zeros((8, 9, 10), dtype=np.int16), affine)
        nibabel.save(image, folder / "ct" / f"{name}.nii.gz")
    ras = (affine @ [3, 4, 5, 1])[:3]
    point = {"ras": ras, "lps": ras * [-1, -1, 1], "voxel": (3, 4, 5)}[space]
    row = ",".join(f"{one}" for one in point)
    (folder / "lesions.csv").write_text(f"scan,what,x,y,z,mm\na,nodule,{row},6.0\n")
    (folder / "m.toml").write_text(MANIFEST.format(space=space))
    return folder


@pytest.mark.parametrize("space", ["lps", "ras", "voxel"])
def test_a_hospital_s_own_table_and_images_that_it_does_not_list(tmp_path, space):
    from labelassemble.pipeline.check_source import check_source

    folder = write_hospital(tmp_path, space)
    found = check_source(str(folder / "m.toml"), folder)
    assert not found.problems
    assert {one.term: (one.positive, one.negative) for one in found.terms} == {
        "nodule": (1, 1),
        "mass": (0, 2),
    }
    assert found.table is not None
    assert found.table.images["image"].to_list() == ["a", "b"]


@pytest.mark.parametrize(("written", "read_as"), [("lps", "ras"), ("ras", "lps"), ("lps", "voxel")])
def test_points_outside_their_volume_name_the_remedy(tmp_path, written, read_as):
    from labelassemble.pipeline.check_source import check_source

    folder = write_hospital(tmp_path, written)
    (folder / "m.toml").write_text(MANIFEST.format(space=read_as))
    (problem,) = check_source(str(folder / "m.toml"), folder).problems
    assert f"1 point of 1 outside the volume, read as {read_as}" in str(problem)
    assert "labels.space" in problem.do


def test_points_that_lie_inside_either_way_are_told(tmp_path):
    from labelassemble.pipeline.check_source import check_source

    folder = write_hospital(tmp_path, "lps")
    (folder / "lesions.csv").write_text("scan,what,x,y,z,mm\na,nodule,-44,52,85,6.0\n")
    either = "would as ras too"
    assert not any(either in str(one) for one in check_source(str(folder / "m.toml"), folder).notes)
    affine = np.diag([2.0, 2.0, 3.0, 1.0])
    affine[:3, 3] = [-8.0, -8.0, 0.0]
    for name in ("a", "b"):
        image = nibabel.Nifti1Image(np.zeros((8, 9, 10), dtype=np.int16), affine)
        nibabel.save(image, folder / "ct" / f"{name}.nii.gz")
    (folder / "lesions.csv").write_text("scan,what,x,y,z,mm\na,nodule,-2,3,12,6.0\n")
    found = check_source(str(folder / "m.toml"), folder)
    assert not found.problems
    assert any(either in str(one) for one in found.remarks)


def test_points_are_held_against_metaimage_too(tmp_path):
    from labelassemble.pipeline.check_source import check_source

    folder = write_hospital(tmp_path, "lps")
    for path in list((folder / "ct").iterdir()):
        target = path.with_name(path.name.replace(".nii.gz", ".mhd"))
        SimpleITK.WriteImage(SimpleITK.ReadImage(str(path)), str(target))
        path.unlink()
    for space, count in (("lps", 0), ("ras", 1)):
        text = MANIFEST.format(space=space).replace("*.nii.gz", "*.mhd")
        (folder / "m.toml").write_text(text)
        assert len(check_source(str(folder / "m.toml"), folder).problems) == count
