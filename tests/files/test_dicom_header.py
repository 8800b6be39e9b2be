import pydicom
import pytest
from pydicom.sequence import Sequence

from labelassemble.files.dicom_header import (
    header_of_frame,
    read_number,
    read_numbers,
    read_whole,
)


def header(**elements: object) -> pydicom.Dataset:
    made = pydicom.Dataset()
    for name, value in elements.items():
        setattr(made, name, value)
    return made


def test_absent_and_empty_elements_say_nothing() -> None:
    made = header(RescaleSlope=None, WindowCenter=[], NumberOfFrames="", WindowWidth=["", "40"])
    for name in ("RescaleSlope", "WindowCenter", "NumberOfFrames", "RescaleIntercept", "Rows"):
        assert read_numbers(made, name) == []
        assert read_number(made, name) is None
        assert read_whole(made, name) is None
    assert read_numbers(made, "WindowWidth") == [40.0]


def test_nonsense_is_told_by_name() -> None:
    with pydicom.config.disable_value_validation():
        made = header(PixelAspectRatio="1", RescaleSlope="1e400", Rows=3)
        made.add_new(0x00280010, "LO", "many")
        made.add_new(0x00280011, "OB", b"\1\2")
    with pytest.raises(ValueError, match="a RescaleSlope that is no finite number"):
        read_number(made, "RescaleSlope")
    for name in ("Rows", "Columns"):
        with pytest.raises(ValueError, match=f"a {name} that is no number"):
            read_whole(made, name)
    with pytest.raises(ValueError, match=r"a WindowWidth of 2\.5, no whole number"):
        read_whole(header(WindowWidth="2.5"), "WindowWidth")


def test_a_frame_says_more_than_what_all_share() -> None:
    def group(**values: object) -> pydicom.Dataset:
        return header(PixelValueTransformationSequence=Sequence([header(**values)]))

    made = header(
        RescaleSlope=1,
        SharedFunctionalGroupsSequence=Sequence([group(RescaleSlope=2, RescaleIntercept=5)]),
        PerFrameFunctionalGroupsSequence=Sequence([group(RescaleSlope=3), header(Rows=1)]),
    )
    slopes = [read_number(header_of_frame(made, frame), "RescaleSlope") for frame in range(3)]
    assert slopes == [3.0, 2.0, 2.0]
    assert read_number(header_of_frame(made, 1), "RescaleIntercept") == 5.0
    plain = header(RescaleSlope=1)
    assert header_of_frame(plain, 0) is plain
