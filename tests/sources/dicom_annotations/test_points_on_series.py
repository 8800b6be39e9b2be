"""Points in millimetres on DICOM series: those outside are reported before anything is drawn."""

import pytest

from labelassemble.pipeline.check_source import check_source

MANIFEST = """
name = "mine"
vocabulary = "chest_radiograph"
table = { file = "points.csv", image = "series" }
images = { series = true }
[labels]
encoding = "point_rows"
term = "nodule"
point = ["x", "y", "z"]
space = "lps"
"""


@pytest.mark.parametrize(
    ("place", "outside"),
    [((5, 5, 2), False), ((5, 5, 9), True), ((60, 5, 2), True), ((5, 5, -3), True)],
)
@pytest.mark.parametrize("orientation", [(1, 0, 0, 0, 1, 0), (0.8, 0.6, 0.0, -0.6, 0.8, 0.0)])
def test_points_outside_a_series_are_told(tmp_path, make_study, place, outside, orientation):
    study = make_study(tmp_path / "data", orientation=orientation)
    x, y, z = study.point(*place)
    (tmp_path / "data" / "points.csv").write_text(f"series,x,y,z\n{study.uid},{x},{y},{z}\n")
    (tmp_path / "m.toml").write_text(MANIFEST)
    found = check_source(str(tmp_path / "m.toml"), tmp_path / "data")
    told = [one for one in found.problems if "outside the volume" in str(one)]
    assert bool(told) == outside
    assert len(found.problems) == len(told)
