import struct

import pydicom
import pytest

from labelassemble.files.packed_frame import (
    PackedFrame,
    read_packed_frame,
    refuse_contradiction,
)


def jpeg(marker: int = 0xC3, bits: int = 12, rows: int = 40, columns: int = 56) -> bytes:
    table = b"\xff\xc4\0\4\0\0"
    frame = struct.pack(">HHBHHB", 0xFF00 | marker, 11, bits, rows, columns, 1) + b"\1\x11\0"
    return b"\xff\xd8" + table + frame + b"\xff\xda\0\2"


def jpeg2000(bits: int = 12, rows: int = 40, columns: int = 56) -> bytes:
    size = struct.pack(">8I", columns + 3, rows + 2, 3, 2, columns, rows, 0, 0)
    return b"\xff\x4f\xff\x51\0\x29\0\0" + size + struct.pack(">HBBB", 1, bits - 1, 1, 1)


def header(**elements: int) -> pydicom.Dataset:
    made = pydicom.Dataset()
    said = {"Rows": 40, "Columns": 56, "SamplesPerPixel": 1, "BitsAllocated": 16, "BitsStored": 12}
    for name, value in (said | elements).items():
        setattr(made, name, value)
    return made


@pytest.mark.parametrize("packed", [jpeg(), jpeg(0xF7), jpeg(0xC0), jpeg2000()])
def test_what_a_frame_says_of_itself(packed: bytes) -> None:
    assert read_packed_frame(packed) == PackedFrame((56, 40), 1, 12)
    refuse_contradiction(packed, header())
    for elements in ({"Rows": 41}, {"Columns": 55}, {"SamplesPerPixel": 3}):
        with pytest.raises(ValueError, match="compressed pixels of 56 x 40 and 1 colours"):
            refuse_contradiction(packed, header(**elements))
    for elements in ({"BitsAllocated": 8, "BitsStored": 8}, {"BitsStored": 17}):
        with pytest.raises(ValueError, match="compressed pixels of 12 bits"):
            refuse_contradiction(packed, header(**elements))


@pytest.mark.parametrize("packed", [jpeg(bits=255), jpeg(bits=0), jpeg2000(bits=38)])
def test_depths_that_there_are_not(packed: bytes) -> None:
    with pytest.raises(ValueError, match="bits, where the header says 12 of 16"):
        refuse_contradiction(packed, header())


@pytest.mark.parametrize(
    "packed", [jpeg()[:12], jpeg2000()[:30], b"\xff\xd8\xff\xda\0\2", b"\xff\xd8\xff\xc4\0"]
)
def test_frames_without_a_header(packed: bytes) -> None:
    with pytest.raises(ValueError, match="without a header"):
        refuse_contradiction(packed, header())


def test_other_frames_are_let_be() -> None:
    assert read_packed_frame(b"\1\0\0\0" + bytes(60)) is None
    refuse_contradiction(b"\1\0\0\0" + bytes(60), header())
