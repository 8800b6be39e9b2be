import polars as pl
import pytest
from pydantic import ValidationError

from labelassemble.sources.dicom_headers import TAGS
from labelassemble.sources.header_rules import HeaderRules, find_no_pictures, judge_headers


def headers(**columns):
    height = len(next(iter(columns.values())))
    blank = {name: [None] * height for name in TAGS}
    return pl.DataFrame({**blank, **columns}, schema=dict.fromkeys({**blank, **columns}, pl.String))


@pytest.mark.parametrize(
    ("keep", "values", "kept"),
    [
        ({"ViewPosition": ["PA", "AP"]}, {"view": ["PA", "pa", "LL", None]}, [1, 1, 0, 0]),
        ({"ViewPosition": ["PA", ""]}, {"view": ["PA", "LL", None]}, [1, 0, 1]),
        ({"SeriesDescription": "*chest*"}, {"SeriesDescription": ["W Chest PA", "Knee"]}, [1, 0]),
        ({"SeriesDescription": "a.c"}, {"SeriesDescription": ["a.c", "abc"]}, [1, 0]),
        ({"ImageType": "ORIGINAL"}, {"ImageType": ["ORIGINAL\\X", "DERIVED\\X"]}, [1, 0]),
        ({"ImageType": "*POST*"}, {"ImageType": ["DERIVED\\PRIMARY\\POST_PROCESSED"]}, [1]),
        ({"Modality": "DX", "ViewPosition": "PA"},
         {"modality": ["DX", "DX", "CR"], "view": ["PA", "LL", "PA"]}, [1, 0, 0]),
        ({"StationName": "X"}, {"StationName": ["x", None]}, [1, 0]),
    ],
)  # fmt: skip
def test_what_is_kept(keep, values, kept):
    found = judge_headers(headers(**values), HeaderRules(keep=keep))
    assert found.is_null().to_list() == [bool(one) for one in kept]


def test_what_is_left_out_wins_and_says_why():
    rules = HeaderRules(keep={"Modality": "DX"}, leave_out={"SeriesDescription": ["*lat*", ""]})
    values = {"modality": ["DX", "DX", "CT"], "SeriesDescription": ["CHEST LAT", None, "PA"]}
    assert judge_headers(headers(**values), rules).to_list() == [
        "its SeriesDescription is CHEST LAT",
        "its header has no SeriesDescription",
        "its Modality is CT",
    ]
    assert judge_headers(headers(**values), HeaderRules()).to_list() == [None] * 3


@pytest.mark.parametrize(
    ("keyword", "says"),
    [("ViewPositon", "nearest: 'ViewPosition'"), ("PixelData", "no text"), ("", "no keyword")],
)
def test_an_unknown_element_is_refused(keyword, says):
    with pytest.raises(ValidationError, match=says):
        HeaderRules(keep={keyword: ["x"]})


def test_objects_without_a_picture_are_named():
    table = headers(
        modality=["DX", "SR", "SEG", None, "RTDOSE"],
        Rows=["9", None, "9", None, "9"],
        Columns=["9", None, "9", None, "9"],
        SOPClassUID=["1.2.840.10008.5.1.4.1.1.1.1", "1.2.840.10008.5.1.4.1.1.88.33",
                     "1.2.840.10008.5.1.4.1.1.66.4", None, "1.2.840.10008.5.1.4.1.1.481.2"],
    )  # fmt: skip
    assert find_no_pictures(table).to_list() == [
        None,
        "a DICOM object without a picture (Modality SR)",
        "a DICOM object without a picture (Modality SEG)",
        "its DICOM header cannot be read",
        "a DICOM object without a picture (Modality RTDOSE)",
    ]


def test_the_classes_without_pictures_are_those_of_the_standard():
    from pydicom.uid import ParametricMapStorage, RTDoseStorage, SegmentationStorage

    from labelassemble.sources.header_rules import NO_PICTURES

    assert {SegmentationStorage, ParametricMapStorage, RTDoseStorage} <= set(NO_PICTURES)
