"""A hospital's own table of lesions on DICOM series, called by their UIDs."""

import numpy as np
import pytest

from labelassemble.detection.open_cases import open_annotated
from labelassemble.pipeline.assemble_sources import assemble_sources
from labelassemble.pipeline.check_source import check_source
from labelassemble.settings import Recipe
from labelassemble.sources.assessments import POSITIVE

MANIFEST = """name = "mine"
vocabulary = "chest_radiograph"
table.file = "lesions.csv"
table.image = "SeriesInstanceUID"
table.every_image = true
labels.encoding = "point_rows"
labels.term = "nodule"
labels.point = ["x", "y", "z"]
labels.space = "lps"
labels.diameter = "mm"
images.series = true
"""


@pytest.fixture
def hospital(tmp_path, make_study, draw_masks):
    studies = [make_study(tmp_path / "pacs", f"P{n}") for n in range(3)]
    x, y, z = studies[1].point(7, 8, 2)
    (tmp_path / "lesions.csv").write_text(
        f"SeriesInstanceUID,x,y,z,mm\n{studies[1].uid},{x},{y},{z},3.2\n"
    )
    (tmp_path / "m.toml").write_text(MANIFEST)
    # A segmentation in a folder of its own is no series of images.
    seg = studies[0].write_seg(draw_masks(), ["any"])
    (tmp_path / "pacs" / "seg").mkdir()
    seg.rename(tmp_path / "pacs" / "seg" / "1.dcm")
    return tmp_path, studies


def test_series_are_found_by_uid_and_those_not_listed_are_rows_too(hospital):
    folder, studies = hospital
    found = check_source(str(folder / "m.toml"), folder)
    assert not found.problems
    (nodule,) = found.terms
    assert (nodule.positive, nodule.negative) == (1, 2)
    assert found.table is not None
    patients = dict(found.table.images.select("image", "patient").iter_rows())
    assert patients == {study.uid: study.patient for study in studies}


def test_points_on_series_become_balls(hospital, tmp_path):
    folder, studies = hospital
    recipe = Recipe.model_validate(
        {
            "name": "Toy",
            "output": tmp_path / "out",
            "classes": ("nodule",),
            "assembly": {"allow_unscored_classes": True},
            "sources": [{"name": "own", "manifest": str(folder / "m.toml"), "folder": folder}],
            "detection": {
                "task": "detection",
                "volumes": {"spacing_mm": None, "window_hu": (-1000.0, 400.0)},
            },
        }
    )
    table = assemble_sources(recipe)
    name = f"own/{studies[1].uid}"
    state = open_annotated(recipe, table, [name], store=None, drawn_on={name})[name].state()[0][
        ::-1, ::-1
    ]
    drawn = np.argwhere(state == POSITIVE)
    assert [7, 8, 2] in drawn.tolist()
    apart = (drawn - [7, 8, 2]) * [0.7, 0.8, 2.5]
    assert np.linalg.norm(apart, axis=1).max() <= 1.6
    assert len(drawn) > 5


def test_a_series_of_the_table_that_is_not_there(hospital):
    folder, _ = hospital
    with (folder / "lesions.csv").open("a") as table:
        table.write("1.2.3,1,2,3,4\n")
    (problem,) = check_source(str(folder / "m.toml"), folder).problems
    assert "1 of the 4 images has no file" in str(problem)


def test_a_series_in_two_folders_is_not_taken_by_half(hospital):
    folder, studies = hospital
    (folder / "pacs" / "more").mkdir()
    for number in range(3):
        (studies[1].folder / f"ct0{number}.dcm").rename(folder / "pacs" / "more" / f"{number}.dcm")
    problems = check_source(str(folder / "m.toml"), folder).problems
    assert any("it lies in several folders" in str(one) for one in problems)
