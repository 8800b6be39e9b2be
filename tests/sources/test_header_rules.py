import polars as pl
import pytest
from pydantic import ValidationError
from tests.pacs_tree import make_object, write_tree

from labelassemble.settings import SourceSettings
from labelassemble.sources.header_columns import TAGS
from labelassemble.sources.header_rules import HeaderRules
from labelassemble.sources.judge_headers import find_no_images, judge_headers
from labelassemble.sources.manifest_file import load_manifest
from labelassemble.sources.read import read_source

ENCAPSULATED_PDF = "1.2.840.10008.5.1.4.1.1.104.1"


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


def test_what_is_excluded_wins_and_says_why():
    rules = HeaderRules(keep={"Modality": "DX"}, exclude={"SeriesDescription": ["*lat*", ""]})
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


def test_objects_without_a_image_are_named():
    table = headers(
        modality=["DX", "SR", "SEG", None, "RTDOSE"],
        Rows=["9", None, "9", None, "9"],
        Columns=["9", None, "9", None, "9"],
        SOPClassUID=["1.2.840.10008.5.1.4.1.1.1.1", "1.2.840.10008.5.1.4.1.1.88.33",
                     "1.2.840.10008.5.1.4.1.1.66.4", None, "1.2.840.10008.5.1.4.1.1.481.2"],
    )  # fmt: skip
    assert find_no_images(table).to_list() == [
        None,
        "a DICOM object without an image (Modality SR)",
        "a DICOM object without an image (Modality SEG)",
        "its DICOM header cannot be read",
        "a DICOM object without an image (Modality RTDOSE)",
    ]


def test_the_classes_without_images_are_those_of_the_standard():
    from pydicom.uid import ParametricMapStorage, RTDoseStorage, SegmentationStorage

    from labelassemble.sources.judge_headers import NO_PIXELS

    assert {SegmentationStorage, ParametricMapStorage, RTDoseStorage} <= set(NO_PIXELS)


@pytest.mark.parametrize("named", [False, True])
def test_objects_without_a_image_are_no_images_of_any_source(tmp_path, named):
    objects = [make_object(1), make_object(2)]
    objects += [make_object(1, 2, at, kind) for at, kind in enumerate(("SR", "PR", "KO", "SEG"), 1)]
    objects.append(make_object(1, 3, 1, "SR", Modality="DOC", SOPClassUID=ENCAPSULATED_PDF))
    write_tree(tmp_path / "tree", objects)
    (tmp_path / "tree" / "broken.dcm").write_bytes(b"\0" * 128 + b"DICM" + b"\xff" * 9)
    text = 'name = "mine"\nlabels.encoding = "every_image"\nlabels.positive = ["Mass"]\n'
    if named:
        rows = ["image,Mass", "1.2.826.0.1.1.1.1,1", "1.2.826.0.1.2.1.1,0"]
        (tmp_path / "tree" / "labels.csv").write_text("\n".join(rows))
        text = (
            'name = "mine"\n[table]\nfile = "labels.csv"\n[labels]\nencoding = "finding_columns"\n'
            'columns = ["Mass"]\nvalues = { 1 = "positive", 0 = "negative" }\n'
        )
    (tmp_path / "mine.toml").write_text(text)
    settings = SourceSettings(name="mine", manifest="mine.toml", folder=tmp_path / "tree")
    table = read_source(settings, load_manifest("mine.toml", tmp_path))
    images = [one.rpartition("/")[2] for one in table.images["image"]]
    assert images == [one.SOPInstanceUID for one in objects[:2]] + ["broken.dcm"] * (not named)
    reasons = table.not_taken.filter(pl.col("reason").str.contains("without an image"))["reason"]
    assert [one.partition("Modality ")[2] for one in reasons] == [
        "DOC)",
        "KO)",
        "PR)",
        "SEG)",
        "SR)",
    ]
