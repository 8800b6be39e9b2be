from pathlib import Path

import highdicom
import numpy as np
import pytest
from pydicom.uid import generate_uid

from labelassemble.pipeline.check_source import check_source

MANIFEST = """name = "mine"
vocabulary = "chest_radiograph"
labels.encoding = "dicom_annotations"
scope.terms = ["Nodule", "mass"]
{more}
"""


@pytest.fixture
def check(tmp_path: Path):
    def check(more: str = "", manifest: str = MANIFEST):
        (tmp_path / "m.toml").write_text(manifest.format(more=more))
        found = check_source(str(tmp_path / "m.toml"), tmp_path)
        counts = {one.term: (one.positive, one.negative, one.unknown) for one in found.terms}
        return found, counts, [str(one) for one in found.problems]

    return check


def test_segments_are_positive_by_label_and_by_type(tmp_path, make_study, draw_masks, check):
    """As LIDC-IDRI is on IDC: labels number nodules, their type says what they are."""
    first, second, third = (make_study(tmp_path, name) for name in ("P1", "P2", "P3"))
    first.write_seg(draw_masks(2), ["Nodule 1 - Annotation IL057", "Nodule 2 - Annotation 11"])
    second.write_seg(draw_masks(), ["MASS"])
    found, counts, problems = check()
    assert not problems
    assert counts == {"Nodule": (1, 1, 1), "mass": (1, 1, 1)}
    table = found.table
    assert table is not None
    said = dict(table.images.select("image", "patient").iter_rows())
    assert said == {first.uid: "P1", second.uid: "P2", third.uid: "P3"}
    assert dict(table.images.select("image", "path").iter_rows())[first.uid].endswith(
        f"P1/#series/{first.uid}"
    )
    assert any("of which no object speaks" in str(one) for one in found.remarks)
    assert table.joined_rows == 1, "two nodules of one series"
    assert table.not_taken["file"].to_list() == ["m.toml"]
    assert [one.path for one in table.inputs] == ["P1/seg.dcm", "P2/seg.dcm"]
    assert check('labels.without = "negative"')[1] == {"Nodule": (1, 2, 0), "mass": (1, 2, 0)}


@pytest.mark.parametrize(
    "more", ['scope.ignore = ["SCT:27925004"]', 'labels.words = { "i.*" = "mass" }']
)
def test_codes_and_patterns_are_names_too(tmp_path, make_study, draw_masks, check, more):
    make_study(tmp_path).write_seg(draw_masks(), ["Insel 7"])
    terms = MANIFEST.replace('"Nodule", ', "")
    _, counts, problems = check(more, terms)
    assert not problems
    assert counts == {"mass": (1, 0, 0) if "words" in more else (0, 0, 1)}


def test_names_without_a_meaning_are_told(tmp_path, make_study, draw_masks, check):
    make_study(tmp_path).write_seg(draw_masks(2), ["Insel", "mass"])
    _, _, problems = check(manifest=MANIFEST.replace('"Nodule", ', ""))
    assert len(problems) == 1
    assert "'Insel / Nodule / SCT:27925004' has no meaning: 1 annotation" in problems[0]


def test_many_organs_are_told_in_one_line_and_passed_over_by_one(
    tmp_path, make_study, draw_masks, check
):
    """As TotalSegmentator's results are on IDC: a hundred organs, one of which is asked for."""
    masks = np.concatenate([draw_masks(1, seed=number) for number in range(8)], axis=-1)
    organs = highdicom.sr.CodedConcept("113343008", "SCT", "Organ")
    study = make_study(tmp_path)
    study.write_seg(masks, ["mass", *(f"Rib {n}" for n in range(7))], code=organs)
    only = MANIFEST.replace('"Nodule", ', "")
    (problem,) = check(manifest=only)[2]
    assert "7 names have no meaning, of 7 annotations: 'Rib 0 / Organ" in problem
    more = 'scope.ignore = ["other"]\nlabels.words = { ".*" = "other" }'
    _, counts, problems = check(more, only)
    assert not problems
    assert counts == {"mass": (1, 0, 0)}


def test_an_empty_segment_is_not_there(tmp_path, make_study, draw_masks, check):
    masks = draw_masks(2)
    masks[..., 1] = False
    make_study(tmp_path, "P1").write_seg(masks, ["Nodule 1", "mass"])
    nothing = make_study(tmp_path, "P2")
    blank = np.zeros_like(masks[..., :1])
    nothing.write_seg(blank, ["mass"])
    found, counts, problems = check()
    assert not problems
    assert counts == {"Nodule": (1, 1, 0), "mass": (0, 2, 0)}
    assert any("2 segments or regions in which nothing is drawn" in str(o) for o in found.remarks)


def square(study, low, high, place):
    corners = [(low, low), (high, low), (high, high), (low, high)]
    return np.array([study.point(column, row, place) for column, row in corners])


def test_regions_of_a_structure_set(tmp_path, make_study, check):
    """As NSCLC-Radiomics is on TCIA: GTV-1 beside organs."""
    study = make_study(tmp_path)
    study.write_structures(
        [
            ("GTV-1", [square(study, 5, 9, 2)], "CLOSED_PLANAR"),
            ("Lung-Left", [square(study, 2, 15, 2)], "CLOSED_PLANAR"),
            ("Isocenter", [study.point(3, 3, 2)[None]], "POINT"),
        ]
    )
    more = 'scope.ignore = ["Lung-Left", "Isocenter"]\nlabels.words = { "gtv-?[0-9]+" = "mass" }'
    found, counts, problems = check(more)
    assert not problems
    assert counts == {"Nodule": (0, 1, 0), "mass": (1, 0, 0)}
    assert any("1 region of lines or points alone" in str(one) for one in found.remarks)


def test_a_region_of_open_contours_says_nothing(tmp_path, make_study, check):
    study = make_study(tmp_path)
    study.write_structures([("mass", [square(study, 5, 9, 2)], "OPEN_PLANAR")])
    assert check()[1] == {"Nodule": (0, 0, 1), "mass": (0, 0, 1)}


def test_reports_name_findings_and_prediction_questions(tmp_path, make_study, draw_masks, check):
    study = make_study(tmp_path)
    seg = study.write_seg(draw_masks(), ["Nodule 1"])
    predictions = [("Malignancy", "5 out of 5"), ("Subtlety", "3 out of 5")]
    study.write_report(seg, predictions)
    more = 'labels.objects = ["sr"]\nlabels.evaluations.Malignancy = { "5 out of 5" = "mass" }'
    assert check(more)[1:] == ({"Nodule": (1, 0, 0), "mass": (1, 0, 0)}, [])
    assert check('labels.objects = ["sr"]')[1] == {"Nodule": (1, 0, 0), "mass": (0, 1, 0)}
    seg.unlink()
    assert check(more)[1] == {"Nodule": (1, 0, 0), "mass": (1, 0, 0)}, "the report names the series"


def test_a_series_that_is_not_there(tmp_path, make_study, draw_masks, check):
    lost, there = make_study(tmp_path, "P1"), make_study(tmp_path, "P2")
    lost.write_seg(draw_masks(), ["Nodule 1"])
    there.write_seg(draw_masks(), ["Nodule 1"])
    for path in lost.folder.glob("ct*"):
        path.unlink()
    _, counts, problems = check()
    assert len(problems) == 1
    assert "1 annotation object of series that are not there" in problems[0]
    assert "seg.dcm" in problems[0]
    assert counts["Nodule"] == (1, 0, 0)


def test_another_frame_of_reference(tmp_path, make_study, draw_masks, check):
    study = make_study(tmp_path)

    def move(made):
        made.FrameOfReferenceUID = generate_uid()

    study.write_seg(draw_masks(), ["Nodule 1"], change=move)
    found, _, problems = check()
    assert "in another frame of reference" in problems[0]
    assert found.table is None or found.table.images.height == 0


def test_what_leaves_the_volume(tmp_path, make_study, check):
    study = make_study(tmp_path)
    study.write_structures([("mass", [square(study, 5, 60, 2)], "CLOSED_PLANAR")])
    assert "that leave the volume" in check()[2][0]
    study.write_structures([("mass", [square(study, 5, 9, 20)], "CLOSED_PLANAR")])
    assert "that leave the volume" in check()[2][0]


@pytest.mark.parametrize("place", [2.5, 2.3])
def test_what_lies_between_slices(tmp_path, make_study, check, place):
    """Else it would be reported when it is drawn, at the first epoch."""
    study = make_study(tmp_path)
    study.write_structures([("mass", [square(study, 5, 9, place)], "CLOSED_PLANAR")])
    found, _, problems = check()
    assert "whose contours lie between the slices" in problems[0]
    assert found.table is None or found.table.images.height == 0


def test_what_lies_in_slices_of_another_direction(tmp_path, make_study, check):
    study = make_study(tmp_path)
    corners = [(5, 2), (9, 2), (9, 4), (5, 4)]
    upright = np.array([study.point(column, 7, place) for column, place in corners])
    study.write_structures([("mass", [upright], "CLOSED_PLANAR")])
    assert not check()[2]
    slanted = np.array([study.point(column, 7 + place, place) for column, place in corners])
    study.write_structures([("mass", [slanted], "CLOSED_PLANAR")])
    assert "or across them" in check()[2][0]


def test_damaged_objects_are_told_and_the_rest_is_read(tmp_path, make_study, draw_masks, check):
    study, other = make_study(tmp_path, "P1"), make_study(tmp_path, "P2")
    seg = study.write_seg(draw_masks(), ["Nodule 1"])
    seg.write_bytes(seg.read_bytes()[:-20])
    other.write_seg(draw_masks(), ["Nodule 1"])
    _, counts, problems = check()
    assert len(problems) == 1
    assert "1 annotation object that cannot be read, such as seg.dcm" in problems[0]
    assert counts["Nodule"] == (1, 0, 1)


def test_several_series_in_one_folder(tmp_path, make_study, draw_masks, check):
    first = make_study(tmp_path, "P1", flat=True)
    for path in tmp_path.glob("ct*"):
        path.rename(path.with_name(f"a{path.name}"))
    first.write_seg(draw_masks(), ["Nodule 1"])
    make_study(tmp_path, "P2", flat=True)
    found, counts, problems = check()
    assert not problems
    assert counts["Nodule"] == (1, 0, 1)
    assert found.table is not None
    assert found.table.images.height == 2


def test_a_series_in_two_folders_is_told(tmp_path, make_study, draw_masks, check):
    study = make_study(tmp_path)
    study.write_seg(draw_masks(), ["Nodule 1"])
    (tmp_path / "again").mkdir()
    (study.folder / "ct00.dcm").rename(tmp_path / "again" / "ct00.dcm")
    assert "in several folders" in check()[2][0]


@pytest.mark.parametrize("without", ["unknown", "negative"])
def test_series_without_any_object_are_not_all_negative(tmp_path, make_study, check, without):
    make_study(tmp_path)
    found, _, problems = check(f'labels.without = "{without}"')
    assert found.table is None
    assert "none, beside 1 series of images" in problems[0]


def test_other_modalities_are_no_images(tmp_path, make_study, check):
    make_study(tmp_path)
    _, _, problems = check('labels.modality = "MR"')
    assert "1 series: CT" in problems[0]
